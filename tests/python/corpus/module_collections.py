# collections.
from collections import Counter, OrderedDict, defaultdict, deque, namedtuple


def show(f):
    try:
        print(repr(f()))
    except Exception as error:
        print(type(error).__name__, error)


d = deque([1, 2, 3], maxlen=4)
d.append(4)
d.append(5)
d.appendleft(0)
print(d, len(d), d[0], d[-1], 3 in d, d.maxlen, list(d), d.index(3), d.count(3))
d.rotate(1)
print(d, d.pop(), d.popleft(), d)
d.extend("ab")
d.extendleft("xy")
print(d, list(reversed(d)), deque("ab") == deque("ab"), deque("ab") < deque("b"), deque() == deque(), bool(deque()))
d[1] = "changed"
del d[0]
d.remove("a") if "a" in d else None
d.reverse()
print(d, d.copy(), deque([1]) + deque([2]))
show(lambda: deque().pop())
show(lambda: deque()[0])
show(lambda: deque().remove(1))
show(lambda: deque(5))


def mutate():
    q = deque([1, 2])
    for item in q:
        q.append(item)


show(mutate)
dd = defaultdict(list)
dd["a"].append(1)
dd["a"].append(2)
dd["b"]
print(dd, dict(dd), "z" in dd, dd.get("z"), len(dd), dd.default_factory)
show(lambda: defaultdict(None)["x"])
counts = defaultdict(int)
for c in "mississippi":
    counts[c] += 1
print(sorted(counts.items()))
c = Counter("mississippi")
print(c.most_common(2), c["s"], c["z"], sum(c.values()), c + Counter("ss"), c - Counter("iiii"), sorted(c.elements()), Counter(a=2))
o = OrderedDict([("x", 1), ("y", 2)])
o.move_to_end("x")
print(o, o.popitem(last=False), o, list(o))
Point = namedtuple("Point", "x y")
p = Point(1, y=2)
print(p, p.x, p[1], p == (1, 2), p._replace(x=9), p._asdict(), Point._fields, Point._make([3, 4]), isinstance(p, tuple))
x, y = p
print(x, y, len(p), hash(p) == hash((1, 2)))
show(lambda: Point(1))
show(lambda: Point(1, 2, 3))
