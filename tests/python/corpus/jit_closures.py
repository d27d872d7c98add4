# Functions made in hot loops, and cells of the running function.


def accumulate(n):
    total = 0

    def add(x):
        nonlocal total
        total += x
        return total

    for i in range(n):
        add(i)
    return total


def made_each_round(n):
    out = 0
    for i in range(n):
        double = lambda x: x * 2
        shift = lambda x, by=i: x + by
        out += double(i) + shift(1) + (lambda: i)()

        def named(a, *, b=2):
            "Has a docstring."
            return a * b

        out += named(i) + named(i, b=1) + len(named.__doc__)
    return out


def cells(n):
    functions = []
    for i in range(n):

        def get():
            return i

        if i % 1000 == 0:
            functions.append(get)
    return [function() for function in functions]


def outer(n):
    def inner(k):
        def innermost():
            return k + n

        return innermost

    total = 0
    for i in range(n):
        total += inner(i)()
    return total


def sorted_by(n):
    rows = [(i * 7919 % 101, i) for i in range(200)]
    best = None
    for i in range(n // 100):
        rows.sort(key=lambda row: (row[0] + i) % 13)
        best = max(rows, key=lambda row: row[1] * (i % 3 - 1))
    return rows[:3], best


def deleted(n):
    caught = 0
    for i in range(n):
        value = i

        def read():
            return value

        if i % 100 == 99:
            del value
        try:
            read()
        except NameError:
            caught += 1
    return caught


def decorated(n):
    def trace(function):
        calls = 0

        def wrapper(*args, **kwargs):
            nonlocal calls
            calls += 1
            return function(*args, **kwargs) + calls

        return wrapper

    @trace
    def plus(a, b=1):
        return a + b

    total = 0
    for i in range(n):
        total += plus(i) + plus(i, b=2)
    return total


print(accumulate(3000))
print(made_each_round(3000))
print(cells(5000))
print(outer(3000))
print(sorted_by(3000))
print(deleted(3000))
print(decorated(3000))
