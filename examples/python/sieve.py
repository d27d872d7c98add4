"""The sieve of Eratosthenes: booleans in a list, written with a stride.

    sieve.py [n]
"""

import sys


def sieve(n):
    """Flags for 0..=n: is the number prime?"""
    flags = [True] * (n + 1)
    flags[0] = False
    if n >= 1:
        flags[1] = False
    i = 2
    while i * i <= n:
        if flags[i]:
            for multiple in range(i * i, n + 1, i):
                flags[multiple] = False
        i += 1
    return flags


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 400000
    count = total = 0
    for number, is_prime in enumerate(sieve(n)):
        if is_prime:
            count += 1
            total += number
    print(f"{count} primes up to {n}, their sum is {total}")


if __name__ == "__main__":
    main()
