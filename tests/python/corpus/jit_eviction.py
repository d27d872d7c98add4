# Many loops with many branches: more code than a small arena has room for. Written by a loop.


def small(n):
    total = 0
    for i in range(n):
        total += i
    return total


def work0(n, other):
    total = 0
    values = [n, 2, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 1 + i
        elif kind == 1:
            total -= i // 2
        elif kind == 2:
            total = total * 3 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 0
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work1(n, other):
    total = 1
    values = [n, 3, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 2 + i
        elif kind == 1:
            total -= i // 3
        elif kind == 2:
            total = total * 4 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 1
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work2(n, other):
    total = 2
    values = [n, 4, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 3 + i
        elif kind == 1:
            total -= i // 4
        elif kind == 2:
            total = total * 5 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 2
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work3(n, other):
    total = 3
    values = [n, 5, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 4 + i
        elif kind == 1:
            total -= i // 5
        elif kind == 2:
            total = total * 6 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 3
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work4(n, other):
    total = 4
    values = [n, 6, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 5 + i
        elif kind == 1:
            total -= i // 6
        elif kind == 2:
            total = total * 7 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 4
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work5(n, other):
    total = 5
    values = [n, 7, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 6 + i
        elif kind == 1:
            total -= i // 7
        elif kind == 2:
            total = total * 8 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 5
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work6(n, other):
    total = 6
    values = [n, 8, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 7 + i
        elif kind == 1:
            total -= i // 8
        elif kind == 2:
            total = total * 9 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 6
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work7(n, other):
    total = 7
    values = [n, 9, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 8 + i
        elif kind == 1:
            total -= i // 9
        elif kind == 2:
            total = total * 10 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 7
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work8(n, other):
    total = 8
    values = [n, 10, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 9 + i
        elif kind == 1:
            total -= i // 10
        elif kind == 2:
            total = total * 11 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 8
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work9(n, other):
    total = 9
    values = [n, 11, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 10 + i
        elif kind == 1:
            total -= i // 11
        elif kind == 2:
            total = total * 12 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 9
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work10(n, other):
    total = 10
    values = [n, 12, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 11 + i
        elif kind == 1:
            total -= i // 12
        elif kind == 2:
            total = total * 13 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 10
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work11(n, other):
    total = 11
    values = [n, 13, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 12 + i
        elif kind == 1:
            total -= i // 13
        elif kind == 2:
            total = total * 14 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 11
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work12(n, other):
    total = 12
    values = [n, 14, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 13 + i
        elif kind == 1:
            total -= i // 14
        elif kind == 2:
            total = total * 15 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 12
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


def work13(n, other):
    total = 13
    values = [n, 15, 3.5]
    for i in range(n):
        kind = i % 6
        if kind == 0:
            total += values[i % 3] * 14 + i
        elif kind == 1:
            total -= i // 15
        elif kind == 2:
            total = total * 16 % 1000003
        elif kind == 3:
            values[i % 3] += i
        elif i & 8:
            total += len(values) - 13
        if i % 50 == 49:
            total += other(5)
    return round(total, 6)


WORKS = [work0, work1, work2, work3, work4, work5, work6, work7, work8, work9, work10, work11, work12, work13]


def nested(works, depth):
    "Code is dropped while loops around it are under way."
    total = 0
    for work in works:
        total += work(60, small)
        if depth:
            total += nested(works[:3], depth - 1)
    return total


print([work(900, small) for work in WORKS])
print(nested(WORKS, 2))
print([work(900, small) for work in WORKS[::-1]])
for work in WORKS:
    print(work(1200, lambda n: small(n) + work(n, small)))
