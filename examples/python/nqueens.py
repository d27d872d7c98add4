"""The queens' problem: all ways of placing queens on a board so that none attacks another.

Permutations come from a recursive generator, sets and generator expressions test them.

    nqueens.py [n]
"""

import sys


def permutations(items):
    n = len(items)
    indices = list(range(n))
    cycles = list(range(n, 0, -1))
    yield tuple(items)
    while n:
        for i in reversed(range(n)):
            cycles[i] -= 1
            if cycles[i] == 0:
                indices[i:] = indices[i + 1 :] + indices[i : i + 1]
                cycles[i] = n - i
            else:
                j = cycles[i]
                indices[i], indices[-j] = indices[-j], indices[i]
                yield tuple(items[k] for k in indices)
                break
        else:
            return


def by_permutations(n):
    columns = range(n)
    for queens in permutations(columns):
        if n == len(set(queens[i] + i for i in columns)) == len(set(queens[i] - i for i in columns)):
            yield queens


def by_search(n, row, columns, up, down):
    if row == n:
        yield ()
        return
    for column in range(n):
        if column in columns or row + column in up or row - column in down:
            continue
        for rest in by_search(n, row + 1, columns | {column}, up | {row + column}, down | {row - column}):
            yield (column,) + rest


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 7
    print(len(list(by_permutations(n))), sum(1 for _ in by_search(n, 0, frozenset(), frozenset(), frozenset())))


if __name__ == "__main__":
    main()
