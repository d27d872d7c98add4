# Loops over everything that can be iterated, each hot; the same loop over different things.
def total(items):
    result = 0
    for item in items:
        result += item
    return result


for items in (
    list(range(30)),
    tuple(range(30)),
    range(30),
    range(30, 0, -3),
    {i: None for i in range(30)},
    set(range(30)),
    reversed(list(range(30))),
    map(abs, range(-15, 15)),
):
    print(total(items))
print(total([]), total(range(0)), total(range(5, 5)))


def pairs(n):
    result = 0
    for i, (a, b) in enumerate(zip(range(n), range(n, 0, -1))):
        result += i * a - b
    return result


print(pairs(40))


def items_of(table):
    result = 0
    for key, value in table.items():
        result += len(key) * value
    return result


print(items_of({f"k{i}": i for i in range(40)}))


class Countdown:
    def __init__(self, n):
        self.n = n

    def __iter__(self):
        return self

    def __next__(self):
        if self.n == 0:
            raise StopIteration
        self.n -= 1
        return self.n


print(total(Countdown(30)))
big = 2**60
print(total(range(big, big + 20)))
letters = ""
for letter in "sashiko" * 5:
    letters = letter + letters
print(letters)
