"""Strings built in every usual way: appended to, joined, formatted, replaced, taken apart.

    string_building.py [rounds]
"""

import sys


def appended(n):
    out = ""
    for i in range(n):
        out += chr(97 + i % 26)
        if i % 40 == 39:
            out += "\n"
    return out


def joined(n):
    parts = []
    for i in range(n):
        parts.append(str(i * 7 % 1000))
    return ",".join(parts)


def formatted(n):
    rows = []
    for i in range(n):
        rows.append(f"{i:05d} {i * 0.5:.2f} <{'even' if i % 2 == 0 else 'odd'}>")
    return "\n".join(rows)


def escaped(source):
    out = []
    for c in source:
        if c == "\n":
            out.append("\\n")
        elif c in "aeiou":
            out.append(c.upper())
        else:
            out.append(c)
    return "".join(out)


def digest(source):
    value = 0
    for c in source:
        value = (value * 31 + ord(c)) & 0xFFFFFFFF
    return value


def main():
    n = int(sys.argv[1]) if len(sys.argv) > 1 else 20000
    a = appended(n)
    b = joined(n)
    c = formatted(n)
    d = escaped(a)
    print(digest(a), digest(b), digest(c), digest(d), a.count("abc"), len(b.split(",")), c.find("odd"))


if __name__ == "__main__":
    main()
