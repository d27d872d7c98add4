# Float arithmetic round a loop: special values, mixed with integers, comparisons with nan.
def newton(x):
    guess = x
    for _ in range(40):
        guess = (guess + x / guess) / 2
    return guess


print(newton(2.0), newton(10), newton(1e300))


def grow(x, n):
    for _ in range(n):
        x = x * 10.0
    return x


print(grow(1.0, 320), grow(-1.0, 320), grow(1.0, 320) - grow(1.0, 320))


def nans(n):
    nan = grow(1.0, 400) * 0
    less = equal = other = 0
    for i in range(n):
        value = nan if i % 4 == 0 else i * 0.5
        if value < 5:
            less += 1
        elif value == value:
            equal += 1
        else:
            other += 1
    return less, equal, other


print(nans(40))


def powers(n):
    total = 0.0
    for i in range(1, n):
        total += i**-1.5 + i**0.5 + 2.0**i + (-i) ** 3
    return total


print(powers(30))


def floor_and_rest(n):
    result = []
    for i in range(-n, n):
        result.append((i * 1.5) // 2.0)
        result.append((i * 1.5) % -2.0)
    return result


print(floor_and_rest(6))


def mixed(n):
    total = 0
    for i in range(n):
        total = total + (i if i % 3 else i / 2)
    return total


print(mixed(50))
zero = 0.0
try:
    for i in range(20):
        zero = 1.0 / (10.0 - i)
except ZeroDivisionError as error:
    print(error, zero)
print(-0.0 + 0, 0.0 * -1, [x * -1.0 for x in (0.0, 1.0)])
