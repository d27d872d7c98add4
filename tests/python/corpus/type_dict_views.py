# Views and iterators of dicts, step by step; iterators made of iterators; operators of classes that builtins use.
d = {"a": 1, "b": 2, "c": 3}
keys = d.keys()
it = iter(d.items())
print(next(it), next(it))
d["a"] = 10
print(next(it), next(it, "end"), next(it, "still"))
print(keys, list(keys), len(keys), "a" in keys)
del d["b"]
print(keys, list(d.values()), list(reversed(d.keys())))
print(it.__length_hint__(), iter(d).__length_hint__(), iter("abc").__length_hint__(), iter([1, 2]).__length_hint__())
for k, v in d.items():
    d[k] = v + 1
print(d)
e = enumerate(zip("ab", [1, 2]), 1)
print(next(e), list(e), list(e))
m = map(lambda x: next(m2, "nested end"), [1, 2])
m2 = iter([10])
print(list(m))
z = zip(iter([1, 2, 3]), iter([4]))
print(list(z))
r = reversed([1, 2, 3])
print(next(r), list(r), list(r))


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


print(list(Countdown(3)), sum(Countdown(5)), max(Countdown(4)), sorted(Countdown(3)), dict(zip(Countdown(2), "xy")), [*Countdown(2)], set(Countdown(2)) == {0, 1}, tuple(map(str, Countdown(2))), 2 in Countdown(5), list(enumerate(Countdown(2))))


class Sequence:
    def __len__(self):
        return 3

    def __getitem__(self, i):
        if i >= 3:
            raise IndexError(i)
        return i * i


s = Sequence()
print(list(s), list(reversed(s)), 4 in s, 5 in s, sum(s), bool(s), max(s), [x for x in s], dict.fromkeys(s))


class Number:
    def __init__(self, v):
        self.v = v

    def __add__(self, other):
        return Number(self.v + (other.v if isinstance(other, Number) else other))

    __radd__ = __add__

    def __lt__(self, other):
        return self.v < other.v

    def __round__(self, n=None):
        return ("rounded", n)

    def __abs__(self):
        return "abs"

    def __divmod__(self, other):
        return ("divmod", other)

    def __rdivmod__(self, other):
        return ("rdivmod", other)

    def __pow__(self, other, modulus=None):
        return ("pow", other, modulus)

    def __index__(self):
        return self.v

    def __repr__(self):
        return "N%d" % self.v


ns = [Number(3), Number(1), Number(2)]
print(sum(ns), min(ns), sorted(ns), ns, round(ns[0]), round(ns[0], 2), abs(ns[0]), divmod(ns[0], 2), divmod(2, ns[0]), pow(ns[0], 2), pow(ns[0], 2, 5), ns[0] ** 3, bin(ns[0]), [10, 20, 30, 40][ns[0]], "%d" % 3, chr(Number(65)))
