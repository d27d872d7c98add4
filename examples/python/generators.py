"""Trees walked by recursive generators, and chains of generators.

A balanced tree is walked in order by `yield from`, and numbers go through a pipeline of generators.

    generators.py [depth]
"""

import sys


class Tree:
    """A node of a binary tree."""

    def __init__(self, left, value, right):
        self.left = left
        self.value = value
        self.right = right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def tree(values):
    n = len(values)
    if n == 0:
        return None
    i = n // 2
    return Tree(tree(values[:i]), values[i], tree(values[i + 1 :]))


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def squares(numbers):
    for x in numbers:
        yield x * x


def odd(numbers):
    for x in numbers:
        if x % 2:
            yield x


def pairs(numbers):
    last = None
    for x in numbers:
        if last is not None:
            yield last, x
        last = x


def main():
    depth = int(sys.argv[1]) if len(sys.argv) > 1 else 13
    root = tree(range(2**depth - 1))
    total = 0
    for _ in range(5):
        for value in root:
            total = (total * 3 + value) % 1000003
    chained = 0
    for a, b in pairs(odd(squares(count(2**depth)))):
        chained = (chained + b - a) % 1000003
    added = sum(x for x in count(2**depth) if x & 3)
    print(f"{total} {chained} {added}")


if __name__ == "__main__":
    main()
