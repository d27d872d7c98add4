# One attribute read sees several classes, and instances whose attributes were set in another order.
class Point:
    def __init__(self, x, y):
        self.x = x
        self.y = y


class Reversed:
    def __init__(self, x, y):
        self.y = y
        self.x = x


class WithDefault:
    x = 100

    def __init__(self, y):
        self.y = y


class Computed:
    y = 7

    @property
    def x(self):
        return 1000


def total(points):
    x = y = 0
    for point in points:
        x += point.x
        y += point.y
    return x, y


same = [Point(i, 2 * i) for i in range(50)]
print(total(same))
print(total(same + [Reversed(i, 1) for i in range(50)]))
print(total(same + [WithDefault(3)] * 20 + [Computed()] * 20 + same))
shadowed = WithDefault(5)
shadowed.x = -1
print(total([shadowed, WithDefault(5)] * 10))
del shadowed.x
print(total([shadowed] * 3))
