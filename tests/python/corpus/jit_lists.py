# Lists read and written in hot loops: negative indices, changing lengths, elements of changing type, bounds.
def reverse(items):
    i, j = 0, len(items) - 1
    while i < j:
        items[i], items[j] = items[j], items[i]
        i += 1
        j -= 1
    return items


print(reverse(list(range(41))))


def negative(items, n):
    total = 0
    for i in range(1, n):
        total += items[-i]
        items[-i] = i
    return total, items[:5]


print(negative(list(range(50)), 51))


def grow(n):
    items = []
    for i in range(n):
        items.append(i)
        if len(items) > 10:
            items.pop(0)
        if i % 5 == 0:
            items.insert(0, "x")
    return items


print(grow(40))


def retype(n):
    items = [0] * n
    for i in range(n):
        items[i] = i if i % 2 else i / 2
    for i in range(n):
        items[i] = items[i] * 2
    return items


print(retype(20))


def nested(n):
    grid = [[0] * n for _ in range(n)]
    for i in range(n):
        for j in range(n):
            grid[i][j] = i * j
            if i and j:
                grid[i][j] += grid[i - 1][j - 1]
    return grid


print(nested(7)[6])


def while_iterating(items):
    seen = []
    for item in items:
        seen.append(item)
        if item < 20:
            items.append(item + 10)
    return seen


print(while_iterating([1, 2, 3, 4]))
items = list(range(30))
try:
    for i in range(40):
        items[i] += 1
except IndexError as error:
    print(error, items[-1], i)
