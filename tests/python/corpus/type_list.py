# list: methods, slices, comparison, errors, recursion, mutation under iteration.
def show(f):
    try:
        print(repr(f()))
    except Exception as error:
        print(type(error).__name__, error)


a = [3, 1, 2]
a.append(5)
a.extend([7, 8])
a.extend("xy")
a.extend(range(2))
a.insert(0, "first")
a.insert(-1, "almost")
a.insert(100, "last")
a.insert(-100, "zero")
print(a, len(a), a.index(5), a.count(1), a.pop(), a.pop(0), a.pop(-2), a)
a.remove("x")
print(a, a.index("y"), a.index(5, 2), a.index(5, -8, 9))
show(lambda: a.remove("nope"))
show(lambda: a.index("nope"))
show(lambda: a.index(5, 8))
show(lambda: [].pop())
show(lambda: a.pop(100))
show(lambda: a.pop("a"))
show(lambda: a.extend(5))
show(lambda: a.foo)
show(lambda: a["x"])
show(lambda: a[100])
show(lambda: a[1.0])
b = a.copy()
b.reverse()
print(b, a is b, a == b, a != b)
b.clear()
print(b, bool(b), bool(a), not b)
print([1, 2] + [3], [1, 2] * 2, 2 * [0], [1] * 0, [1] * -1, [[]] * 2, [1, 2] * True)
show(lambda: [1] + (2,))
show(lambda: [1] * 1.5)
show(lambda: [1] + 1)
show(lambda: [1] - [1])
c = [1]
d = c
c += (2, 3)
c *= 2
print(c, d is c)
n = list(range(10))
print(n[2:5], n[:3], n[7:], n[::2], n[::-1], n[8:2:-2], n[-3:], n[:-3], n[5:2], n[100:], n[-100:3], n[:], n[True], n[-1], n[5:100:3], n[::-3])
show(lambda: n[::0])
show(lambda: n["a":])
n[2:5] = ["a", "b"]
print(n)
n[2:4] = []
print(n)
n[1:1] = [10, 11, 12]
print(n)
n[::2] = range(5)[: len(n[::2])] if len(n[::2]) == 5 else n[::2]
print(n)
n[-1:] = "xyz"
print(n)
n[:] = [0, 1, 2, 3, 4, 5, 6, 7]
n[1:4] = n
print(n)


def bad_slice():
    n[::2] = [1]


def bad_value():
    n[1:2] = 5


def bad_index():
    n[100] = 1


show(bad_slice)
show(bad_value)
show(bad_index)
n = list(range(10))
del n[0]
del n[-1]
del n[2:4]
print(n)
del n[::2]
print(n)
n = list(range(10))
del n[::-3]
print(n)
del n[:]
print(n)


def bad_del():
    del n[5]


show(bad_del)
print([1, 2] < [1, 3], [1, 2] < [1, 2, 0], [] < [1], [2] > [1, 5], [1, 2] == [1, 2], [1, 2] == (1, 2), [1] != [1], [1, "a"] == [1, "a"], [1, 2] <= [1, 2], [1.0] == [1])
show(lambda: [1, "a"] < [1, 2])
show(lambda: [1] < (1,))
print(1 in [1, 2], 5 in [1, 2], "a" not in ["a"], 1.0 in [1], None in [None], [] in [[]])
r = [1, 2]
r.append(r)
r.append([r, (r,)])
print(r)
print([1, [2, [3, [4]]]], [(1,), {}, set(), {"a": [1]}], ["it's", 'q"', "\n"], [1.0, True, None, -0.0])
print(list(), list("abc"), list((1, 2)), list({"a": 1}), list(range(3)), list([1]))
show(lambda: list(5))
show(lambda: list(1, 2))
show(lambda: hash([]))
show(lambda: {[]: 1})
out = []
items = [1, 2, 3]
for x in items:
    out.append(x)
    if len(items) < 6:
        items.append(x * 10)
print(out)
items = [1, 2, 3, 4, 5, 6]
for x in items:
    items.remove(x)
print(items)
print([x * y for x in range(3) for y in range(3) if x != y], [[i] * i for i in range(4)])
print([1, 2].__len__(), [1, 2].__contains__(2), [1, 2].__getitem__(0), [3].__add__([4]), [1].__eq__([1]), [1].__mul__(2), [1].__eq__(5))
x, *y = [1, 2, 3]
*z, w = "abc"
print(x, y, z, w, [*y, *z], max(y), sum(y))
big = []
for i in range(1000):
    big.append(i * i)
print(len(big), big[999], sum(big), big.pop(500), len(big))
nested = []
for i in range(100000):
    nested = [nested]
del nested
print("freed")
