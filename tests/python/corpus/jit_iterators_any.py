"""Loops over every sort of iterator, long enough to be compiled, and what makes them leave."""
import itertools


class Countdown:
    def __init__(self, start, calls):
        self.left = start
        self.calls = calls

    def __iter__(self):
        return self

    def __next__(self):
        self.calls.append(self.left)
        if self.left == 0:
            raise StopIteration
        self.left -= 1
        return self.left


class ByIndex:
    def __getitem__(self, index):
        if index >= 50:
            raise IndexError(index)
        return index * 3


def total(iterable):
    result = 0
    for item in iterable:
        result += item
    return result


def every_sort():
    words = {"one": 1, "two": 2, "three": 3}
    results = []
    for _ in range(300):
        results.append(total(words.values()))
        results.append(total(enumerate_sums([5, 6, 7])))
        results.append(total(map(len, words)))
        results.append(total(filter(None, (0, 1, 0, 2))))
        results.append(total({1, 2, 3}))
        results.append(total(reversed([1, 2, 3])))
        results.append(total(itertools.islice(itertools.count(3), 4)))
        results.append(total(ByIndex()))
        results.append(total(iter([3, 2, 1, 0, 9].pop, 0)))
        results.append(total(b for a, b in zip("abc", (4, 5, 6))))
        results.append(total([]))
        results.append(total(()))
    return sum(results), results[:12]


def enumerate_sums(items):
    return [index * item for index, item in enumerate(items)]


def next_called_once_at_the_end():
    calls = []
    counts = 0
    for start in range(400):
        for item in Countdown(start % 5, calls):
            counts += item
    return counts, len(calls), calls[:12]


def raising(items):
    for item in items:
        if item == 900:
            raise ValueError(item)
        yield item


def raises_inside():
    result = 0
    try:
        for item in raising(range(2000)):
            result += item
    except ValueError as error:
        return result, error.args


def changes_while_iterated():
    table = {number: number for number in range(1500)}
    count = 0
    try:
        for key in table:
            count += 1
            if count == 1400:
                table[-1] = 0
    except RuntimeError as error:
        return count, str(error)


def grows_while_iterated():
    items = [1]
    for item in items:
        if len(items) < 3000:
            items.append(item + 1)
    return len(items), items[-1]


def unpacks():
    results = []
    for number in range(1500):
        first, *middle, last = (number, 1, 2, 3)
        head, *rest = "ab"
        (a, b), c = {number, number + 1}, [number] * 2
        d, e, f = "xyz"
        pair = {1: 2, 3: 4}
        g, h = pair
        () = []
        results.append((first, len(middle), last, head, rest[0], a + b, c[1], d + e + f, g + h))
    return len(results), results[-1], results[3]


def unpacks_wrong_number():
    seen = []
    for number in range(1300):
        try:
            a, b = [1] * (2 + (number == 1250))
        except ValueError as error:
            seen.append(str(error))
        try:
            a, b, c = "ab" if number == 1280 else "abc"
        except ValueError as error:
            seen.append(str(error))
        try:
            a, *b, c = [1] * (3 - 2 * (number == 1290))
        except ValueError as error:
            seen.append(str(error))
    return seen


def displays():
    total_length = 0
    for number in range(1500):
        table = {"a": number, "b": 2, "c": 3}
        members = {number, number % 7, 3}
        long_tuple = (number, 1, 2, 3, 4, 5, 6)
        long_list = [number, 1, 2, 3, 4, 5, 6, table]
        spread = [*long_tuple, *members]
        spread_set = {*long_tuple, *members}
        as_tuple = (*spread, number)
        total_length += len(table) + len(members) + len(long_tuple) + len(long_list)
        total_length += len(spread) + len(spread_set) + len(as_tuple) + as_tuple[-1] + table["a"]
    return total_length, long_tuple, sorted(table)


def equal_displays_are_different_objects():
    lengths = 0
    for number in range(1500):
        first = [number, 1]
        second = [number, 1]
        first.append(2)
        pair, same = (number, 1), (number, 1)
        lengths += len(first) * 10 + len(second) + (first is second) + len(pair) + len(same)
    return lengths


def unhashable_in_display():
    for number in range(1300):
        try:
            members = {number, [] if number == 1200 else 0}
        except TypeError as error:
            return number, str(error), len(members)


def comprehensions():
    squares = {number: number * number for number in range(1500) if number % 3}
    remainders = {number % 17 for number in range(1500)}
    nested = [[column * row for column in range(4)] for row in range(300)]
    return len(squares), squares[1000], sorted(remainders)[:3], nested[-1]


print(every_sort())
print(next_called_once_at_the_end())
print(raises_inside())
print(changes_while_iterated())
print(grows_while_iterated())
print(unpacks())
print(unpacks_wrong_number())
print(displays())
print(equal_displays_are_different_objects())
print(unhashable_in_display())
print(comprehensions())
