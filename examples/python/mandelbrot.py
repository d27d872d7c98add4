"""The Mandelbrot set in characters, and how many points of the grid lie in it.

Float arithmetic in a loop with two exits; the result of each round is carried to the next.

    mandelbrot.py [size]
"""

import sys

LIMIT = 50
SHADES = " .:-=+*#%@"


def escape_time(cr, ci):
    """Rounds until c leaves the circle of radius 2; LIMIT if it does not."""
    zr = zi = 0.0
    for count in range(LIMIT):
        rr = zr * zr
        ii = zi * zi
        if rr + ii > 4.0:
            return count
        zi = 2.0 * zr * zi + ci
        zr = rr - ii + cr
    return LIMIT


def main():
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 140
    step = max(1, size // 24)
    inside = total = 0
    for y in range(size):
        ci = 2.0 * y / size - 1.0
        row = []
        for x in range(size):
            count = escape_time(2.5 * x / size - 2.0, ci)
            total += count
            if count == LIMIT:
                inside += 1
            if y % step == 0 and x % max(1, step // 2) == 0:
                row.append(SHADES[count * (len(SHADES) - 1) // LIMIT])
        if row:
            print("".join(row).rstrip())
    print(f"{inside} of {size * size} points inside, {total} rounds")


if __name__ == "__main__":
    main()
