# Carets under operators, subscripts, calls, attributes, several lines.
import sys


def show(function):
    try:
        function()
    except Exception as error:
        print(type(error).__name__, error)


class Thing:
    pass


def last(a, b):
    thing = Thing()
    x = (a + b) * (thing.value if a else 0) + a[
        1
    ]
    return x


show(lambda: last(1, 2))
show(lambda: 1 + "a")
show(lambda: {}["x"])
show(lambda: None.attribute)
show(lambda: [1, 2][10])
show(lambda: undefined)
show(lambda: tuple("ab")["x"])
show(lambda: 5 @ 3)
show(lambda: -"x")
show(lambda: 1 < "x")
show(lambda: len(5))
show(lambda: int("abc"))
show(lambda: [].pop())
show(lambda: "abc".index("z"))
show(lambda: {}.popitem())
show(lambda: iter(5))
show(lambda: next(iter([])))
show(lambda: float("x"))
show(lambda: chr(-1))
show(lambda: 1 / 0)
show(lambda: 1 % 0)
show(lambda: 1.0 // 0)
show(lambda: 5 in 5)
show(lambda: object().x)
show(lambda: Thing.nothing)
show(lambda: sys.nothing)
show(lambda: Thing() + 1)
show(lambda: Thing() < Thing())
show(lambda: Thing()[0])
show(lambda: Thing()())
result = last([1, 2], [3])
