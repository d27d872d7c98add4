# Strings that grow in a loop, and slices of lists in a loop.
def grow(n):
    text = ""
    for i in range(n):
        text += "ab"
        other = text + "!"
    return len(text), other[-3:]


print(grow(300))


def doubled(n):
    s = "x"
    for i in range(n):
        s += s
    return len(s)


print(doubled(12))


def shared(n):
    s = "start"
    kept = []
    for i in range(n):
        kept.append(s)
        s = s + str(i % 10)
    return s, kept[0], kept[3], kept[-1]


print(shared(40))


def slices(n):
    items = list(range(20))
    total = 0
    for i in range(n):
        k = i % 7
        items[: k + 1] = items[k::-1]
        total += items[0] + sum(items[1:3]) + items[::2][-1]
    return total, items


print(slices(100))
