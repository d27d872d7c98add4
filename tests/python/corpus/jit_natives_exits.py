# Calls of natives whose arguments change type, whose containers hold objects with Python methods, and which raise,
# in the middle of a hot loop.
import math


class Number:
    def __init__(self, n):
        self.n = n

    def __lt__(self, other):
        return self.n < getattr(other, "n", other)

    def __gt__(self, other):
        return self.n > getattr(other, "n", other)

    def __abs__(self):
        return -1

    def __len__(self):
        return 77

    def __bool__(self):
        return False

    def __round__(self, digits=None):
        return 5

    def __int__(self):
        return 6

    def __eq__(self, other):
        log.append("eq")
        return isinstance(other, (int, Number)) and self.n == getattr(other, "n", other)

    def __hash__(self):
        return hash(self.n)


log = []


def mixed(values, rounds):
    total = 0
    for i in range(rounds):
        value = values[i % len(values)] if i > rounds - 40 else values[0]
        total += abs(value) + round(value) + int(value)
        low = min(value, 10)
        high = max(value, 10)
        total += 1 if low is value else 2
        total += 4 if high is value else 8
    return total


print(mixed([3, 2.5, True, 1 << 60, Number(3), -(1 << 47)], 3000))


def lengths(things, rounds):
    total = 0
    for i in range(rounds):
        thing = things[i % len(things)] if i > rounds - 40 else things[0]
        total += len(thing)
        if thing:
            total += 1
        if not thing:
            total += 100
    return total


for first in ("abc", [1, 2], (1,), {1: 2}, {1, 2, 3}, range(5)):
    print(lengths([first, "", [], (), {}, set(), range(0), Number(1), frozenset([1])], 3000))


def keys(table, rounds):
    found = 0
    for i in range(rounds):
        key = i % 5 if i < rounds - 20 else Number(i % 5)
        if key in table:
            found += table[key]
        found += table.get(key, 100)
        table[key] = i % 3
        table.setdefault(key, 9)
    return found


print(keys({1: 2, 3: 4}, 3000), len(log))
table = {Number(1): 5, Number(3): 7}
print(keys(table, 3000), len(log) > 100)


def floats(rounds):
    total = 0.0
    errors = 0
    for i in range(rounds):
        x = i * 0.5 if i % 1000 != 999 else -1.0
        try:
            total += math.sqrt(x) + math.log(x + 1.5) + math.sin(x) + math.floor(x) + math.ceil(x)
        except ValueError as error:
            errors += 1
            print(error)
    return round(total, 6), errors


print(floats(3500))


def infinities(rounds):
    total = []
    for i in range(rounds):
        x = float(i)
        if i == rounds - 3:
            x = math.inf
        elif i == rounds - 2:
            x = math.nan
        elif i == rounds - 1:
            x = 1e300
        for f in (math.floor, math.ceil, int, round, math.exp):
            try:
                result = f(x)
            except (OverflowError, ValueError) as error:
                result = type(error).__name__ + str(error)
            if i > rounds - 4:
                total.append(result)
    return total


print(infinities(1500))


def classes(rounds):
    class A:
        pass

    class B(A):
        pass

    class C:
        pass

    count = 0
    b = B()
    for i in range(rounds):
        if isinstance(b, A):
            count += 1
        if isinstance(b, (C, int)):
            count += 10000
        if type(b) is B:
            count += 3
        if i == rounds - 5:
            b = C()
    return count


try:
    print(classes(3000))
except TypeError as error:
    print("TypeError")


def characters(text, rounds):
    out = []
    for i in range(rounds):
        index = i % len(text)
        if i == rounds - 2:
            text = "naïve – ☃"
        if i == rounds - 1:
            index = -40
        try:
            c = text[index] + text[-1]
        except IndexError as error:
            c = str(error)
        if c != "ab":
            out.append(c)
    return len(out), out[-3:], "".join(out)[:20]


print(characters("abcdef", 3000))


def formats(rounds):
    total = 0
    for i in range(rounds):
        value = i if i < rounds - 6 else [1.5, "x", None, True, 1 << 70, Number(2)][i - rounds]
        try:
            text = f"{value}|{value!r:>6}|{i:03d}|{i / 7:.2f}|{'abc'}|{i}"
        except Exception as error:
            text = str(error)
        total += len(text) if not isinstance(value, Number) else 1
        if i >= rounds - 6 and not isinstance(value, Number):
            print(text)
    return total


print(formats(3000))


def rebinding(rounds):
    total = 0
    len = lambda thing: 1000
    for i in range(rounds):
        total += len([1, 2])
        if i == rounds - 5:
            del len
            len = lambda thing: 5
    return total


print(rebinding(3000))


def appending(rounds):
    text = ""
    other = "x"
    kept = []
    for i in range(rounds):
        text += "ab"
        if i % 500 == 0:
            kept.append(text)
        other = other + text[:1]
        other += "é" if i == 7 else "."
    return len(text), [len(k) for k in kept], len(other), kept[1][:6], hash(text) == hash("ab" * rounds)


print(appending(3000))
