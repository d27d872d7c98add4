"""Locals that nobody reads any more when a compiled loop is left: what they held must not come back, nor be missed."""


class Counted:
    alive = 0

    def __init__(self):
        Counted.alive += 1

    def __del__(self):
        Counted.alive -= 1


def kinds_change(n):
    # `x` is dead at the head of the loop, and holds a float, an object or nothing there.
    out = 0.0
    for i in range(n):
        if i % 1000 == 999:
            x = Counted()
            out += 0.25
        else:
            x = i * 0.5
            y = x + 1.0
            out += y
    return out


def read_behind(n):
    # Read only behind the loop: live at its head.
    last = first = None
    for i in range(n):
        half = i * 0.5
        if first is None:
            first = half
        last = half
    return first, last, half


def in_handler(n):
    # What only a handler reads is live where the exception may be raised.
    caught = []
    items = list(range(n))
    for i in range(n + 3):
        seen = i * 2
        try:
            value = items[i]
        except IndexError:
            caught.append((i, seen))
            continue
        other = value + seen
    return caught, other


def unbound(n):
    # Bound in some rounds, deleted in others.
    count = 0
    for i in range(n):
        if i % 3 == 0:
            z = i
        if i % 3 == 2:
            del z
        try:
            count += z
        except UnboundLocalError:
            count += 1000000
    return count


def by_name(n):
    # locals() sees what no instruction reads.
    total = 0
    for i in range(n):
        square = i * i
        total += square
        if i == n // 2:
            seen = sorted(locals().items())
    return seen


def inlined(a, b):
    scale = a * 2.0
    shifted = scale + b
    return shifted


def calls(n):
    total = 0.0
    for i in range(n):
        term = inlined(i * 0.25, 1.5)
        total += term
        if i == n - 2:
            n = "text"
            n = 2.5
    return total


def swapped(n):
    # Values move from local to local; the old ones die on the way.
    a, b = 0, 1
    for _ in range(n):
        c = a + b
        a = b
        b = c % 1000003
    return a, b


def object_then_float(n):
    # At the first round the dead local is an object; its last reference goes when it is stored to.
    temporary = Counted()
    before = Counted.alive
    total = 0.0
    for i in range(n):
        temporary = i * 0.5
        total += temporary
    return before, Counted.alive, total


def generator(n):
    for i in range(n):
        twice = i * 2
        yield twice
        rest = i - twice
    yield rest


def raises_unused(n):
    # Nobody reads the result, but it cannot be computed.
    caught = 0
    for i in range(n):
        base = float(i % 50)
        try:
            result = base**-1.5
        except ZeroDivisionError:
            caught += 1
    return caught


def main():
    for _ in range(3):
        print(kinds_change(5000), Counted.alive)
        print(read_behind(4000))
        print(in_handler(4000))
        print(unbound(3000))
        print(by_name(3000))
        print(calls(4000))
        print(swapped(5000))
        print(object_then_float(4000))
        print(sum(generator(3000)))
        print(raises_unused(4000))


main()
