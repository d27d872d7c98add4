# A method and a class attribute are replaced while a loop that uses them is hot.
class A:
    factor = 2

    def scale(self, n):
        return n * self.factor


def run(a, n):
    total = 0
    for i in range(n):
        total += a.scale(i)
    return total


a = A()
print(run(a, 50))
A.factor = 3
print(run(a, 50))
A.scale = lambda self, n: n + self.factor
print(run(a, 50))
a.factor = 10
print(run(a, 50))
a.scale = lambda n: -n
print(run(a, 50))


class B(A):
    def scale(self, n):
        return super().scale(n) * 2


print(run(B(), 50))

total = 0
for i in range(60):
    if i == 30:
        A.factor = 1000
    total += B().scale(i)
print(total)
