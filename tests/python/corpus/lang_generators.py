# Generators: sending, throwing, closing, delegating.
def count(n):
    for i in range(n):
        yield i


print(list(count(4)), sum(count(5)), max(count(3)), tuple(x * 2 for x in count(3)))


def echo():
    received = []
    while True:
        got = yield len(received)
        if got is None:
            return received
        received.append(got)


e = echo()
print(next(e), e.send("a"), e.send("b"))
try:
    next(e)
except StopIteration as stop:
    print("returned", stop.value)
print(next(e, "exhausted"))


def careful():
    try:
        yield 1
        yield 2
    except ValueError as error:
        print("caught", error)
        yield "recovered"
    finally:
        print("cleanup")


c = careful()
print(next(c), c.throw(ValueError("thrown")))
c.close()
c = careful()
next(c)
c.close()
print(list(c))


def inner():
    x = yield "inner 1"
    print("inner got", x)
    yield "inner 2"
    return "inner result"


def outer():
    result = yield from inner()
    print("outer got", result)
    yield from [10, 20]
    return "outer result"


o = outer()
print(next(o), o.send("hello"), next(o), next(o))
try:
    next(o)
except StopIteration as stop:
    print(stop.value)


def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b


f = fibonacci()
print([next(f) for _ in range(15)])
squares = (i * i for i in range(10) if i % 2)
print(next(squares), list(squares))


def tree(depth):
    if depth:
        yield from tree(depth - 1)
        yield depth
        yield from tree(depth - 1)


print(list(tree(4)))


def broken():
    yield 1
    raise KeyError("inside")


try:
    for value in broken():
        print(value)
except KeyError as error:
    print("from generator", error)


def stop_inside():
    yield 1
    raise StopIteration


try:
    list(stop_inside())
except RuntimeError as error:
    print(error, repr(error.__cause__))
g = count(3)
print(iter(g) is g, g.__name__, type(g).__name__)
try:
    count(1).send(5)
except TypeError as error:
    print(error)


def handled_state():
    try:
        raise ValueError("outer")
    except ValueError:
        for value in inner_handler():
            print(value)
        try:
            raise
        except ValueError as error:
            return str(error)


def inner_handler():
    try:
        raise KeyError("x")
    except KeyError:
        yield "while handling"
    yield "after"


print(handled_state())


class Tree:
    def __init__(self, *children):
        self.children = children

    def __iter__(self):
        yield self
        for child in self.children:
            yield from child


print(len(list(Tree(Tree(), Tree(Tree(), Tree())))))
a, *rest = count(5)
print(a, rest, dict((k, v) for k, v in zip("ab", count(9))), {x for x in count(3)}, any(x > 2 for x in count(9)))
total = 0
for i in count(2000):
    total += i
print(total)
