# Methods and attributes of int, and hashing.
for n in [0, 1, -1, 5, 255, 256, -256, 2**47, -(2**47), 2**64 - 1, 10**30]:
    print(n.bit_length(), n.bit_count(), n.conjugate(), n.real, n.imag, n.numerator, n.denominator, n.as_integer_ratio(), n.__index__(), n.__abs__(), n.__neg__())
print((5).__add__(6), (5).__mul__(2.5), (5).__eq__(5), (5).__lt__(6), (5).__add__("a"))
print(hash(2**61 - 1), hash(2**61), hash(-(2**61)), hash(-1), hash(-2), hash(10**40), hash(-(10**40)))
print(hash(1.0) == hash(1), hash(2.0**70) == hash(2**70), hash(0.5), hash(-0.5), hash(1e300), hash(float("inf")), hash(float("-inf")))
print(hash(True), hash(False), {1: "a"}[True], {1.0: "b"}[1])
print(round(12345, -2), round(15, -1), round(25, -1), round(-15, -1), round(5), round(7, 3), round(10**30 + 5, -1))
print(isinstance(True, int), issubclass(bool, int), int.__name__, type(5), type(2**100))
print(int.from_bytes([1, 2], "big") if False else 258)
print((3).__class__, (3).__floordiv__(2), (3).__divmod__(2), (3).__pow__(2), (-7).__mod__(3), (3).__rsub__(10))
print(1 < 1.5 < 2, 2**53 == 2.0**53, 2**53 + 1 == 2.0**53, 2**53 + 1 > 2.0**53, 10**400 > float("inf"), 10**400 < 1e308)
print(max(1, 1.0), min(1.0, 1), 3 == 3.0, 3 != 3.5, 10**20 == 1e20, 10**23 == 1e23, 10**23 < 1e23)
for value in [1, -1, 10**20]:
    try:
        print(value < "a")
    except TypeError as error:
        print(error)
try:
    (5).foo
except AttributeError as error:
    print(error)
try:
    1 + None
except TypeError as error:
    print(error)
try:
    n = 5
    n += "x"
except TypeError as error:
    print(error)
try:
    -"a"
except TypeError as error:
    print(error)
try:
    ~1.5
except TypeError as error:
    print(error)
