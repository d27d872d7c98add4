# Loops, comprehensions, unpacking, f-strings, match, walrus, scoping, del.
for i in range(5):
    if i == 3:
        break
else:
    print("not reached")
for i in []:
    pass
else:
    print("empty loop's else", i)
n = 0
while n < 10:
    n += 1
    if n % 2:
        continue
    if n == 8:
        break
else:
    print("no")
print(n)
print([x for x in range(10) if x % 2 if x > 3], [(x, y) for x in range(3) for y in range(x)])
print({x: x * x for x in range(4)}, {c for c in "hello"} == set("helo"), [[j for j in range(i)] for i in range(3)])
print([y := 5, y**2], y)
if (m := len("walrus")) > 3:
    print(m)
(a, b), [c, *d], *e = (1, 2), [3, 4, 5], 6, 7
print(a, b, c, d, e)
a, b = b, a
x = y = z = 3
print(a, b, x, y, z)
first, *_, last = "spread"
print(first, last, [*range(3), *"ab"], (*[1], 2), {**{"k": 1}, "l": 2, **{"k": 3}}, {*[1, 2], *[2, 3]})
for i, (key, value) in enumerate({"p": 1, "q": 2}.items()):
    print(i, key, value)
name, width, number = "py", 10, 3.14159
print(f"{name!r:>{width}}|{number:.2f}|{number:{width}.3f}|{{}}|{name=}|{width + 1:#x}|{'nested' + f'{name}'}")
print(f"{1_000_000:,} {0.5:%} {5:+d} {'x':^5} {True} {None} {[1, 'a']} {255:08b} {name.upper()}")


def kind(value):
    match value:
        case 0:
            return "zero"
        case 1 | 2:
            return "small"
        case int(n) if n > 100:
            return f"big {n}"
        case str() as text:
            return "text " + text
        case [x]:
            return f"one {x}"
        case [x, y, *rest]:
            return f"many {x} {y} {rest}"
        case {"type": t, **others}:
            return f"mapping {t} {others}"
        case Point(x=0, y=yy):
            return f"on axis {yy}"
        case Point(xx, yy):
            return f"point {xx} {yy}"
        case None:
            return "none"
        case _:
            return "other"


class Point:
    __match_args__ = ("x", "y")

    def __init__(self, x, y):
        self.x = x
        self.y = y


for value in (0, 2, 500, 50, "s", [1], (1, 2, 3), {"type": "t", "z": 1}, Point(0, 5), Point(1, 2), None, 2.5):
    print(kind(value))
items = [1, 2, 3, 4, 5]
del items[1], items[-1]
print(items)
items[1:2] = [7, 8, 9]
print(items, items[::2], items[-2:], items[::-1])
del items[::2]
print(items)
d = {"a": 1}
d["b"] = d.get("c", 5)
d |= {"z": 0}
del d["a"]
print(d, "b" in d, "q" not in d, len(d))
v = 10
v -= 3
v *= 2
v //= 3
v **= 3
v %= 50
v <<= 2
v |= 1
v ^= 3
v &= 0xFF
v >>= 1
print(v, 7 / 2, 7 // -2, 7 % -3, 2**-1, -(2**2), ~5, +True, not 0)
print(1 < 2 < 3, 1 < 3 > 2, 1 == 1.0, "a" < "b", [1, 2] < [1, 3], 3 in (1, 2, 3), None is None)
print(0 or "default", 1 and "both", [] or {} or "last", "yes" if v else "no")
xs = [1, 2, 3]
print(xs is xs, xs == [1, 2, 3], xs is not [1, 2, 3])


def scope():
    values = []
    for value in range(3):
        values.append(lambda: value)
    return [function() for function in values]


print(scope())


def closure_in_class():
    captured = "outer"

    class Local:
        attribute = captured + "!"

        def method(self):
            return captured

    captured = "changed"
    return Local.attribute, Local().method()


print(closure_in_class())
print([(lambda q: q * 2)(q) for q in range(3)], list(map(lambda a, b: a + b, [1, 2], [3, 4])))
s = ""
for i in range(5):
    s += str(i)
print(s, "%s-%d-%5.2f" % ("a", 3, 2.5), "{} {x}".format(1, x=2))
print(..., Ellipsis, NotImplemented)
i = 5
while i:
    i -= 1
print(i)
big = 1
for k in range(1, 30):
    big *= k
print(big, big // 10**20, big % 1000007)
print(sum([0.1] * 10) > 0.99, 1e308 * 10, -1e308 * 10, float("nan") == float("nan"), 0.1 + 0.2)
import math as m, sys
from math import pi as PI, floor

print(m.sqrt(16), PI > 3, floor(2.7), sys.maxsize > 2**60)
global_name = "g"


def shadow():
    global_name = "local"
    return global_name


print(shadow(), global_name)
try:
    undefined_name
except NameError as error:
    print(error)
