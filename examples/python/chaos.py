"""The chaos game on a spline: a point is thrown about by random transformations, and where it falls is counted.

Vectors are objects with operators, splines are evaluated by de Boor's recurrence over lists of them: small objects made and
forgotten, and calls between methods.

    chaos.py [throws]
"""

import random
import sys
from math import sqrt


class Vector:
    """A vector of the plane."""

    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        return Vector(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vector(self.x - other.x, self.y - other.y)

    def __mul__(self, factor):
        return Vector(self.x * factor, self.y * factor)

    def length(self):
        return sqrt(self.x * self.x + self.y * self.y)

    def mix(self, other, part):
        return Vector(
            self.x * (1.0 - part) + other.x * part,
            self.y * (1.0 - part) + other.y * part,
        )


class Spline:
    """A spline of a degree through control points, with its knots."""

    def __init__(self, points, degree):
        self.points = points
        self.degree = degree
        inner = len(points) - degree
        self.knots = [0] * (degree + 1) + list(range(1, inner)) + [inner] * (degree + 1)

    def domain(self):
        return self.knots[self.degree], self.knots[len(self.knots) - self.degree - 1]

    def segment(self, u):
        first, last = self.domain()
        for k in range(self.degree, len(self.knots) - self.degree):
            if self.knots[k] > u:
                return k - 1
        return len(self.knots) - self.degree - 2

    def __call__(self, u):
        s = self.segment(u)
        degree = self.degree
        knots = self.knots
        near = [self.points[s - degree + i] for i in range(degree + 1)]
        for round in range(1, degree + 1):
            for i in range(degree, round - 1, -1):
                low = knots[s - degree + i]
                high = knots[s + 1 + i - round]
                part = (u - low) / (high - low)
                near[i] = near[i - 1].mix(near[i], part)
        return near[degree]


class Game:
    """The transformations, and the picture."""

    def __init__(self, splines, thickness, size):
        self.splines = splines
        self.thickness = thickness
        self.size = size
        self.counts = [[0] * size for _ in range(size)]

    def throw(self, point, generator):
        spline = self.splines[int(generator.random() * len(self.splines))]
        first, last = spline.domain()
        t = first + (last - first) * min(max(point.x, 0.0), 0.999999)
        base = spline(t)
        step = 0.001 * (last - first)
        if t + step > last:
            slope = base - spline(t - step)
        else:
            slope = spline(t + step) - base
        length = slope.length()
        if length > 0.0:
            off = Vector(-slope.y, slope.x) * ((point.y - 0.5) * self.thickness / length)
            base = base + off
        return base

    def mark(self, point):
        size = self.size
        column = min(max(int(point.x * size), 0), size - 1)
        row = min(max(int(point.y * size), 0), size - 1)
        self.counts[row][column] += 1


def main():
    throws = int(sys.argv[1]) if len(sys.argv) > 1 else 5000
    generator = random.Random(1234)
    splines = [
        Spline([Vector(0.1, 0.2), Vector(0.3, 0.9), Vector(0.5, 0.5), Vector(0.8, 0.7), Vector(0.9, 0.1)], 3),
        Spline([Vector(0.2, 0.1), Vector(0.4, 0.4), Vector(0.6, 0.8), Vector(0.7, 0.3)], 2),
        Spline([Vector(0.9, 0.9), Vector(0.5, 0.1), Vector(0.1, 0.8)], 2),
    ]
    game = Game(splines, 0.25, 40)
    point = Vector(0.5, 0.5)
    for _ in range(throws):
        point = game.throw(point, generator)
        game.mark(point)
    filled = sum(1 for row in game.counts for count in row if count)
    print(f"{filled} cells, at the end {point.x:.9f} {point.y:.9f}")


if __name__ == "__main__":
    main()
