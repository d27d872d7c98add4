"""A small ray tracer: spheres and a chequered floor, shadows and mirrors.

Vectors, rays and hits are objects made by the thousand; surfaces are polymorphic; reflection recurses.

    raytrace.py [width]
"""

import sys
from math import sqrt

EPSILON = 0.00001


class Vector:
    """Of three dimensions."""

    def __init__(self, x, y, z):
        self.x = x
        self.y = y
        self.z = z

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y, self.z + other.z)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y, self.z - other.z)

    def dot(self, other):
        return self.x * other.x + self.y * other.y + self.z * other.z

    def scale(self, factor):
        return Vector(self.x * factor, self.y * factor, self.z * factor)

    def normalised(self):
        return self.scale(1.0 / sqrt(self.dot(self)))

    def reflected(self, normal):
        return self - normal.scale(2.0 * self.dot(normal))


class Ray:
    """From a point into a direction."""

    def __init__(self, point, direction):
        self.point = point
        self.direction = direction.normalised()

    def at(self, t):
        return self.point + self.direction.scale(t)


class Sphere:
    """A surface."""

    def __init__(self, centre, radius, surface):
        self.centre = centre
        self.radius = radius
        self.surface = surface

    def meets(self, ray):
        to = self.centre - ray.point
        along = to.dot(ray.direction)
        d = self.radius * self.radius - (to.dot(to) - along * along)
        if d < 0.0:
            return None
        return along - sqrt(d)

    def normal(self, point):
        return (point - self.centre).normalised()


class Plane:
    """A surface without end."""

    def __init__(self, point, up, surface):
        self.point = point
        self.up = up.normalised()
        self.surface = surface

    def meets(self, ray):
        v = ray.direction.dot(self.up)
        if abs(v) < EPSILON:
            return None
        return (self.point - ray.point).dot(self.up) / v

    def normal(self, point):
        return self.up


class Plain:
    """One colour."""

    mirror = 0.2

    def __init__(self, colour, mirror=0.2):
        self.colour = colour
        self.mirror = mirror

    def colour_at(self, point):
        return self.colour


class Chequered:
    """Two colours in turn."""

    def __init__(self, one, other, mirror=0.1):
        self.one = one
        self.other = other
        self.mirror = mirror

    def colour_at(self, point):
        if (int(abs(point.x) + 0.5) + int(abs(point.z) + 0.5)) % 2:
            return self.one
        return self.other


class Scene:
    """What is there."""

    def __init__(self):
        self.things = []
        self.lights = []
        self.depth = 0

    def first_hit(self, ray):
        best = None
        nearest = 1e30
        for thing in self.things:
            t = thing.meets(ray)
            if t is not None and EPSILON < t < nearest:
                best, nearest = thing, t
        return best, nearest

    def lit(self, point, light):
        to = light - point
        distance = sqrt(to.dot(to))
        ray = Ray(point, to)
        for thing in self.things:
            t = thing.meets(ray)
            if t is not None and EPSILON < t < distance:
                return False
        return True

    def colour(self, ray):
        if self.depth > 3:
            return (0.0, 0.0, 0.0)
        self.depth += 1
        try:
            thing, t = self.first_hit(ray)
            if thing is None:
                return (0.1, 0.1, 0.2)
            point = ray.at(t)
            normal = thing.normal(point)
            surface = thing.surface
            base = surface.colour_at(point)
            mirrored = self.colour(Ray(point, ray.direction.reflected(normal)))
            light = 0.1
            for source in self.lights:
                if self.lit(point, source):
                    share = (source - point).normalised().dot(normal)
                    if share > 0.0:
                        light += share
            light = min(light, 1.0)
            m = surface.mirror
            r, g, b = base
            mr, mg, mb = mirrored
            return (
                r * light * (1.0 - m) + mr * m,
                g * light * (1.0 - m) + mg * m,
                b * light * (1.0 - m) + mb * m,
            )
        finally:
            self.depth -= 1


def render(scene, width, height):
    eye = Vector(0.0, 1.8, 10.0)
    check = 0.0
    darkest, brightest = 10.0, 0.0
    for y in range(height):
        for x in range(width):
            direction = Vector((x - width / 2) / width, (height / 2 - y) / width - 0.05, -1.0)
            r, g, b = scene.colour(Ray(eye, direction))
            shade = r + g + b
            check += shade
            darkest = min(darkest, shade)
            brightest = max(brightest, shade)
    return check / (width * height), darkest, brightest


def main():
    width = int(sys.argv[1]) if len(sys.argv) > 1 else 40
    scene = Scene()
    scene.lights = [Vector(30.0, 30.0, 10.0), Vector(-10.0, 40.0, 30.0)]
    scene.things.append(Sphere(Vector(1.0, 3.0, -10.0), 2.0, Plain((1.0, 1.0, 0.0))))
    for i in range(6):
        scene.things.append(
            Sphere(Vector(-3.0 - i * 0.4, 2.3, -5.0 + i), 0.4, Plain((i / 6.0, 1.0 - i / 6.0, 0.5), mirror=0.4))
        )
    scene.things.append(
        Plane(Vector(0.0, 0.0, 0.0), Vector(0.0, 1.0, 0.0), Chequered((1.0, 1.0, 1.0), (0.0, 0.0, 0.0)))
    )
    mean, darkest, brightest = render(scene, width, width * 3 // 4)
    print(f"mean {mean:.9f}, from {darkest:.9f} to {brightest:.9f}")


if __name__ == "__main__":
    main()
