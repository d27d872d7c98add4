# Nested loops with a break, a continue and an else; the inner loop's length changes.
total = 0
for i in range(40):
    for j in range(i % 7):
        if j == 5:
            break
        if (i + j) % 3 == 0:
            continue
        total += i * j
    else:
        total -= 1
print(total)
n = 0
while n < 100:
    n += 3
else:
    print("done", n)
