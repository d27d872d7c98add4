"""Fibonacci numbers by the recursive definition: nothing but calls, comparisons and small additions.

    fib.py [n]
"""

import sys


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    print(f"fib({n}) = {fib(n)}")


if __name__ == "__main__":
    main()
