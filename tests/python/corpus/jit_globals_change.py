# Globals and builtins that a hot loop reads are rebound, by the loop itself and from outside.
step = 1


def run(n):
    total = 0
    for i in range(n):
        total += step
    return total


print(run(40))
step = 2.5
print(run(40))
step = 10**20
print(run(40))


def raise_step(n):
    global step
    for i in range(n):
        step = step + 1 if i % 2 else step - 3
    return step


step = 0
print(raise_step(51))


def lengths(items, n):
    total = 0
    for i in range(n):
        total += len(items)
    return total


print(lengths([1, 2, 3], 30))
len = lambda items: 1000
print(lengths([1, 2, 3], 30))
del len
print(lengths([1, 2, 3], 30))
try:
    del step
    run(3)
except NameError as error:
    print(error)
