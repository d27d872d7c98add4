# Small integers grow out of the immediate range in a loop, and come back.
n = 1
for i in range(100):
    n = n * 3 + i
print(n)
while n > 1000:
    n //= 7
print(n)
n = 2**46
for i in range(10):
    n += 2**46
    print(n, -n)
