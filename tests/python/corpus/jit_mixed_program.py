# A bit of everything in one program: generators, dictionaries, operators, exceptions, inheritance, closures of loops.
def permutations(iterable, r=None):
    pool = tuple(iterable); n = len(pool)
    if r is None: r = n
    indices = list(range(n)); cycles = list(range(n - r + 1, n + 1))[::-1]
    yield tuple(pool[i] for i in indices[:r])
    while n:
        for i in reversed(range(r)):
            cycles[i] -= 1
            if cycles[i] == 0:
                indices[i:] = indices[i + 1:] + indices[i:i + 1]
                cycles[i] = n - i
            else:
                j = cycles[i]
                indices[i], indices[-j] = indices[-j], indices[i]
                yield tuple(pool[i] for i in indices[:r])
                break
        else:
            return
def n_queens(q):
    cols = range(q)
    for vec in permutations(cols):
        if (q == len(set(vec[i] + i for i in cols)) == len(set(vec[i] - i for i in cols))):
            yield vec
print(len(list(n_queens(5))), next(n_queens(6)))
words = {}
text = "the quick brown fox jumps over the lazy dog and the cat " * 50
for w in text.split():
    words[w] = words.get(w, 0) + 1
print(sorted(words.items()))
class V:
    __slots__ = ("a", "b")
    def __init__(self, a, b): self.a = a; self.b = b
    def __add__(self, o): return V(self.a + o.a, self.b + o.b)
    def __mul__(self, k): return V(self.a * k, self.b * k)
    def __eq__(self, o): return (self.a, self.b) == (o.a, o.b)
    def __hash__(self): return hash((self.a, self.b))
acc = V(0, 0)
for i in range(3000):
    acc = acc + V(i, -i) * 2
print(acc.a, acc.b, acc == V(acc.a, acc.b))
def risky(i):
    if i % 7 == 3: raise ValueError(i)
    return i
tot = bad = 0
for i in range(5000):
    try:
        tot += risky(i)
    except ValueError as e:
        bad += e.args[0]
    finally:
        tot += 1
print(tot, bad)
class Base:
    count = 0
    def step(self, x): Base.count += 1; return x + 1
class D1(Base):
    def step(self, x): return super().step(x) * 2 % 1000003
class D2(Base): pass
objs = [Base(), D1(), D2(), D1()]
x = 1
for i in range(800):
    x = objs[i & 3].step(x)
print(x, Base.count)
m = [[(i * j) % 7 for j in range(30)] for i in range(30)]
def mm(a, b):
    return [[sum(a[i][k] * b[k][j] for k in range(len(b))) for j in range(len(b[0]))] for i in range(len(a))]
print(sum(map(sum, mm(m, m))))
def collatz(n):
    c = 0
    while n != 1:
        n = n // 2 if n % 2 == 0 else 3 * n + 1
        c += 1
    return c
print(max((collatz(i), i) for i in range(1, 300)))
a = b = 0.0
for i in range(2000):
    a, b = a * 0.5 + i, b - a / 3.0 if a != 0 else b
print(repr(a), repr(b))
s = 0
for i in range(3000):
    s = (s * 31 + i) ^ (i << 3)
    s &= 0xFFFFFFFFFFFF
print(s)
