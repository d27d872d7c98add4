"""Spectral norm of the infinite matrix 1, 1/2, 1/3, 1/4 ...; cut to n by n, by the power method.

Small functions called in loops, integer arithmetic with a true division, float sums over lists.

    spectral_norm.py [n]
"""

import sys
from math import sqrt


def element(i, j):
    return 1.0 / ((i + j) * (i + j + 1) // 2 + i + 1)


def times(u):
    """The matrix times `u`."""
    n = len(u)
    result = []
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += element(i, j) * u[j]
        result.append(total)
    return result


def transposed_times(u):
    """The transposed matrix times `u`."""
    n = len(u)
    result = []
    for i in range(n):
        total = 0.0
        for j in range(n):
            total += element(j, i) * u[j]
        result.append(total)
    return result


def spectral_norm(n):
    u = [1.0] * n
    for _ in range(10):
        v = transposed_times(times(u))
        u = transposed_times(times(v))
    vbv = vv = 0.0
    for ue, ve in zip(u, v):
        vbv += ue * ve
        vv += ve * ve
    return sqrt(vbv / vv)


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 140
    print(f"{spectral_norm(n):.9f}")


if __name__ == "__main__":
    main()
