# itertools, functools, operator.
import functools
import itertools
import operator


def show(f):
    try:
        print(repr(f()))
    except Exception as error:
        print(type(error).__name__, error)


def take(n, iterable):
    return list(itertools.islice(iterable, n))


print(take(4, itertools.count()), take(3, itertools.count(5, 2)), take(3, itertools.count(0.5)), take(7, itertools.cycle("abc")), list(itertools.repeat(1, 3)), take(2, itertools.repeat("x")))
print(list(itertools.chain([1], "ab", (2,))), list(itertools.chain.from_iterable([[1], [2, 3]])), list(itertools.islice(range(10), 2, 8, 3)), list(itertools.islice("abc", None)), list(itertools.islice(range(5), 3, None)))
print(list(itertools.takewhile(lambda x: x < 3, [1, 2, 3, 1])), list(itertools.dropwhile(lambda x: x < 3, [1, 2, 3, 1])), list(itertools.filterfalse(lambda x: x % 2, range(6))), list(itertools.filterfalse(None, [0, 1, ""])))
print(list(itertools.compress("abcd", [1, 0, 1])), list(itertools.starmap(pow, [(2, 3), (3, 2)])), list(itertools.accumulate([1, 2, 3])), list(itertools.accumulate([1, 2, 3], operator.mul, initial=10)), list(itertools.pairwise("abc")))
print(list(itertools.zip_longest("ab", [1], fillvalue="-")), list(itertools.product("ab", [1, 2])), list(itertools.product([0, 1], repeat=2)), list(itertools.product()), list(itertools.product([], "a")))
print(list(itertools.permutations("abc")), list(itertools.permutations(range(3), 2)), list(itertools.combinations("abcd", 2)), list(itertools.combinations_with_replacement("ab", 2)), list(itertools.combinations([1], 2)), list(itertools.permutations([1, 2], 0)))
show(lambda: itertools.islice([1], -1))
show(lambda: list(itertools.combinations([1], -1)))
print(functools.reduce(operator.add, [1, 2, 3]), functools.reduce(lambda a, b: a * b, [1, 2, 3], 10))
show(lambda: functools.reduce(operator.add, []))
p = functools.partial(int, base=2)
print(p("101"), functools.partial(print, "a", sep="-")("b", "c"))
print(sorted([3, 1, 2], key=functools.cmp_to_key(lambda a, b: b - a)))


@functools.lru_cache(maxsize=None)
def fib(n):
    return n if n < 2 else fib(n - 1) + fib(n - 2)


@functools.cache
def square(x):
    print("computing", x)
    return x * x


print(fib(80), square(3), square(3), square(4))


def decorate(f):
    @functools.wraps(f)
    def wrapper(*args, **kwargs):
        return f(*args, **kwargs)

    return wrapper


@decorate
def named(x):
    return x


print(named.__name__, named(5), named.__wrapped__(6))
print(operator.itemgetter(1)([5, 6]), operator.itemgetter(0, 2)("abc"), operator.attrgetter("real")(5), operator.methodcaller("upper")("a"), operator.neg(5), operator.contains([1], 1), operator.getitem({"a": 1}, "a"), operator.truth([]), operator.lt(1, 2), operator.floordiv(7, 2))
pairs = [("b", 2), ("a", 2), ("c", 1)]
print(sorted(pairs, key=operator.itemgetter(1)), sorted(pairs, key=operator.itemgetter(1, 0)))
