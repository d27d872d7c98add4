# range and slice.
def show(f):
    try:
        print(repr(f()))
    except Exception as error:
        print(type(error).__name__, error)


for r in [range(5), range(2, 5), range(0, 10, 3), range(10, 0, -3), range(0), range(5, 0), range(-3, 3), range(0, 10**15, 10**14), range(True, 4)]:
    print(r, list(r), len(r), bool(r), r.start, r.stop, r.step, 3 in r, 3.0 in r, "a" in r, r[1:], r[::-1], r == range(0, 5, 1), list(reversed(r)))
print(range(5)[2], range(5)[-1], range(0, 10, 3)[3], range(10)[2:8:2], range(10)[::-3], range(10).index(4), range(10).count(4), range(10).count(40), range(3) == range(0, 3, 1), range(0) == range(2, 1), range(0, 3, 2) == range(0, 4, 2), range(3) == [0, 1, 2], hash(range(3)) == hash(range(0, 3, 1)))
show(lambda: range(5)[5])
show(lambda: range(5)["a"])
show(lambda: range(1, 2, 0))
show(lambda: range(1.5))
show(lambda: range("a"))
show(lambda: range())
show(lambda: range(1, 2, 3, 4))
show(lambda: range(5).index(9))
show(lambda: range(3) + range(3))
print(max(range(5)), min(range(3, 9)), sum(range(101)), sorted(range(3, 0, -1)), tuple(range(3)), set(range(2)) == {0, 1}, list(map(str, range(3))), 10**13 in range(0, 10**15, 10**12), 5 in range(0, 10, 2))
total = 0
for i in range(10, -10, -3):
    total = total * 3 + i
print(total, i)
for i in range(0):
    print("never")
for i in range(3):
    i = 10
    print(i, end=" ")
print()
it = iter(range(2))
print(next(it), next(it), next(it, None))
show(lambda: next(iter(range(0))))
b = range(2**62, 2**70, 2**68)
print(b, list(b), len(b), b[1], b[-1], 2**62 in b, 5 in b, list(reversed(b)), b == range(2**62, 2**70, 2**68), b.index(2**62 + 2**68), b.start, isinstance(b, range), len(range(2**70, 2**70)), bool(range(2**80, 0)))
show(lambda: len(range(2**100)))
show(lambda: b[9])
s = slice(1, 10, 2)
print(s, s.start, s.stop, s.step, s.indices(5), slice(5), slice(None), slice(None, None, -1).indices(4), slice(-3, None).indices(10), s == slice(1, 10, 2), s == slice(1, 10), [0, 1, 2, 3, 4][s], "abcdef"[slice(1, 3)])
show(lambda: slice())
show(lambda: slice(1, 2, 0).indices(3))
show(lambda: hash(slice(1)))


class Shows:
    def __getitem__(self, key):
        return key


x = Shows()
print(x[1], x[1:2], x[1:2:3], x[:], x["a"], x[1, 2], x[1:2, ...], x[-1])


class Index:
    def __index__(self):
        return 2


print([1, 2, 3, 4][Index()], [1, 2, 3, 4][: Index()], list(range(Index())), "abc"[Index()], [1, 2] * Index())
