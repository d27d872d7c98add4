# Integer arithmetic in loops: signs of // and %, shifts, bits, big values passing through small ones.
def divisions(n):
    result = 0
    for a in range(-n, n):
        for b in (-7, -3, 2, 5):
            result = result * 3 % 1000003 + a // b - a % b
    return result


print(divisions(20))


def bits(n):
    x = 0
    for i in range(n):
        x ^= i << (i % 20)
        x |= i & 0x55
        x = x >> 1 if x & 1 else ~x
    return x


print(bits(60))


def fibonacci(n):
    a, b = 0, 1
    for _ in range(n):
        a, b = b, a + b
    return a


print(fibonacci(40), fibonacci(70), fibonacci(100), fibonacci(200))


def powmod(base, exponent, modulus):
    result = 1
    while exponent:
        if exponent & 1:
            result = result * base % modulus
        base = base * base % modulus
        exponent >>= 1
    return result


print(powmod(3, 10**12, 10**9 + 7), powmod(2, 61, 2**61 - 1), powmod(7, 10**30, 10**20 + 39))


def edges(n):
    result = []
    for edge in (2**47, 2**48, 2**31, 2**63, 2**64):
        x = edge - n // 2
        for i in range(n):
            x += 1
        result.append(x - edge)
        x = -edge + n // 2
        for i in range(n):
            x -= 1
        result.append(x + edge)
    return result


print(edges(30))


def digits(n):
    result = 0
    while n:
        n, digit = divmod(n, 10)
        result += digit
    return result


print(digits(2**200), digits(12345678901234567890))
print(sum([True + i for i in range(30)]), [True & 1, True + True, -True])
