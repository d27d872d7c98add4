# Comprehensions are loops too; so are those nested in loops and in each other.
print([i * i for i in range(30) if i % 3])
print([[i * j for j in range(i)] for i in range(8)])
print({i: [j for j in range(i)] for i in range(5)})
print(sorted({(i * 7) % 10 for i in range(50)}))
n = 3
for k in range(12):
    row = [i + k + n for i in range(4)]
print(row)


def primes(n):
    return [i for i in range(2, n) if not [j for j in range(2, int(i**0.5) + 1) if i % j == 0]]


print(primes(100))
total = 0
for i in range(40):
    total += [a for a in (i, i + 1)][1]
print(total)
functions = [lambda x, i=i: x + i for i in range(20)]
print([f(1) for f in functions])
