# Attributes written in a loop: new ones, changed ones, ones that change their type.
class Box:
    pass


def fill(box, n):
    for i in range(n):
        box.count = i
        box.half = i / 2
        if i == n // 2:
            box.late = "now"
    return box


box = fill(Box(), 40)
print(box.count, box.half, box.late)
box.count = "text"
fill(box, 3)
print(box.count, box.half)


class Counter:
    def __init__(self):
        self.n = 0

    def step(self, by):
        self.n += by
        return self


counter = Counter()
for i in range(60):
    counter.step(i).step(-1)
print(counter.n)
counter.n = 0.5
for i in range(60):
    counter.step(i)
print(counter.n)
