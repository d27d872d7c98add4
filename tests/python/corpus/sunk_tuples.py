def swap(n):
    a, b, c = 0, 1, 2
    for i in range(n):
        t = (a, b)
        a, b, c = c, a, b
        x, y = t
        a += x & 1
    return a, b, c

def divide(a, b):
    return (a // b, a % b)

def pairs(n):
    s = 0
    for i in range(n):
        q, r = divide(i, 7)
        s += q * r
    return s

def fpairs(n):
    s = 0.0
    x = 0.5
    for i in range(n):
        p = (x, s, (x, i))
        s = p[0] + p[1]
        x = p[2][0] * 0.999
    return s

def escapes(n):
    out = []
    last = None
    for i in range(n):
        t = (i, last)
        if i % 1000 == 0:
            out.append(t)
            last = t
    d = 0
    while last is not None:
        d += last[0]
        last = last[1]
    return len(out), d

print(swap(100000))
print(pairs(200000))
print(fpairs(200000))
print(escapes(50000))


class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        deaths.append(self.name)


deaths = []


def kept_alive(n):
    # What a tuple holds lives as long as the tuple, made or not.
    total = 0
    for i in range(n):
        t = (Noisy(i), i)
        u = (t, t)
        total += u[0][1] + len(u)
        if i % 500 == 499:
            total -= len(deaths)
    return total


print(kept_alive(3000), len(deaths), deaths[:3])


def kinds_change(values):
    out = []
    for v in values:
        p = (v, (v, 1))
        q, (r, s) = p
        out.append(q + r)
    return out[0], out[-1], len(out)


print(kinds_change([1] * 3000 + [2.5] * 1500 + ["ab"] * 1500 + [1 << 80]))


def raises(n):
    caught = 0
    for i in range(n):
        pair = (i, n - i)
        try:
            a, b = pair
            caught += 1 // (b % 97)
        except ZeroDivisionError:
            caught += pair[0]
    return caught


print(raises(4000))


def nested(n):
    acc = ()
    for i in range(n):
        acc = (i, acc) if i % 5 else (i, ())
    depth = 0
    while acc:
        depth += acc[0]
        acc = acc[1]
    return depth


print(nested(4004))
