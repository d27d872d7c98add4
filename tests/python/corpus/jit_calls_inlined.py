# Functions called in loops: defaults, keywords, closures, several levels, early returns.
def clamp(value, low=0, high=10):
    if value < low:
        return low
    if value > high:
        return high
    return value


def mixed(n):
    total = 0
    for i in range(n):
        total += clamp(i - 5) + clamp(i, high=3) + clamp(low=1, value=i - 30, high=i)
    return total


print(mixed(50))


def outer(n):
    def middle(k):
        def inner(j):
            return j * k + n

        return inner(k + 1) - inner(k)

    total = 0
    for i in range(n):
        total += middle(i)
    return total


print(outer(50))


def counter():
    count = 0

    def increment(by):
        nonlocal count
        count += by
        return count

    return increment


tick = counter()
for i in range(50):
    tick(i)
print(tick(0))


def varargs(first, *rest, **named):
    return first + len(rest) * 10 + sum(named.values())


total = 0
for i in range(30):
    total += varargs(i) + varargs(i, 1, 2) + varargs(i, a=1, b=i)
print(total)


def swapped(f, g, n):
    total = 0
    for i in range(n):
        total = f(total, i)
        f, g = g, f
    return total


print(swapped(lambda a, b: a + b, lambda a, b: a * 2 - b, 40))
