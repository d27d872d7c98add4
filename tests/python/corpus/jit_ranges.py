# Ranges made in hot loops, of one to three numbers, and of what is no small integer.


def made(n):
    total = 0
    for i in range(n):
        for k in range(i % 4):
            total += k
        for k in range(i % 3, 5):
            total += k
        for k in range(6, i % 5, -2):
            total += k
        kept = range(i)
        total += len(kept) + (i in kept)
    return total


def failing(n):
    errors = 0
    total = 0
    for i in range(n):
        try:
            for k in range(0, 3, i % 50 - 25):
                total += k
        except ValueError as error:
            errors += len(str(error))
        try:
            total += len(range(i if i % 100 else 1.5))
        except TypeError:
            errors += 1
        if i % 500 == 7:
            total += len(range(2**50 + i, 2**50 + 10 + i)) + len(range(True, i))
    return errors, total


print(made(2000))
print(failing(2000))
