"""Multiplication of two square matrices held as lists of rows.

Three nested loops over lists of floats; the inner one is an inner product.

    matmul.py [n]
"""

import sys


def matrix(n, seed):
    rows = []
    for i in range(n):
        rows.append([((i * 31 + j * 17 + seed) % 101) / 101.0 for j in range(n)])
    return rows


def multiply(a, b):
    n = len(b[0])
    inner = len(b)
    product = []
    for row in a:
        out = []
        for j in range(n):
            total = 0.0
            for k in range(inner):
                total += row[k] * b[k][j]
            out.append(total)
        product.append(out)
    return product


def trace(a):
    total = 0.0
    for i in range(len(a)):
        total += a[i][i]
    return total


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 100
    product = multiply(matrix(n, 1), matrix(n, 2))
    print(f"trace {trace(product):.6f}, corner {product[0][n - 1]:.6f}")


if __name__ == "__main__":
    main()
