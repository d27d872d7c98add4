"""Lists that grow, shrink and change hands while a compiled loop reads and writes their items."""


def alias_grows(n):
    a = [0]
    b = a
    for i in range(n):
        a[0] += i
        if i % 64 == 0:
            b.append(a[0])
        a[len(b) - 1] += 1
    return len(a), a[0], a[-1]


def grow(items, value):
    items += [value]


def callee_grows(n):
    items = [1, 2, 3]
    total = 0
    for i in range(n):
        total += items[i % 3] + items[2]
        items[1] = total % 1009
        if i % 97 == 5:
            grow(items, i)
    return total, len(items), sum(items)


def shrinks(n):
    items = list(range(n))
    seen = 0
    try:
        for i in range(n):
            seen += items[i]
            items[i] = -1
            if i % 3 == 0:
                items.pop()
    except IndexError:
        return seen, i, len(items), items.count(-1)
    return "never"


def stored_behind_the_end(n):
    items = [0.0] * (n // 2)
    try:
        for i in range(n):
            items[i] = items[i - 1] + 0.5
    except IndexError as error:
        return i, items[-1], str(error)
    return "never"


def kinds_change(n):
    items = [0] * 8
    out = []
    for i in range(n):
        old = items[i % 8]
        items[i % 8] = old + 1
        if i == n // 2:
            items[(i + 1) % 8] = 0.5
            items[(i + 2) % 8] = 2**60
        if i == n // 2 + 100:
            items[(i + 3) % 8] = True
    out.extend(items)
    return out


def rows(n):
    grid = [[i + j for j in range(8)] for i in range(8)]
    total = 0
    for k in range(n):
        row = grid[k % 8]
        row[k % 5], row[k % 7] = row[k % 7], row[k % 5]
        total += row[0] * grid[7 - k % 8][k % 8]
        if k % 50 == 49:
            grid[k % 8] = [k] * 8
    return total


def replaced(n):
    items = [1, 2, 3, 4]
    total = 0
    for i in range(n):
        total += items[i & 3]
        if i % 200 == 199:
            items = [i, i + 1, i + 2, i + 3]
        if i % 300 == 299:
            items[1:3] = [9, 8, 7]
            del items[0]
    return total, items


def same_index(n):
    items = ["a", "b", "c"]
    for i in range(n):
        j = i % 3
        k = i // 3 % 3
        items[j], items[k] = items[k], items[j]
    return items


def main():
    for _ in range(2):
        print(alias_grows(3000))
        print(callee_grows(3000))
        print(shrinks(4000))
        print(stored_behind_the_end(4000))
        print(kinds_change(4000))
        print(rows(4000))
        print(replaced(4000))
        print(same_index(3001))


main()
