# `with` in hot loops: managers of Python classes, that let exceptions through or not.


class Guard:
    def __init__(self, swallows):
        self.swallows = swallows
        self.entered = self.left = self.failed = 0

    def __enter__(self):
        self.entered += 1
        return self

    def __exit__(self, kind, error, trace):
        self.left += 1
        if kind is not None:
            self.failed += 1
        return self.swallows


def plain(n):
    guard = Guard(False)
    total = 0
    for i in range(n):
        with guard as inner:
            total += inner.entered + i
        with Guard(True) as one, guard:
            total += one.entered
    return total, guard.entered, guard.left, guard.failed


def failing(n):
    quiet, loud = Guard(True), Guard(False)
    caught = 0
    for i in range(n):
        with quiet:
            if i % 10 == 3:
                raise ValueError(i)
        try:
            with loud:
                if i % 10 == 7:
                    {}[i]
        except KeyError:
            caught += 1
    return quiet.failed, loud.failed, caught, quiet.left, loud.left


def leaving(n):
    guard = Guard(False)
    rounds = 0
    for i in range(n):
        with guard:
            if i % 3 == 0:
                continue
            if i == n - 1:
                break
            rounds += 1
    return rounds, guard.left


def kinds(n):
    class Other(Guard):
        def __enter__(self):
            return 5

    guards = [Guard(False), Other(False)]
    total = 0
    for i in range(n):
        with guards[i & 1] as value:
            total += value if i & 1 else 1
        if i == n // 2:
            Guard.__exit__ = lambda self, *error: None
    return total, guards[0].left, guards[1].left


print(plain(3000))
print(failing(3000))
print(leaving(3001))
print(kinds(3000))
