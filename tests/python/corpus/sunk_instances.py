# Instances and bound methods that live for a moment only, or escape after all.


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def add(self, o):
        return Vec(self.x + o.x, self.y + o.y)

    def scale(self, k):
        return Vec(self.x * k, self.y * k)

    def dot(self, o):
        return self.x * o.x + self.y * o.y


class Segment:
    def __init__(self, a, b):
        self.a = a
        self.b = b

    def length2(self):
        d = self.a.add(self.b.scale(-1.0))
        return d.dot(d)


def temporaries(n):
    a = Vec(1.0, 2.0)
    b = Vec(0.5, 0.25)
    s = 0.0
    for i in range(n):
        s += a.add(b.scale(2.0)).dot(a.scale(0.5))
    return s


def carried(n):
    p = Vec(0.0, 0.0)
    v = Vec(0.01, 0.02)
    for i in range(n):
        p = p.add(v.scale(0.5))
        if p.x > 2.0:
            p = Vec(0.0, p.y)
    return round(p.x, 6), round(p.y, 6)


def nested(n):
    total = 0.0
    for i in range(n):
        s = Segment(Vec(i * 1.0, 1.0), Vec(1.0, i * 0.5))
        total += s.length2()
        s.a.x = 2.0
        total += s.a.x
    return total


def escaping(n):
    kept = []
    for i in range(n):
        v = Vec(i, i + 1)
        w = Vec(v, v)
        if i % 700 == 0:
            kept.append(w)
    return [(w.x.x, w.y.y, w.x is w.y) for w in kept]


def kinds_change(values):
    total = None
    for v in values:
        p = Vec(v, v)
        q = p.add(p)
        total = q.x
    return total


def methods(n):
    a = Vec(1, 2)
    total = 0
    for i in range(n):
        b = Vec(i, 1)
        f = b.dot
        total += f(a)
    return total


class Dying:
    def __init__(self, log, what):
        self.log = log
        self.what = what

    def __del__(self):
        self.log.append(self.what)


def held_by_the_dead(n):
    log = []
    for i in range(n):
        v = Vec(Dying(log, i), i)
        v.x = v.y
    return len(log), log[:2], log[-1]


def changed_class(n):
    total = 0
    for i in range(n):
        v = Vec(i, 1)
        total += v.dot(v)
        if i == n // 2:
            Vec.dot = lambda self, o: 1
        if i == n // 2 + 500:
            Vec.__init__ = slow_init
    return total


def slow_init(self, x, y):
    self.y = x
    self.x = y
    self.z = 3


def raising(n):
    caught = 0
    for i in range(n):
        v = Vec(i % 50, i)
        try:
            caught += v.y // v.x
        except ZeroDivisionError:
            caught -= v.y
    return caught


print(temporaries(5000))
print(carried(5000))
print(nested(5000))
print(escaping(5000))
print(kinds_change([1] * 2500 + [0.5] * 2500 + ["a"] * 2500 + [1 << 70]))
print(methods(5000))
print(held_by_the_dead(4000))
print(raising(4000))
print(changed_class(6000))
print(temporaries(3000))
