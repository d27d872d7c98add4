# The builtin functions.
def show(f):
    try:
        print(repr(f()))
    except Exception as error:
        print(type(error).__name__, error)


print(1, "a", None, sep="-", end="!\n")
print()
print("x", end="")
print("y", "z", sep="")
print(*[1, 2, 3], sep=", ")
print("a", flush=True)
print(sep="x")
show(lambda: print("a", sep=5))
show(lambda: print("a", foo=1))
print(len("abc"), len([1]), len(()), len({}), len(range(7)), len({1, 2}))
show(lambda: len(5))
show(lambda: len())
show(lambda: len(None))
show(lambda: len([], []))
print(abs(-5), abs(2.5), abs(-0.0), abs(True), abs(-(10**30)))
show(lambda: abs("a"))
print(min(3, 1, 2), max(3, 1, 2), min([4, 2]), max("abc"), max([1, 2], key=lambda x: -x), min("bb", "a", key=len), max([], default=5), min((), default=None), max(1, 2.0), max(2.0, 2), max([(1, "a"), (1, "b")]), min(1, True))
show(lambda: max([]))
show(lambda: min())
show(lambda: max(5))
show(lambda: max(1, "a"))
show(lambda: max(1, 2, default=3))
show(lambda: max([1], foo=2))
print(sum([1, 2, 3]), sum([]), sum([1.5, 2]), sum([[1], [2]], []), sum((1, 2), 10), sum([1], start=5), sum(range(5)), sum([True, True]), sum([10**20, 1]), sum([2**62, 2**62, 2**62]))
show(lambda: sum(["a"]))
show(lambda: sum(["a", "b"], ""))
show(lambda: sum(5))
show(lambda: sum([1, None]))
print(list(enumerate("ab")), list(enumerate("ab", 5)), list(enumerate([], start=1)), list(zip([1, 2], "ab")), list(zip()), list(zip([1, 2, 3], [4])), list(zip("ab", range(5), [None, 0])))
show(lambda: list(zip([1, 2], [1], strict=True)))
show(lambda: list(zip([1], [1, 2], strict=True)))
show(lambda: zip(5))
show(lambda: enumerate(5))
print(list(map(str, [1, 2])), list(map(lambda a, b: a + b, [1, 2], [10, 20, 30])), list(filter(None, [0, 1, "", "a"])), list(filter(lambda x: x > 1, [1, 2, 3])), list(map(len, ["a", "bb"])))
show(lambda: map(str))
show(lambda: list(map(5, [1])))
show(lambda: list(map(int, ["1", "x"])))
print(any([0, 1]), any([]), all([1, 0]), all([]), any("a"), all([1, "a"]))
show(lambda: any(5))
print(isinstance(1, int), isinstance(1, (str, int)), isinstance(True, int), isinstance("a", int), isinstance([], (tuple, (list,))), issubclass(bool, int), issubclass(int, object), issubclass(int, (str, float)))
show(lambda: isinstance(1, 5))
show(lambda: issubclass(1, int))
print(type(1), type("a"), type(None), type([]), type(type), type(print), type(len), type(lambda: 0), type(1.5).__name__, type(range(1)), type(Exception()), type(...), type(NotImplemented))
show(lambda: type())
show(lambda: type(1, 2))
print(repr("a"), repr(1.0), repr([1]), repr(None), str(1), bool(""), bool("a"), bool(0.0), bool([]), bool(None), bool(5), bool())
print(divmod(7, 2), divmod(-7, 2), divmod(7.5, 2), pow(2, 10), pow(2, -1), ord("a"), ord("é"), chr(97), chr(233), hex(255), oct(8), bin(5))
show(lambda: ord("ab"))
show(lambda: ord(5))
show(lambda: chr(-1))
show(lambda: chr(1114112))
show(lambda: chr("a"))
show(lambda: divmod(1, 0))
show(lambda: divmod("a", 1))
print(callable(print), callable(5), callable(lambda: 0), callable(int), hash(5), hash("a") == hash("a"), id(None) == id(None))
show(lambda: hash([]))
show(lambda: hash({}))
it = iter([1, 2])
print(next(it), next(it), next(it, "end"))
show(lambda: next(it))
show(lambda: next(5))
show(lambda: iter(5))
count = [0]


def tick():
    count[0] += 1
    return count[0]


print(list(iter(tick, 4)))
print(format(3.14159, ".2f"), format("a", ">3"), format(5), round(2.567, 2), round(5.5), round(-2.5))
show(lambda: round("a"))
show(lambda: round(1.5, "a"))


class Box:
    size = 5

    def __init__(self):
        self.x = 1


b = Box()
print(getattr(b, "x"), getattr(b, "nope", "default"), hasattr(b, "x"), hasattr(b, "nope"), setattr(b, "y", 2), b.y, delattr(b, "y"), hasattr(b, "y"), getattr(b, "size"), vars(b), b.__dict__)
show(lambda: getattr(b, "nope"))
show(lambda: getattr(b, 5))
show(lambda: delattr(b, "nope"))
show(lambda: setattr(b, 5, 1))
show(lambda: vars(5))
print([n for n in dir(b) if not n.startswith("__")], "append" in dir([]), "upper" in dir(str), sorted(vars(Box)).count("size"))
print(list(range(3)), tuple([1]), sorted([2, 1]), list(reversed([1, 2])), slice(1, 2), object() is not None)
show(lambda: object(5))
show(lambda: int.foo)
show(lambda: undefined_name)
show(lambda: None.x)
show(lambda: (5).x)
print(list(map(list, zip(*[[1, 2], [3, 4]]))), max(map(len, ["a", "bbb"])), sum(x for x in [1, 2]) if False else 3, dict(enumerate("ab")), sorted(zip([2, 1], "ab")))
print(str(print), repr(len), abs, [].append.__name__, len.__name__, int.__name__, str.upper.__name__)
print("done" if __name__ == "__main__" else "not main")
Dynamic = type("Dynamic", (Box,), {"z": 9, "m": lambda self: self.z})
print(Dynamic, Dynamic().m(), Dynamic().x, Dynamic.__name__, Dynamic.__bases__, Dynamic.__mro__)
print(globals()["count"], "show" in globals(), (lambda: sorted(locals()))())
print(ascii("é"), ascii(["é"]), NotImplemented, Ellipsis, ..., __debug__)
