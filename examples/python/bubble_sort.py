"""Bubble sort of a shuffled list: reads, compares and exchanges list elements in two nested loops.

    bubble_sort.py [n]
"""

import sys


def shuffled(n):
    """0..n in an order that is always the same: Fisher and Yates with a linear congruential generator."""
    items = list(range(n))
    seed = 12345
    for i in range(n - 1, 0, -1):
        seed = (seed * 1103515245 + 12345) % 2147483648
        j = (seed >> 8) % (i + 1)
        items[i], items[j] = items[j], items[i]
    return items


def bubble_sort(items):
    """Sorts `items` in place; answers how many exchanges that took."""
    exchanges = 0
    end = len(items) - 1
    while end > 0:
        last = 0
        for i in range(end):
            if items[i] > items[i + 1]:
                items[i], items[i + 1] = items[i + 1], items[i]
                exchanges += 1
                last = i
        end = last
    return exchanges


def checksum(items):
    total = 0
    for i, item in enumerate(items):
        total = (total * 31 + (i + 1) * item) % 1000003
    return total


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    items = shuffled(n)
    print(f"shuffled: checksum {checksum(items)}")
    exchanges = bubble_sort(items)
    print(f"sorted: checksum {checksum(items)} after {exchanges} exchanges")
    if items != list(range(n)):
        print("not sorted!")
        sys.exit(1)


if __name__ == "__main__":
    main()
