"""Loops that unpack pairs: enumerate, zip and the items of dicts, and how they end."""


def enumerated(items, start=0):
    result = 0
    for index, item in enumerate(items, start):
        result += index * item
    return result


def zipped(left, right):
    result = 0
    for a, b in zip(left, right):
        result += a * b
    return result


def of_items(table):
    result = 0
    for key, value in table.items():
        result += key - 2 * value
    return result


def changes_while_iterated():
    table = {number: number for number in range(1500)}
    seen = 0
    try:
        for key, value in table.items():
            seen += 1
            if key == 1400:
                del table[3]
    except RuntimeError as error:
        return seen, str(error)


def raising_inside(n):
    for number in range(n):
        if number == 1300:
            raise ValueError(number)
        yield number


def raises():
    seen = 0
    try:
        for index, item in enumerate(raising_inside(2000)):
            seen += index + item
    except ValueError as error:
        return seen, error.args


def uneven():
    left = iter(range(2000))
    right = iter([1] * 1500)
    for a, b in zip(left, right):
        pass
    return a, b, next(left)


def strict():
    try:
        for a, b in zip(range(1500), range(1499), strict=True):
            last = a
    except ValueError as error:
        return last, str(error)


def not_only_pairs():
    result = []
    for iterable in [zip(range(3)), zip("ab", "cd", "ef"), enumerate("xyz"), [(1, 2)], {5: 6}.items()]:
        for item in iterable:
            result.append(item)
    return result


def three(n):
    result = 0
    for a, b, c in zip(range(n), range(n), [2] * n):
        result += a * b + c
    return result


def unused(n):
    count = 0
    for _, _ in enumerate(range(n)):
        count += 1
    for index, (a, b) in enumerate(zip(range(n), "ab" * n)):
        count += index * a + (b == "a")
    return count


class Odd(enumerate):
    def __next__(self):
        index, item = super().__next__()
        return index * 2, item + 1


def overridden():
    result = 0
    for index, item in Odd(range(1500)):
        result += index + item
    return result


def big_start():
    result = []
    for index, item in enumerate(range(1200), (1 << 47) - 600):
        if index % 400 == 0:
            result.append(index)
    return result


def types_change():
    result = []
    for a, b in zip([1] * 1200 + [2.5, "x", None], ["s"] * 1200 + [1, 2, 3]):
        result.append((a, b))
    return len(result), result[-4:]


def many_short():
    result = 0
    for size in range(600):
        for index, item in enumerate([size] * (size % 4)):
            result += index + item
        for a, b in zip((1, 2, 3), range(size % 3)):
            result += a + b
        for key, value in {size: 1, -1: size}.items():
            result += key * value
    return result


print(enumerated(range(3000)), enumerated([1.5] * 2000, 7), zipped(range(2500), [3] * 2500))
print(of_items({number: number * 3 for number in range(2000)}), changes_while_iterated())
print(raises(), uneven(), strict(), not_only_pairs())
print(three(2000), unused(1500), overridden(), big_start(), types_change(), many_short())


def ends_then_raises(last):
    """The same loop comes to its end many times, and then its iterator raises there."""
    result = 0
    for number in range(1200):
        source = raising_inside(3) if number < last else failing(3)
        try:
            for index, item in enumerate(source):
                result += index + item
            for item in map(abs, source if number < last else failing(2)):
                result += item
        except ZeroDivisionError:
            result += 1000
    return result


def failing(n):
    yield from range(n)
    yield n // 0


print(ends_then_raises(1100), ends_then_raises(600))
