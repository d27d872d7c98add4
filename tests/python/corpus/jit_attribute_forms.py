# Attributes of all forms in hot loops, and what happens when what they rely on changes.


class Shape:
    sides = 0
    names = {"default": 1}

    def __init__(self, width):
        self._width = width

    @property
    def width(self):
        return self._width

    @width.setter
    def width(self, value):
        self._width = value + 1

    @property
    def area(self):
        return self.width * self.height()

    def height(self):
        return 2


class Square(Shape):
    sides = 4

    def height(self):
        return self._width


class Wide:
    def __init__(self, n):
        for i in range(n):
            setattr(self, "a" + str(i), i)
        self.last = n


class Fallback:
    def __init__(self):
        self.real = 1

    def __getattr__(self, name):
        return len(name)


class Slotted:
    __slots__ = ("x", "y")

    def __init__(self, x):
        self.x = x


class Strict:
    limits = (1, 2)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2)


class Descriptor:
    def __get__(self, instance, owner):
        return 100 if instance is None else instance.value


class Holder:
    computed = Descriptor()

    def __init__(self):
        self.value = 5


class Marker:
    def __init__(self, weight):
        self.weight = weight


class Config:
    weak = Marker(1)
    strong = Marker(10)


def properties(n):
    shapes = [Shape(2), Square(3)]
    total = 0
    for i in range(n):
        shape = shapes[i & 1]
        total += shape.width + shape.area + shape.sides + shape.names["default"]
        shape.width = i % 7
    return total


def overflow(n):
    wide = Wide(40)
    total = 0
    for i in range(n):
        wide.a3 += 1
        wide.a39 = wide.last + wide.a20
        total += wide.a39 + wide.a3
    return total


def others(n):
    fallback, slotted, strict, holder = Fallback(), Slotted(1), Strict(), Holder()
    total = 0
    for i in range(n):
        total += fallback.real + fallback.missing
        slotted.y = slotted.x + i
        total += slotted.y
        strict.value = i
        total += strict.value + strict.limits[1]
        total += holder.computed + Holder.computed
        total += Config.weak.weight + Config.strong.weight + Config().weak.weight
    return total


def deleting(n):
    holder = Holder()
    missing = 0
    for i in range(n):
        if i % 50 == 49:
            del holder.value
        try:
            holder.value += 1
        except AttributeError:
            missing += 1
            holder.value = 0
    return missing, holder.value


def changing(n):
    square = Square(3)
    total = 0
    for i in range(n):
        total += square.sides + square.height()
        if i == n // 4:
            Square.sides = 5
        if i == n // 2:
            Shape.color = "red"
            Square.height = lambda self: 11
        if i == n // 2 + n // 4:
            square.height = lambda: 7
            square.sides = 1.5
    return total, square.color


def becoming_descriptor(n):
    config = Config()
    total = 0
    for i in range(n):
        if i == n // 2:
            Marker.__get__ = lambda self, instance, owner: self
            total += 1000000
        total += config.weak.weight
    return total


def dynamic(n):
    holder = Holder()
    total = 0
    for i in range(n):
        setattr(holder, "value", i)
        total += getattr(holder, "value") + getattr(holder, "nothing", 3)
        total += hasattr(holder, "value") + hasattr(holder, "nothing")
    return total


def methods(n):
    total = 0
    words = []
    for i in range(n):
        text = "a,b"
        total += len(text.upper()) + len(text.split(","))
        words.append(text)
        total += words.count(text) if i < 5 else 0
        total += (i).bit_length()
        pop = words.pop
        total += len(pop())
    return total


print(properties(3000))
print(overflow(3000))
print(others(3000))
print(deleting(3000))
print(changing(4000))
print(becoming_descriptor(3000))
print(dynamic(3000))
print(methods(3000))
