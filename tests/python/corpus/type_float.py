# Floats: printing, reading, arithmetic, rounding, comparison, methods.
def show(name, f):
    try:
        print(name, f())
    except Exception as error:
        print(name, type(error).__name__, error)


values = [0.0, -0.0, 1.0, -1.5, 0.1, 1 / 3, 1e15, 1e16, 1e17, 123456789.123, 1e-4, 1e-5, 1.5e-7, 1e100, 5e-324, 1.7976931348623157e308, 2.5, 3.5, 1e22, 1e23]
for v in values:
    print(v, -v, abs(v), bool(v), str(v), repr(v), f"{v}", v.is_integer(), v.hex())
for v in values:
    print(int(v) if abs(v) < 1e30 else "-", v.as_integer_ratio() if abs(v) < 1e30 and (v == 0 or abs(v) > 1e-8) else "-", hash(v))
for a in [7.5, -7.5, 0.5, 1e300]:
    for b in [2.0, -2.0, 0.3, 3]:
        print(a + b, a - b, a * b, a / b, a // b, a % b, divmod(a, b))
for op in [lambda: 1.0 / 0, lambda: 1.0 // 0, lambda: 1.0 % 0, lambda: divmod(1.0, 0.0), lambda: 1 / 0.0]:
    show("zero", op)
inf = float("inf")
nan = float("nan")
print(inf, -inf, nan, inf - inf, inf * 0, inf == inf, nan == nan, nan != nan, nan < 1, inf > 10**400, -inf < -(10**400))
print(inf // 1, inf % 1, 1 // inf, -1 // inf, 1 % inf, -1 % inf, 5.0 % -inf)
print(-0.0 == 0.0, str(-0.0), 0.0 * -1, -0.0 % 5, 0.0 // -3, -0.0 // 3)
for text in ["1.5", " 1.5 ", "1e5", "-1E-5", ".5", "5.", ".", "", "nan", "-inf", "Infinity", "1_000.5", "1__0", "0x10", "1e", "e5", "1.5abc", "+3", "١.٥"]:
    show(repr(text), lambda: float(text))
show("none", lambda: float(None))
show("list", lambda: float([]))
show("big", lambda: float(10**400))
show("big str", lambda: float("1" + "0" * 400))
print(float(), float(5), float(True), float(10**22), float("1e400"))
print(round(2.5), round(3.5), round(-2.5), round(0.5), round(1.5), round(2.675, 2), round(1.005, 2), round(-0.5), round(1e20), round(1234.5678, -2), round(2.5, 0), round(0.15, 1), round(1e300, 2), round(5.5e-320, 3))
print(round(0.1 + 0.2, 10), round(123.456, 1), round(5.015, 2), round(-1.5), round(12.5, None))
show("nan", lambda: round(nan))
show("inf", lambda: round(inf))
print(round(nan, 2), round(inf, 1))
print(float.fromhex("0x1.8p3"), float.fromhex("-1.5"), float.fromhex("inf"), (1.5).real, (1.5).imag, (1.5).conjugate())
show("hex", lambda: float.fromhex("xyz"))
print(0.1 + 0.2, 0.1 * 3, 1e16 + 1, 1 / 3 * 3, 2**0.5, 10**-3, 1e308 * 10)
print((1.5).__add__(2), (1.5).__radd__(2), (1.5).__eq__(1.5), (1.5).__lt__("a"), (2.5).__floor__(), (2.5).__ceil__(), (2.5).__trunc__(), (7.0).__divmod__(2), (2.5).__int__())
show("ratio", lambda: inf.as_integer_ratio())
show("ratio", lambda: nan.as_integer_ratio())
show("cmp", lambda: 1.5 < "a")
show("add", lambda: 1.5 + "a")
show("neg", lambda: 1.5 & 1)
show("attr", lambda: (1.5).foo)


class Floaty:
    def __float__(self):
        return 2.5


class Bad:
    def __float__(self):
        return 2


print(float(Floaty()))
show("bad", lambda: float(Bad()))
x = 0.0
for i in range(1000):
    x = x * 0.999 + i / 7
print(x)
print(sorted([3.5, -1.0, 2, 10**18, 1e17, -inf]))
