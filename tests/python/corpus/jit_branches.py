# Branches that go one way for long, then the other; conditions of every type; chains and shortcuts.
def phases(n):
    up = down = same = 0
    for i in range(n):
        if i < n // 3:
            up += 1
        elif i < 2 * n // 3:
            down += i
        else:
            same -= i
    return up, down, same


print(phases(90))


def truths(values):
    true = 0
    for value in values:
        if value:
            true += 1
        if not value:
            true += 100
    return true


print(truths([0, 1, 0.0, 0.5, "", "x", [], [0], {}, {1: 2}, None, True, False, (), (0,)] * 3))


def shortcuts(n):
    result = []
    for i in range(n):
        a = i % 3 and i % 5
        b = i % 3 or i % 5 or "none"
        c = 1 < i % 4 <= 3 != i % 7
        result.append((a, b, c))
    return result


print(shortcuts(16))


def identity(items):
    nones = 0
    for item in items:
        if item is None:
            nones += 1
        elif item is not True and item != 3:
            nones += 10
    return nones


print(identity([None, True, 3, 4.0, None, "a"] * 5))


def find(items, wanted):
    for i, item in enumerate(items):
        if item == wanted:
            break
    else:
        return -1
    return i


print([find(list(range(20)), n) for n in (0, 19, 20, 5)])


def collatz(limit):
    best = (0, 0)
    for start in range(1, limit):
        n, steps = start, 0
        while n != 1:
            n = n // 2 if n % 2 == 0 else 3 * n + 1
            steps += 1
        if steps > best[1]:
            best = (start, steps)
    return best


print(collatz(120))
