# dict: order, methods, views, merging, errors.
def show(f):
    try:
        print(repr(f()))
    except Exception as error:
        print(type(error).__name__, error)


d = {"b": 1, "a": 2}
d["c"] = 3
d["b"] = 10
print(d, len(d), d["a"], "a" in d, "z" in d, list(d), d.get("a"), d.get("z"), d.get("z", 5))
del d["a"]
d["a"] = "again"
print(d, d.pop("b"), d.pop("zz", None), d.popitem(), d)
show(lambda: d["nope"])
show(lambda: d.pop("nope"))
show(lambda: {}.popitem())
show(lambda: d[[]])
show(lambda: d.get([]))
show(lambda: d.foo)
show(lambda: d.get())


def delete():
    del d["nope"]


show(delete)
print(d.setdefault("new"), d.setdefault("new", 5), d.setdefault("x", []), d)
d.setdefault("x", []).append(1)
d.update({"u": 1})
d.update([("v", 2), ["w", 3]])
d.update(k=5, c="changed")
d.update()
d.update({"p": 1}, q=2)
print(d)
show(lambda: d.update(5))
show(lambda: d.update([1]))
show(lambda: d.update([(1, 2, 3)]))
show(lambda: d.update(["ab", "cd"]))
print(dict(), dict(a=1), dict([(1, 2)]), dict({"x": 1}, y=2), dict(zip("ab", [1, 2])), dict({1: 2}) == {1: 2}, dict.fromkeys("abc"), dict.fromkeys([1, 2], 0), {}.fromkeys([1]))
show(lambda: dict(5))
show(lambda: dict([1, 2]))
show(lambda: dict([(1,)]))
show(lambda: dict(1, 2))
k = d.keys()
v = d.values()
i = d.items()
print(k, v, i, len(k), "u" in k, 2 in v, ("u", 1) in i, ("u", 2) in i)
d["later"] = 0
print(len(k), "later" in k, list(v)[-1], list(i)[-1])
e = {1: "a", 2: "b"}
print(e.keys() & {1, 5}, sorted(e.keys() | {3}), e.keys() - {1}, sorted(e.keys() ^ {1, 9}), e.keys() == {1, 2}, e.items() == {(1, "a"), (2, "b")}, e.keys() <= {1, 2, 3}, e.keys().isdisjoint({5}), e.items() & {(1, "a")})
print(e | {2: "B", 3: "C"}, e, {**e, "x": 1}, {**e, **{1: "z"}})
e |= {4: "D"}
e |= [(5, "E")]
print(e)
show(lambda: e | [(1, 2)])
show(lambda: e + e)
print(e == {1: "a"}, {1: 1, 2: 2} == {2: 2, 1: 1}, {} == {}, {} != {1: 1}, {"a": [1]} == {"a": [1]})
show(lambda: e < e)
show(lambda: hash(e))
c = e.copy()
c.clear()
print(c, bool(c), bool(e), len(e))
print(list(reversed(e)), list(reversed(e.items())), list(reversed(e.values())), list(e.items()), list(e.values()))
print({1: "int", True: "bool", 1.0: "float"}, {None: 0, (): 1, "": 2, 0: 3, False: 4, 0.0: 5})
r = {}
r["self"] = r
r["list"] = [r]
print(r)


def change_size():
    m = {1: 1, 2: 2}
    for key in m:
        m[key + 10] = 0


def remove():
    m = {1: 1, 2: 2}
    for key in m:
        del m[key]


def change_items():
    m = {1: 1, 2: 2}
    for key, value in m.items():
        m.pop(key)


def swap():
    m = {1: 1, 2: 2}
    for key in m:
        del m[key]
        m[key] = 0
        m[key + 2] = 5


show(change_size)
show(remove)
show(change_items)
show(swap)
m = {1: 1, 2: 2}
for key in m:
    m[key] = m[key] * 10
print(m)
it = iter({1: 2})
print(next(it), next(it, "done"))
print({x: x * x for x in range(5)}, {v: k for k, v in {"a": 1}.items()})
n = {}
for j in range(2000):
    n[j * 7919 % 2003] = j
for j in range(0, 2000, 3):
    del n[j * 7919 % 2003]
print(len(n), sum(n), sum(n.values()), list(n)[:5], 7919 % 2003 in n)
for j in range(500):
    n["k%d" % j] = j
print(len(n), n["k499"], list(n.items())[-1])


class Key:
    def __init__(self, v):
        self.v = v

    def __hash__(self):
        return 1

    def __eq__(self, other):
        return isinstance(other, Key) and self.v == other.v

    def __repr__(self):
        return "K%d" % self.v


q = {Key(1): "a", Key(2): "b"}
q[Key(1)] = "c"
print(q, Key(2) in q, Key(3) in q, q[Key(2)], len(q))


class BadHash:
    def __hash__(self):
        raise RuntimeError("no hash")


class BadEq:
    def __hash__(self):
        return 5

    def __eq__(self, other):
        raise RuntimeError("no eq")


show(lambda: {BadHash(): 1})
show(lambda: {BadEq(): 1, BadEq(): 2})


class NoHash:
    def __eq__(self, other):
        return True


show(lambda: {NoHash(): 1})
print({"a": 1}.__contains__("a"), {"a": 1}.__getitem__("a"), {"a": 1}.__len__(), type({}.keys()), type({}.items()), type(iter({})))


class Default(dict):
    def __missing__(self, key):
        return "missing " + str(key)


z = Default(a=1)
print(z["a"], z["b"], z, z.get("b"), isinstance(z, dict), len(z))
