# Compiled functions with loops inside, closures, methods, and calls in loops that are too large to inline.


def digits(n):
    count = 0
    while n:
        n //= 10
        count += 1
    return count


print(sum(digits(i * i) for i in range(4000)))


def search(items, wanted):
    for index, item in enumerate(items):
        if item == wanted:
            return index
    return None


table = list(range(0, 60, 3))
print([search(table, i % 70) for i in range(2500)].count(None))


def gcd(a, b):
    while b:
        a, b = b, a % b
    return a


total = 0
for i in range(1, 120):
    for j in range(1, 40):
        total += gcd(i, j)
print(total)


# Returns from within nested loops, with values of many types.
def find(matrix, wanted):
    for row in matrix:
        for value in row:
            if value == wanted:
                return value
            if value is None:
                return "none"
    return []


matrix = [[i * j for j in range(8)] for i in range(8)]
results = [find(matrix, i % 60) for i in range(800)]
print(results.count([]), sum(r for r in results if r != []))
matrix[4][4] = None
results = [find(matrix, i % 60) for i in range(800)]
print(results.count([]), results.count("none"))


# Trees: objects and None.
class Node:
    def __init__(self, left, right, value):
        self.left = left
        self.right = right
        self.value = value

    def total(self):
        result = self.value
        if self.left is not None:
            result += self.left.total()
        if self.right is not None:
            result += self.right.total()
        return result


def build(depth, value):
    if depth == 0:
        return None
    return Node(build(depth - 1, 2 * value), build(depth - 1, 2 * value + 1), value)


def check(tree):
    if tree is None:
        return 1
    return 1 + check(tree.left) + check(tree.right)


for depth in range(2, 11):
    tree = build(depth, 1)
    print(depth, check(tree), tree.total())
for i in range(4):
    tree.left.left.value += 0.5
    print(tree.total())
tree.right.right.value = "x"
try:
    tree.total()
except TypeError as error:
    print(error)


# Closures: the same code with other cells, and a recursive one.
def make_adder(step):
    def adder(n):
        if n <= 0:
            return 0
        return step + adder(n - 1)

    return adder


adders = [make_adder(i) for i in (1, 2.5, 10**20, "s")]
for adder in adders[:3]:
    print([adder(i % 12) for i in range(700)][-3:])
try:
    adders[3](3)
except TypeError as error:
    print(error)


# A frame's references are dropped once: objects that count themselves.
class Counted:
    alive = 0

    def __init__(self):
        Counted.alive += 1

    def __del__(self):
        Counted.alive -= 1


def passes(thing, n):
    local = [thing, n]
    if n == 0:
        return thing
    other = passes(thing, n - 1)
    if n == 5 and trap:
        raise ValueError
    return other


trap = False
for i in range(300):
    kept = passes(Counted(), i % 9)
print(Counted.alive)
trap = True
for i in range(300):
    try:
        passes(Counted(), i % 9)
    except ValueError:
        pass
kept = None
print(Counted.alive)


# Recursive descent.
def parse_sum(text, at):
    value, at = parse_product(text, at)
    while at < len(text) and text[at] in "+-":
        sign = text[at]
        right, at = parse_product(text, at + 1)
        value = value + right if sign == "+" else value - right
    return value, at


def parse_product(text, at):
    value, at = parse_atom(text, at)
    while at < len(text) and text[at] == "*":
        right, at = parse_atom(text, at + 1)
        value *= right
    return value, at


def parse_atom(text, at):
    if text[at] == "(":
        value, at = parse_sum(text, at + 1)
        if at >= len(text) or text[at] != ")":
            raise SyntaxError("unbalanced")
        return value, at + 1
    start = at
    while at < len(text) and text[at].isdigit():
        at += 1
    return int(text[start:at]), at


for text in ("1+2*3", "(1+2)*3", "2*(3+4)*(5-(6+7))*8", "((((1))))", "(1+2"):
    for i in range(150):
        try:
            result = parse_sum(text, 0)
        except SyntaxError as error:
            result = error.args[0]
    print(text, result)


# A generator function called in a function, defaults, keywords.
def numbers(n):
    for i in range(n):
        yield i


def consume(n, factor=2, *, offset=1):
    return sum(numbers(n)) * factor + offset


print(sum(consume(i % 10) for i in range(600)), sum(consume(i % 10, 3, offset=0) for i in range(600)))


# A module-level loop that calls a function whose body is long.
def long_body(x):
    a = x + 1
    b = a * 2
    c = b - x
    d = c * c
    e = d % 7
    f = e + a
    return f + d


value = 0
for i in range(3000):
    value = (value + long_body(i)) % 1000003
print(value)
