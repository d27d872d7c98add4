# Calls of all forms in hot loops: defaults, keywords, stars, bound methods, callable objects, closures, recursion.


def defaults(a, b=2, c=3):
    return a * 100 + b * 10 + c


def keyword_only(a, *, scale=1, shift=0):
    return a * scale + shift


def rest(first, *more):
    return first + len(more) + sum(more)


def options(a, **named):
    return a + len(named) + named.get("b", 0)


def forms(n):
    total = 0
    for i in range(n):
        total += defaults(i) + defaults(i, 1) + defaults(i, c=5) + defaults(c=1, b=2, a=i)
        total += keyword_only(i) + keyword_only(i, scale=2) + keyword_only(i, shift=i, scale=3)
        total += rest(i) + rest(i, 1) + rest(i, 1, i, 3)
        total += options(i) + options(i, b=i, c=2)
    return total


def spread(n):
    total = 0
    pair = (1, 2)
    three = [1, 2, 3]
    named = {"b": 4, "c": 5}
    for i in range(n):
        total += defaults(*pair) + defaults(*three) + defaults(i, **named) + rest(*pair, i)
        if i == n // 2:
            pair = (3, 4, 5)
    return total


class Counter:
    def __init__(self):
        self.count = 0

    def __call__(self, step, twice=False):
        self.count += step * (2 if twice else 1)
        return self.count

    def bump(self, by):
        self.count += by
        return self

    @staticmethod
    def double(x):
        return x + x

    @classmethod
    def name(cls, suffix):
        return cls.__name__ + suffix


class Special(Counter):
    def bump(self, by):
        super().bump(by + 1)
        return self

    @classmethod
    def name(cls, suffix):
        return super().name(suffix) + "!"


def objects(n):
    counter = Counter()
    special = Special()
    bump = counter.bump
    total = 0
    for i in range(n):
        total += counter(1) + counter(1, twice=True)
        bump(2).bump(3)
        special.bump(1)
        total += Counter.double(i) + counter.double(1) + len(Counter.name("x")) + len(special.name("yy"))
        if i % 1000 == 999:
            bump = special.bump
    return total, counter.count, special.count


def closures(n):
    total = 0
    for i in range(n):

        def add(x, y=1):
            return x + i + y

        total += add(1) + (lambda z: z * 2)(i)
        total += add(1, y=i)
    return total


def make_adder(k):
    def add(x):
        return x + k

    return add


def adders(n):
    total = 0
    adder = make_adder(1)
    for i in range(n):
        if i % 100 == 0:
            adder = make_adder(i)
        total += adder(i) + make_adder(i)(1)
    return total


def apply(function, n):
    total = 0
    for i in range(n):
        total += function(i)
    return total


def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


def recursion(n):
    total = 0
    for i in range(n):
        total += fib(i % 12)
    return total


def raising(n):
    errors = 0
    for i in range(n):
        try:
            if i % 10 == 9:
                defaults()
            elif i % 10 == 8:
                defaults(1, 2, 3, 4)
            elif i % 10 == 7:
                keyword_only(1, nothing=2)
            else:
                defaults(i, a=1)
        except TypeError as error:
            errors += len(str(error))
    return errors


def changing(n):
    total = 0
    for i in range(n):
        total += defaults(i)
        if i == n // 2:
            defaults.__defaults__ = (7, 8)
    return total


print(forms(3000))
print(spread(3000))
print(objects(3000))
print(closures(3000))
print(adders(3000))
print(apply(lambda x: x * 2, 3000), apply(make_adder(3), 3000), apply(abs, 3000), apply(str.__len__, 0))
print(recursion(600))
print(raising(2000))
print(changing(3000))
