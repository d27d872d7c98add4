# Integer arithmetic round the edges: 48 bits, 64 bits, far beyond; all signs.
def show(name, f):
    try:
        print(name, f())
    except Exception as error:
        print(name, type(error).__name__, error)


edges = [0, 1, -1, 2, -2, 7, -7, 10, 2**46, 2**47 - 1, 2**47, -2**47, -2**47 - 1, 2**62, 2**63 - 1, 2**63, -2**63, 2**64, 10**20, -10**20, 3**100]
for a in edges:
    for b in edges:
        print(a, b, a + b, a - b, a * b, a & b, a | b, a ^ b, a < b, a == b, a >= b)
        if b:
            print(a // b, a % b, divmod(a, b), a / b)
        else:
            show("floor", lambda: a // b)
            show("mod", lambda: a % b)
            show("true", lambda: a / b)
            show("divmod", lambda: divmod(a, b))
for a in edges:
    print(-a, +a, ~a, abs(a), bool(a), hash(a), float(a), int(a))
    for shift in [0, 1, 5, 46, 47, 48, 63, 64, 100]:
        print(a << shift, a >> shift)
show("negative shift", lambda: 1 << -1)
show("negative shift", lambda: 1 >> -1)
show("huge shift", lambda: 5 >> 10**30)
show("huge shift", lambda: -5 >> 10**30)
show("huge shift", lambda: 0 << 10**30)

seed = 12345
total = 0
for i in range(300):
    seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
    a = seed - 2**63
    seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
    b = (seed >> 20) - 2**43
    a = a * b + i
    print(a // b, a % b, a * b % 1000007, a ^ b, a / b)
    total += a
print(total)

# Sums that cross the boundary back and forth.
n = 2**47 - 3
for i in range(6):
    n += 1
    print(n, -n, n - 6)
x = 1
for i in range(1, 30):
    x *= i
    print(x)
while x > 1:
    x //= 7
    print(x, end=" ")
print()
print(True + True, True * 3, True - 5, True / 2, True // 1, True & False, True | False, True ^ True, ~True, -True, True << 3)
print(type(True + 0), type(True & True), type(True & 1), type(+True))
