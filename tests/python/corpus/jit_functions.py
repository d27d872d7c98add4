# Functions that are compiled, and the ways out of them: other types, exceptions, depth, a callee that changes.
import sys


def fib(n):
    if n < 2:
        return n
    return fib(n - 1) + fib(n - 2)


print([fib(i) for i in range(18)])


def ackermann(m, n):
    if m == 0:
        return n + 1
    if n == 0:
        return ackermann(m - 1, 1)
    return ackermann(m - 1, ackermann(m, n - 1))


print(ackermann(2, 60), ackermann(2, 9))


# The result's type changes deep inside.
def power(base, n):
    if n == 0:
        return 1
    return base * power(base, n - 1)


print([power(2, i) for i in range(40, 60)])
print([power(1.5, i) for i in range(0, 60, 7)])
print(sum(power(3, i % 40) for i in range(3000)))
print(power("ab", 1) if False else power(True, 30))
try:
    print(power("ab", 3))
except TypeError as error:
    print(error)


# An exception through many compiled frames, caught far out; and again after it.
def countdown(n, bad):
    if n == bad:
        raise ValueError("at %d" % n)
    if n == 0:
        return 0
    return 1 + countdown(n - 1, bad)


seen = []
for i in range(600):
    try:
        seen.append(countdown(30, i % 40))
    except ValueError as error:
        seen.append(str(error))
print(len(seen), seen[:3], seen[30:34], seen[-3:])


# Caught in a frame in the middle.
def layers(n, bad):
    if n % 7 == 3:
        try:
            return layers(n - 1, bad) + 1
        except KeyError as error:
            return 1000 + error.args[0]
    if n == bad:
        raise KeyError(n)
    if n == 0:
        return 0
    return layers(n - 1, bad) + 1


print([layers(25, i % 24) for i in range(500)][-24:])


# The recursion limit, to the frame.
def deep(n):
    if n == 0:
        return 0
    return 1 + deep(n - 1)


def depth_reached(limit):
    low, high = 1, limit + 10
    while low < high:
        middle = (low + high + 1) // 2
        try:
            deep(middle)
            low = middle
        except RecursionError:
            high = middle - 1
    return low


for i in range(200):
    deep(20)
first = depth_reached(sys.getrecursionlimit())
for limit in (200, 400, 900, 3000, 1000):
    sys.setrecursionlimit(limit)
    reached = depth_reached(limit)
    print(limit, reached - limit == first - 1000)
sys.setrecursionlimit(20000)
print(deep(15000))
sys.setrecursionlimit(1000)


def endless(n):
    return endless(n + 1)


for i in range(5):
    try:
        endless(0)
    except RecursionError as error:
        print(error)


# Mutual recursion.
def even(n):
    return True if n == 0 else odd(n - 1)


def odd(n):
    return False if n == 0 else even(n - 1)


print([even(i % 50) for i in range(400)].count(True))


# The function is replaced while its compiled form runs.
def step(n):
    global helper
    if n == 700:
        helper = other
    return helper(n)


def helper(n):
    return n + 1


def other(n):
    return -n


print(sum(step(n) for n in range(1500)))


def self_replacing(n):
    global self_replacing
    if n == 0:
        return 0
    if n == 13 and armed:
        self_replacing = lambda n: 100
    return 1 + self_replacing(n - 1)


armed = False
original = self_replacing
print(sum(self_replacing(20) for i in range(300)))
armed = True
print(self_replacing(20))
self_replacing = original
armed = False
print(self_replacing(20))
