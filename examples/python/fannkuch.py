"""Fannkuch: the most flips of a prefix of any permutation of n cards before a 1 comes to the top.

Small lists of small integers, reversed, rotated and copied.

    fannkuch.py [n]
"""

import sys


def flips_of(cards):
    """How many times a prefix, as long as the first card says, can be reversed."""
    cards = cards[:]
    flips = 0
    first = cards[0]
    while first != 0:
        cards[: first + 1] = cards[first::-1]
        first = cards[0]
        flips += 1
    return flips


def fannkuch(n):
    """(checksum, most flips) over all permutations of 0..n."""
    cards = list(range(n))
    counters = [0] * n
    most = checksum = 0
    even = True
    while True:
        if cards[0] != 0:
            flips = flips_of(cards)
            if flips > most:
                most = flips
            if even:
                checksum += flips
            else:
                checksum -= flips
        even = not even
        # The next permutation: rotate the first two cards; whenever a prefix has been all the way round, a longer one.
        length = 1
        while True:
            if length == n:
                return checksum, most
            cards.insert(length, cards.pop(0))
            counters[length] += 1
            if counters[length] <= length:
                break
            counters[length] = 0
            length += 1


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 8
    checksum, most = fannkuch(n)
    print(f"{checksum}\nfannkuch({n}) = {most}")


if __name__ == "__main__":
    main()
