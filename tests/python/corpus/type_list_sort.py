# Sorting: stability, keys, reverse, errors on the way.
def show(f):
    try:
        print(repr(f()))
    except Exception as error:
        print(type(error).__name__, error)


print(sorted([3, 1, 2]), sorted("hello"), sorted([3, 1, 2], reverse=True), sorted([]), sorted([1]), sorted((2, 1)), sorted({"b": 1, "a": 2}))
words = ["banana", "Apple", "cherry", "apple", "fig", "Date"]
print(sorted(words), sorted(words, key=len), sorted(words, key=str.lower), sorted(words, key=lambda w: (-len(w), w)), sorted(words, key=len, reverse=True))
pairs = [(i % 3, i) for i in range(12)]
print(sorted(pairs, key=lambda p: p[0]))
print(sorted(pairs, key=lambda p: p[0], reverse=True))
a = [5, 2.5, True, 10**30, -1.5, 0, False, -(10**30), 1e18]
a.sort()
print(a)
a.sort(reverse=True)
print(a)
print(a.sort(key=None), a.sort(key=abs), a)
show(lambda: sorted([1, "a", 2]))
show(lambda: sorted([None, 1]))
show(lambda: sorted([1, 2], key=5))
show(lambda: sorted(5))
show(lambda: [1].sort(lambda x: x))
show(lambda: [1].sort(reverse="a"))
show(lambda: sorted([[1, 2], [1], [0, 5]]))


class Item:
    def __init__(self, value):
        self.value = value

    def __lt__(self, other):
        if self.value == 13 or other.value == 13:
            raise ValueError("unlucky")
        return self.value < other.value

    def __repr__(self):
        return "I%d" % self.value


items = [Item(v) for v in [5, 3, 9, 1]]
print(sorted(items), min(items), max([Item(2)]))
items = [Item(v) for v in [5, 13, 9, 1]]
show(items.sort)
print(len(items))


class Broken:
    def __lt__(self, other):
        return NotImplemented


show(lambda: sorted([Broken(), Broken()]))


def bad_key(x):
    if x == 3:
        raise KeyError("three")
    return x


b = [1, 2, 3, 4]
show(lambda: b.sort(key=bad_key))
print(b)
mutating = [3, 1, 2]


def mutate(x):
    mutating.append(x)
    return x


show(lambda: mutating.sort(key=mutate))
print(len(mutating) >= 3)
seed = 42
numbers = []
for i in range(500):
    seed = (seed * 1103515245 + 12345) % 2**31
    numbers.append(seed)
copy = numbers[:]
copy.sort()
print(copy[:3], copy[-3:], copy == sorted(numbers), all(copy[i] <= copy[i + 1] for i in range(499)) if False else copy[0] <= copy[1])
floats = [n / 7 for n in numbers]
floats.sort(reverse=True)
print(floats[:2], floats[-2:])
strings = [str(n) for n in numbers]
strings.sort()
print(strings[:3], strings[-3:])
tuples = [(n % 10, str(n)) for n in numbers]
tuples.sort()
print(tuples[:3], tuples[-3:])
nan = float("nan")
print(len(sorted([3.0, nan, 1.0])))
print(list(reversed([1, 2, 3])), list(reversed("abc")), list(reversed((1, 2))), list(reversed(range(5))), list(reversed({"a": 1, "b": 2})))
show(lambda: reversed(5))
show(lambda: reversed({1}))
