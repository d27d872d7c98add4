# Parameters of every kind, and what calls say when they don't fit.
def f(a, b=2, /, c=3, *args, d, e=5, **kwargs):
    return a, b, c, args, d, e, sorted(kwargs.items())


print(f(1, d=4))
print(f(1, 20, 30, 40, 50, d=4, e=6, x=7, y=8))
print(f(*[1, 2], *(3, 4), **{"d": 1}, **{"z": 2}))


def complain(function, *args, **kwargs):
    try:
        print(function(*args, **kwargs))
    except TypeError as error:
        print(error)


def none():
    return "none"


def one(x):
    return x


def two(x, y=0):
    return x, y


def keyword(*, k, m=1):
    return k, m


def positional(p, q, /):
    return p, q


complain(none, 1)
complain(none, 1, 2)
complain(one)
complain(one, 1, 2)
complain(two)
complain(two, 1, 2, 3)
complain(two, 1, x=2)
complain(two, 1, z=2)
complain(keyword)
complain(keyword, 1)
complain(keyword, 1, k=2)
complain(keyword, k=1)
complain(positional, 1)
complain(positional)
complain(positional, p=1, q=2)
complain(f)
complain(f, 1)
complain(lambda a, b, c: 0)
complain(lambda a, b, c: 0, 1)
complain(print, 1, foo=2)
complain(len)
complain(len, [], [])
complain(5)
complain("x".upper, 1)
complain([].append)
complain(lambda: one(*5))
complain(lambda: one(**5))
complain(lambda: two(**{"x": 1}, **{"x": 2}))


class C:
    def method(self, a):
        return a

    @staticmethod
    def static(a):
        return a

    @classmethod
    def make(cls, a):
        return cls.__name__, a


complain(C().method)
complain(C.method)
complain(C().method, 1, 2)
complain(C().static)
complain(C.make)
complain(C.make, 1)
complain(C, 1)


def counter():
    count = 0

    def up(by=1):
        nonlocal count
        count += by
        return count

    def get():
        return count

    return up, get


up, get = counter()
up()
up(5)
print(get())
adders = [lambda x, n=n: x + n for n in range(3)]
print([add(10) for add in adders])
late = [lambda: n for n in range(3)]
print([function() for function in late])


def default_once(items=[]):
    items.append(len(items))
    return items


default_once()
print(default_once(), default_once([9]))


def decorate(prefix):
    def wrap(function):
        def inner(*args, **kwargs):
            return prefix + str(function(*args, **kwargs))

        return inner

    return wrap


@decorate("a:")
@decorate("b:")
def decorated(x):
    return x * 2


print(decorated(21), decorated.__name__, f.__name__, f.__defaults__, f.__kwdefaults__)


def doc():
    """What it does."""


print(doc.__doc__, one.__doc__, doc.__qualname__, up.__qualname__)


def recurse(n):
    return 1 if n == 0 else n * recurse(n - 1)


print(recurse(30))
x = 1


def globals_change():
    global x, made
    x += 1
    made = "made"


globals_change()
print(x, made)
print((lambda *a, **k: (a, k))(1, 2, z=3))
print(max([3, 1, 2], key=lambda v: -v), sorted("bca", reverse=True))


def many(a0, a1, a2, a3, a4, a5, a6, a7, a8, a9, a10, a11, a12, a13, a14, a15, a16, a17, a18):
    b0 = a0 + a18
    b1 = b0 + a17
    return b0, b1, a16


print(many(*range(19)))


def attributes():
    pass


attributes.note = 3
print(attributes.note, attributes.__dict__)
del attributes.note
print(hasattr(attributes, "note"))
