# When objects die is seen: __del__ runs at the same points whether or not counts were optimized away.
class Noisy:
    def __init__(self, name):
        self.name = name

    def __del__(self):
        print("del", self.name)


def rebind(n):
    held = None
    for i in range(n):
        held = Noisy(i)
        if i % 2 == 0:
            other = held
    print("end of loop")
    return held


kept = rebind(6)
print("kept", kept.name)
kept = None


def in_list(n):
    items = [Noisy("a"), Noisy("b")]
    for i in range(n):
        items[i % 2] = items[(i + 1) % 2]
    print("swapped")
    return len(items)


print(in_list(4))


def temporaries(n):
    total = 0
    for i in range(n):
        total += len(Noisy("t").name) + i
    return total


print(temporaries(3))


def raising(n):
    for i in range(n):
        local = Noisy(f"r{i}")
        if i == 2:
            raise ValueError("stop")


try:
    raising(5)
except ValueError as error:
    print("caught", error)
print("done")
