"""Objects that are dropped in hot loops, and classes that get a finalizer before, while and after those are compiled."""


class Plain:
    def __init__(self, n):
        self.n = n
        self.next = None


class Log:
    lines = []
    total = 0


def replace(count, make):
    """Each round drops the object of the round before."""
    held = None
    seen = 0
    for i in range(count):
        held = make(i)
        seen += held.n
    return seen


def hand_on(objects):
    """Drops what it takes out of the list."""
    n = 0
    while objects:
        last = objects.pop()
        n += last.n
        last = None
    return n


print(replace(3000, Plain), hand_on([Plain(i) for i in range(2000)]))


class Loud:
    def __init__(self, n):
        self.n = n

    def __del__(self):
        Log.total += self.n
        if self.n % 1000 == 0:
            print("gone", self.n)


print(replace(3000, Loud), Log.total)
print(hand_on([Loud(i) for i in range(2000)]), Log.total)


def counted(n):
    """What the finalizer changes is read in the same round."""
    before = 0
    for i in range(n):
        item = Loud(1)
        item = None
        before += Log.total
    return before


Log.total = 0
print(counted(2500), Log.total)


class Late:
    def __init__(self, n):
        self.n = n


def drop_all(items):
    total = 0
    for i in range(len(items)):
        total += items[i].n
        items[i] = None
    return total


print(drop_all([Late(i) for i in range(2500)]))
gone = []
Late.__del__ = lambda self: gone.append(self.n)
print(drop_all([Late(i) for i in range(2500)]), len(gone), sum(gone))


class Chain:
    def __init__(self, next):
        self.next = next


chain = None
for i in range(2500):
    chain = Chain(chain)
while chain is not None:
    chain = chain.next
print(chain)
