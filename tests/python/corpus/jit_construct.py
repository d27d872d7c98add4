# Instances made in hot loops: `__init__` in all forms, attributes added in several orders, classes changed meanwhile.


class Point:
    def __init__(self, x, y=0, *rest, scale=1):
        self.x = x * scale
        self.y = y * scale
        if rest:
            self.rest = rest

    def add(self, other):
        return Point(self.x + other.x, self.y + other.y)


class Plain:
    pass


class Base:
    def __init__(self, name):
        self.name = name


class Derived(Base):
    kind = "derived"

    def __init__(self, name, size):
        super().__init__(name)
        self.size = size


class Late(Derived):
    def __init__(self, name):
        Derived.__init__(self, name, len(name))
        if self.size % 2:
            self.odd = True
        self.end = 1


class Failing:
    def __init__(self, value):
        self.value = value
        if value % 97 == 0:
            raise ValueError(value)


class Finalized:
    count = 0

    def __init__(self, value):
        self.value = value

    def __del__(self):
        Finalized.count += self.value


class Many:
    def __init__(self, a, b, c, d, e, f, g):
        self.sum = a + b + c + d + e + f + g


class Returning:
    def __init__(self, value):
        self.value = value
        return None if value < 2500 else value


def adding(n):
    point = Point(0)
    step = Point(1, 2)
    for _ in range(n):
        point = point.add(step)
    return point.x, point.y


def forms(n):
    total = 0
    for i in range(n):
        total += Point(i).x + Point(i, i).y + Point(y=i, x=1).y + Point(i, scale=3).x
        point = Point(i, i, i, 7)
        total += point.rest[1] + len(point.rest)
        total += Many(1, 2, 3, 4, 5, 6, i).sum
    return total


def floats(n):
    total = 0
    for i in range(n):
        point = Point(i if i < n // 2 else i / 4, 1)
        total += point.x + point.y
    return total


def derived(n):
    total = 0
    for i in range(n):
        late = Late("x" * (i % 5))
        total += late.size + late.end + hasattr(late, "odd")
        empty = Plain()
        empty.value = i
        if i % 3 == 0:
            empty.extra = 1
        total += empty.value + len(vars(empty))
    return total, late.kind


def failing(n):
    caught = 0
    made = 0
    for i in range(1, n):
        try:
            made += Failing(i).value
        except ValueError as error:
            caught += error.args[0]
    return caught, made


def finalized(n):
    for i in range(n):
        Finalized(i)
    return Finalized.count


def returning(n):
    try:
        for i in range(n):
            Returning(i)
    except TypeError as error:
        return str(error), i


def changing(n):
    total = 0
    for i in range(n):
        total += Point(i, 1).y
        if i == n // 2:

            def init(self, x, y):
                self.y = 10 * y
                self.x = x

            Point.__init__ = init
    return total


def linked(n):
    class Node:
        def __init__(self, value, following):
            self.value = value
            self.following = following

    head = None
    for i in range(n):
        head = Node(i, head)
    total = 0
    while head is not None:
        total += head.value
        head = head.following
    return total


print(adding(3000))
print(forms(3000))
print(floats(4000))
print(derived(3000))
print(failing(3000))
print(finalized(3000))
print(returning(3000))
print(linked(3000))
print(changing(4000))
