"""Points in space: made, normalised, and the largest coordinates found.

Many small objects of one class, floats in their attributes, methods that change them and return new facts about them.

    float_points.py [points]
"""

import sys
from math import cos, sin, sqrt


class Point:
    """A point of three coordinates."""

    def __init__(self, i):
        x = sin(i)
        self.x = x
        self.y = cos(i) * 3
        self.z = (x * x) / 2

    def normalise(self):
        x, y, z = self.x, self.y, self.z
        norm = sqrt(x * x + y * y + z * z)
        self.x /= norm
        self.y /= norm
        self.z /= norm

    def larger(self, other):
        self.x = self.x if self.x > other.x else other.x
        self.y = self.y if self.y > other.y else other.y
        self.z = self.z if self.z > other.z else other.z
        return self


def largest(points):
    found = points[0]
    for point in points[1:]:
        found = found.larger(point)
    return found


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 50000
    points = [Point(float(i)) for i in range(count)]
    for point in points:
        point.normalise()
    found = largest(points)
    print(f"largest {found.x:.9f} {found.y:.9f} {found.z:.9f}")


if __name__ == "__main__":
    main()
