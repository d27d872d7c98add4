# tuple.
def show(f):
    try:
        print(repr(f()))
    except Exception as error:
        print(type(error).__name__, error)


t = (1, 2, 3)
print(t, (), (1,), ((),), (1, (2, (3,))), t + (4,), t * 2, 2 * t, t[0], t[-1], t[1:], t[::-1], t[5:], len(t), t.index(2), t.count(1), t.count(9))
print((1, 2) < (1, 3), (1, 2) < (1, 2, 0), () < (1,), (1, 2) == (1, 2), (1, 2) == [1, 2], (1,) != (2,), (2,) >= (1, 9), 2 in t, 9 in t, (1, 2.0) == (1.0, 2))
show(lambda: t.index(9))
show(lambda: t[3])
show(lambda: t["a"])
show(lambda: t + [1])
show(lambda: t * "a")
show(lambda: t < [1])
show(lambda: (1, "a") < (1, 2))
show(lambda: t.append(1))


def assign():
    t[0] = 5


def delete():
    del t[0]


show(assign)
show(delete)
print(hash((1, 2)) == hash((1, 2)), hash((1, 2)) == hash((1.0, 2.0)), hash(()) == hash(()), {(1, 2): "x"}[1, 2], hash((1, 2)), hash(()), hash((1, (2, 3), -1)))
show(lambda: hash((1, [])))
print(tuple(), tuple("abc"), tuple([1, 2]), tuple(range(3)), tuple({"a": 1}), tuple(t) is t, bool(()), bool((0,)))
show(lambda: tuple(5))
a, b = 1, 2
a, b = b, a
print(a, b)
(c, (d, *e)), f = (1, (2, 3, 4)), 5
print(c, d, e, f)


def two():
    a, b = (1, 2, 3)


def three():
    a, b, c = (1, 2)


def star():
    a, b, *c = (1,)


def none():
    a, b = 5


show(two)
show(three)
show(star)
show(none)
show(lambda: (lambda: [x for x, y in [(1, 2, 3)]])())
r = ([],)
r[0].append(r)
print(r)
print((1, 2, 3).__len__(), (1,).__add__((2,)), (1,).__contains__(1), (1, 2).__getitem__(1), sorted([(2, 1), (1, 2)]), max((1, 5), (2, 0)), sum((1, 2, 3)))
x = ()
for i in range(5):
    x += (i,)
print(x)
t = ()
for i in range(100000):
    t = (t,)
del t
print("freed")
