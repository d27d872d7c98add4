# Operators of Python classes in hot loops: methods in frames of their own, declining, failing, changing.


class Vec:
    def __init__(self, x, y):
        self.x = x
        self.y = y

    def __add__(self, other):
        if not isinstance(other, Vec):
            return NotImplemented
        return Vec(self.x + other.x, self.y + other.y)

    def __sub__(self, other):
        return Vec(self.x - other.x, self.y - other.y)

    def __mul__(self, k):
        if isinstance(k, Vec):
            return self.x * k.x + self.y * k.y
        return Vec(self.x * k, self.y * k)

    __rmul__ = __mul__

    def __iadd__(self, other):
        self.x += other.x
        self.y += other.y
        return self

    def __neg__(self):
        return Vec(-self.x, -self.y)

    def __eq__(self, other):
        return self.x == other.x and self.y == other.y

    def __lt__(self, other):
        return self.x < other.x

    def __getitem__(self, index):
        if index > 1:
            raise IndexError("no such coordinate")
        return self.x if index == 0 else self.y

    def __setitem__(self, index, value):
        if index == 0:
            self.x = value
        else:
            self.y = value

    def __contains__(self, value):
        return value == self.x or value == self.y

    def __len__(self):
        return 2

    def __bool__(self):
        return self.x != 0

    def __iter__(self):
        return iter((self.x, self.y))

    def __repr__(self):
        return f"Vec({self.x}, {self.y})"

    def __hash__(self):
        return hash((self.x, self.y))


class Sized:
    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n


class Money:
    def __init__(self, amount):
        self.amount = amount

    def __add__(self, other):
        if isinstance(other, Money):
            return Money(self.amount + other.amount)
        if isinstance(other, int):
            return Money(self.amount + other)
        return NotImplemented

    def __radd__(self, other):
        return Money(other + self.amount)

    def __eq__(self, other):
        if not isinstance(other, Money):
            return NotImplemented
        return self.amount == other.amount


class Rich(Money):
    def __radd__(self, other):
        return Rich(1000)

    def __gt__(self, other):
        return "yes"


class Counting:
    calls = 0

    def __init__(self):
        self._value = 0

    @property
    def value(self):
        return self._value

    @value.setter
    def value(self, new):
        Counting.calls += 1
        if new < 0:
            raise ValueError("negative")
        self._value = new


def vectors(n):
    total = Vec(0, 0)
    step = Vec(1, 2)
    dots = 0
    for i in range(n):
        total = total + step * i - step
        dots += step * step
        total += 2 * step
        total = -(-total)
    return total, dots


def floats(n):
    position = Vec(0.0, 0.0)
    speed = Vec(1.5, 0.25)
    for i in range(n):
        position = position + speed * 0.5
        if position.x > 100.0:
            position = position - Vec(100.0, 0)
    return position


def items(n):
    vec = Vec(1, 2)
    errors = 0
    found = 0
    for i in range(n):
        vec[0] = vec[1] + i
        vec[1] += 1
        found += i in vec
        found += 5 not in vec
        if i % 100 == 99:
            try:
                vec[2]
            except IndexError as error:
                errors += len(str(error))
    return vec, errors, found


def truths(n):
    yes = 0
    vec = Vec(0, 1)
    for i in range(n):
        vec.x = i % 3
        if vec:
            yes += 1
        if Sized(i % 2):
            yes += 10
        if not Sized(i % 5):
            yes += 100
        while Sized(0):
            pass
        yes += len(vec) + len(Sized(i))
    return yes


def comparing(n):
    a, b = Vec(1, 2), Vec(1, 2)
    same = less = 0
    for i in range(n):
        same += a == b
        if a == b and not a != b:
            same += 1
        if a < b:
            less += 1
        if a > b:
            less += 10
        b.x = i % 3
    return same, less


def money(n):
    total = Money(0)
    for i in range(n):
        total = total + i
        total = 1 + total
        total = total + Money(2)
        if i % 50 == 49:
            total = total + Rich(1)
        if total == 7 or Money(i) == Money(5):
            total = Money(i)
        if Money(3) != Rich(3):
            total = Money(0)
    return total.amount, sum([Money(1), Money(2)], Money(0)).amount


def failing(n):
    errors = []
    for i in range(n):
        try:
            if i % 100 == 3:
                Money(1) + "x"
            elif i % 100 == 4:
                Vec(1, 2) + 3
            elif i % 100 == 5:
                Vec(1, 2) < 3
            elif i % 100 == 6:
                Money(1) < Money(2)
            elif i % 100 == 7:
                -Money(1)
            elif i % 100 == 8:
                bool(Sized(-1))
            elif i % 100 == 9 and Sized("x"):
                pass
            elif i % 100 == 10:
                total = Money(1)
                total += None
        except (TypeError, ValueError, AttributeError) as error:
            errors.append(type(error).__name__ + ": " + str(error))
    return len(errors), errors[:8]


def setters(n):
    counting = Counting()
    errors = 0
    for i in range(n):
        try:
            counting.value = i if i % 200 else -1
            counting.value += 1
        except ValueError:
            errors += 1
    return counting.value, Counting.calls, errors


def mixed(n):
    values = [Vec(1, 1), 2, 2.5, Money(3)]
    total = 0
    for i in range(n):
        left = values[i % 3]
        right = values[(i + 1) % 3]
        result = left * right
        total += result.x if isinstance(result, Vec) else result
    return total


def changing(n):
    a, b = Vec(1, 1), Vec(2, 2)
    total = 0
    for i in range(n):
        result = a + b
        total += result.x
        if i == n // 2:
            Vec.__add__ = lambda self, other: Vec(100, 100)
    return total


def containers(n):
    seen = {}
    for i in range(n):
        key = Vec(i % 10, 1)
        seen[key] = seen.get(key, 0) + 1
    x = y = 0
    for key in seen:
        a, b = key
        x += a
        y += b
    return len(seen), x, y, max(seen.values())


print(vectors(3000))
print(floats(3000))
print(items(3000))
print(truths(3000))
print(comparing(3000))
print(money(3000))
print(failing(2000))
print(setters(3000))
print(mixed(3000))
print(containers(3000))
print(changing(3000))
