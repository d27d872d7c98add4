# set and frozenset. (Sets are printed sorted: their order is nobody's promise.)
def show(f):
    try:
        print(repr(f()))
    except Exception as error:
        print(type(error).__name__, error)


def s(value):
    return sorted(value), type(value).__name__


a = {1, 2, 3}
b = {3, 4}
print(s(a | b), s(a & b), s(a - b), s(a ^ b), a == {3, 2, 1}, a != b, a < {1, 2, 3, 4}, a <= a, a > {1}, a >= b, 1 in a, 9 in a, len(a), bool(set()), set(), frozenset())
print(s(a.union([5], (6,))), s(a.intersection([1, 2], [2])), s(a.difference([1])), s(a.symmetric_difference([1, 9])), a.isdisjoint([7]), a.issubset([1, 2, 3, 4]), a.issuperset([1]))
a.add(10)
a.discard(99)
a.remove(1)
print(s(a))
a.update([1, 2], (50,))
a.intersection_update([1, 2, 3, 50])
a.difference_update([50])
a.symmetric_difference_update([1, 7])
print(s(a))
a |= {8}
a &= {2, 8, 3}
a -= {3}
a ^= {100}
print(s(a), s(a.copy()))
show(lambda: a.remove("x"))
show(lambda: set().pop())
show(lambda: a.add([]))
show(lambda: set(5))
show(lambda: {[]})
show(lambda: a | [1])
show(lambda: a < 5)
show(lambda: hash(a))
show(lambda: a.foo)
f = frozenset([1, 2])
print(s(f | {3}), s({3} | f), f == {1, 2}, hash(f) == hash(frozenset([2, 1])), {f: "x"}[frozenset((1, 2))], f, frozenset("a"), s(f & {1}), s(f - {1}))
show(lambda: f.add(1))
print({1}, {"a"}, {(1, 2)}, {None}, s({x % 3 for x in range(10)}), s(set("hello")), s(set(range(3))), len({1, 1.0, True}))
x = {5}
print(x.pop(), x, len(x))
x.update("ab")
x.clear()
print(x, {1, 2} == frozenset([1, 2]), {1} in [{1}], set([1]) == [1])
big = set()
for i in range(3000):
    big.add(i * 37 % 1009)
print(len(big), sum(big), 1008 in big, 1009 in big)
for i in range(0, 1009, 2):
    big.discard(i)
print(len(big), sum(big))


def grow():
    y = {1, 2}
    for v in y:
        y.add(v + 10)


show(grow)
print(max({1, 5, 3}), min({2, 4}), sum({1, 2}), sorted({3, 1}), any({0}), all(set()), list({7}), tuple({8}))


class Recursive:
    def __repr__(self):
        return repr(holder)


holder = set()
holder.add(Recursive())
print(holder)


class Sub(set):
    pass


print(Sub([1]), isinstance(Sub(), set), len(Sub([1, 2])), Sub([1]) == {1}, s(Sub([1]) | {2}))
