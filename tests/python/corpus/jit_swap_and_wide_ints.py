# Exchanges without a tuple, and integers that leave 48 bits and come back.
def exchange(items):
    n = len(items)
    for i in range(n - 1):
        items[i], items[i + 1] = items[i + 1], items[i]
        a, b, c = items[i], i, items[0]
        a, b, c = c, a, b
    return items, a, b, c


print(exchange(list(range(60))))


def scramble(n):
    seed = 12345
    out = []
    for i in range(n):
        seed = (seed * 1103515245 + 12345) % 2147483648
        out.append((seed >> 8) % (i + 1))
    return seed, sum(out)


print(scramble(300))


def grow(n):
    value = 1
    for i in range(n):
        value = value * 3 + i
        if value > 1 << 60:
            value = value >> 40
    return value


print(grow(200))
