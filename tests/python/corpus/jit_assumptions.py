# Compiled code assumes what names, classes and functions are. Everything here changes them while loops run.
import math


class Point:
    scale = 2

    def __init__(self, x):
        self.x = x

    def value(self):
        return self.x * self.scale


class Derived(Point):
    pass


class Mixin:
    def value(self):
        return -self.x


STEP = 3
TABLE = [1, 2, 3]
NAME = "first"


def step():
    return STEP


def poke(i):
    "Changes something now and then, from within a call that the loop makes."
    global STEP, NAME
    if i == 1500:
        STEP = 5
    elif i == 2500:
        STEP = 5.5
    elif i == 3000:
        NAME = "second"
    elif i == 3500:
        globals()["STEP"] = 7
    elif i == 4000:
        del globals()["STEP"]
        globals()["STEP"] = 1


def globals_change(n):
    total = 0
    for i in range(n):
        poke(i)
        total += STEP + len(NAME)
        total += step()
    return total


def methods_change(n):
    points = [Point(1), Derived(2)]
    total = 0
    for i in range(n):
        if i == 1200:
            Point.value = lambda self: self.x + 100
        if i == 2400:
            Derived.value = Mixin.value
        if i == 3000:
            del Derived.value
        if i == 3600:
            setattr(Point, "scale", 10)
            Point.value = lambda self: self.x * self.scale
        total += points[i & 1].value()
    return total


def bases_change(n):
    class Base:
        def value(self):
            return 1

    class Middle(Base):
        pass

    class Leaf(Middle):
        pass

    leaf = Leaf()
    total = 0
    for i in range(n):
        if i == 1500:
            Base.value = lambda self: 2
        if i == 2500:
            Middle.value = lambda self: 3
        if i == 3500:
            leaf = Base()
        total += leaf.value()
    return total


def add(a, b=1):
    return a + b


def functions_change(n):
    total = 0
    for i in range(n):
        if i == 1500:
            add.__defaults__ = (10,)
        if i == 2500:
            add.__defaults__ = ("x",) if n < 0 else (-1,)
        total += add(i) + add(i, 2)
    return total


def modules_change(n):
    total = 0.0
    pi, sqrt = math.pi, math.sqrt
    for i in range(n):
        if i == 1500:
            math.pi = 3
        if i == 2500:
            math.sqrt = lambda x: 0.5
        total += math.pi + math.sqrt(4)
    math.pi, math.sqrt = pi, sqrt
    return total


def builtins_change(n):
    global len
    total = 0
    for i in range(n):
        if i == 1500:
            len = lambda things: 100
        if i == 2500:
            del len
        total += len(TABLE)
    return total


def count(n):
    global COUNT
    for _ in range(n):
        COUNT += 1
        COUNT = COUNT + step() - step()
    return COUNT


class Counted:
    made = 0

    def __init__(self):
        Counted.made += 1


def class_attribute_counts(n):
    for _ in range(n):
        Counted()
    return Counted.made


def nested(n, depth):
    "The loop that changes the class is inside a call of the loop that assumes it."
    total = 0
    for i in range(n):
        total += Point(i).value() & 7
        if depth and i % 700 == 699:
            total += nested(n // 2, depth - 1)
            Point.value = [Mixin.value, lambda self: self.x + 3, lambda self: 1][i // 700 % 3]
    return total


def raises(n):
    "What is assumed breaks while an exception flies."
    caught = 0
    for i in range(n):
        try:
            caught += THING[i % 3]
        except IndexError:
            globals()["THING"] = [1, 2, 3] if i % 1000 < 500 else (4, 5)
    return caught


COUNT = 0
THING = (4, 5)

print(globals_change(5000), STEP, NAME)
print(methods_change(5000))
print(bases_change(5000))
print(functions_change(4000))
print(modules_change(4000))
print(builtins_change(4000))
print(count(5000))
print(class_attribute_counts(4000))
print(nested(3000, 2))
print(raises(4000))

# The body of a module: its names are globals.
total = 0
limit = 10
for i in range(4000):
    if i == 2000:
        limit = 20
    if i == 3000:
        def step():
            return limit
    total = total + limit + step()
print(total, i)

for k in range(6):
    partial = k
    for j in range(1500):
        partial = partial + k * STEP
    print(partial, end=" ")
print()
