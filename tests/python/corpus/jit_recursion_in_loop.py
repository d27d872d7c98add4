# Recursive functions called from hot loops, to a depth no trace follows, and one that is too deep.
def fact(n):
    return 1 if n == 0 else n * fact(n - 1)


total = 0
for i in range(40):
    total += fact(i % 25)
print(total)


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


for n in range(5):
    print(ackermann(2, n), end=" ")
print()


def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


print([even(i) for i in range(20)])


def down(n):
    return down(n + 1)


try:
    down(0)
except RecursionError as error:
    print("RecursionError:", str(error)[:32])
