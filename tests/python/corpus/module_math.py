# The math module.
import math


def show(name, f):
    try:
        print(name, repr(f()))
    except Exception as error:
        print(name, type(error).__name__, error)


print(math.pi, math.e, math.tau, math.inf, math.nan, -math.inf)
points = [0.0, -0.0, 0.5, -0.5, 1, -1, 2, 3.7, -3.7, 10, 100.5, 1e-10, 1e10, 700, math.inf, -math.inf, math.nan, True, 10**20]
for name in ["sqrt", "exp", "expm1", "exp2", "log", "log2", "log10", "log1p", "sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh", "asinh", "acosh", "atanh", "erf", "erfc", "gamma", "lgamma", "fabs", "floor", "ceil", "trunc", "degrees", "radians", "isnan", "isinf", "isfinite", "modf", "frexp", "ulp"]:
    f = getattr(math, name)
    for x in points:
        show((name, x), lambda: f(x))
pairs = [(3, 4), (-3.5, 2), (0.0, -0.0), (1e300, 1e10), (2, 0.5), (-8, 1 / 3), (0, -1), (5, 0), (math.inf, 1), (1, math.inf), (math.nan, 1), (-1, math.inf)]
for name in ["pow", "fmod", "atan2", "hypot", "copysign", "remainder", "log", "nextafter", "isclose"]:
    f = getattr(math, name)
    for x, y in pairs:
        show((name, x, y), lambda: f(x, y))
for n in [0, 1, 5, 20, 25, 100]:
    print(math.factorial(n), math.isqrt(n), math.comb(n, 3), math.perm(n, 2), math.gcd(n, 15), math.lcm(n, 6))
show("fact", lambda: math.factorial(-1))
show("fact", lambda: math.factorial(1.5))
show("isqrt", lambda: math.isqrt(-1))
show("isqrt", lambda: math.isqrt(10**40))
show("comb", lambda: math.comb(-1, 2))
show("comb", lambda: math.comb(50, 25))
show("perm", lambda: math.perm(5))
print(math.cbrt(-8), math.cbrt(0.0))
print(math.gcd(), math.gcd(12), math.gcd(12, 18, 27), math.gcd(-4, 6), math.lcm(), math.lcm(4, 6, 10), math.gcd(10**30, 10**20 * 3), math.lcm(0, 5))
print(math.hypot(), math.hypot(3), math.hypot(1, 2, 3), math.dist((1, 2), (4, 6)), math.dist([1], [5]), math.fsum([0.1] * 10), math.fsum([]), math.fsum([1e100, 1, -1e100]), math.prod([1, 2, 3, 4]), math.prod([], start=5), math.prod([1.5, 2]), math.prod(range(1, 25)))
print(math.log(8, 2), math.log(100, 10), math.log(10**400), math.log2(2**1000), math.log10(10**400), math.log(math.e), math.ldexp(0.5, 5), math.ldexp(1, -1080), math.frexp(0), math.modf(-2.25))
print(math.floor(2.7), math.ceil(2.1), math.floor(-2.7), math.ceil(-2.1), math.trunc(-2.7), math.floor(1e20), math.ceil(5), math.floor(10**30))
print(math.isclose(1.0, 1.0 + 1e-10), math.isclose(1, 1.1, rel_tol=0.2), math.isclose(0, 1e-10, abs_tol=1e-9), math.degrees(math.pi), math.radians(180))
show("sqrt", lambda: math.sqrt("a"))
show("sqrt", lambda: math.sqrt())
show("floor", lambda: math.floor("a"))
show("dist", lambda: math.dist((1,), (1, 2)))
show("log", lambda: math.log(0))
show("log", lambda: math.log(-1))
show("log", lambda: math.log(5, 1))
show("ldexp", lambda: math.ldexp(1.0, 5000))
show("fsum", lambda: math.fsum([math.inf, -math.inf]))
show("fsum", lambda: math.fsum(["a"]))
show("gcd", lambda: math.gcd(1.5))
show("isclose", lambda: math.isclose(1, 2, rel_tol=-1))
show("pow", lambda: math.pow(10, 400))
show("exp", lambda: math.exp(1000))
show("sqrt", lambda: math.sqrt(10**400))
show("missing", lambda: math.nope)
print(math.__name__, "sqrt" in dir(math), callable(math.sin))
from math import sqrt, pi as p

print(sqrt(16), p, math.sumprod if False else "", math.copysign(1, -0.0), math.fmod(-7, 3), math.remainder(7, 4))


class Round:
    def __floor__(self):
        return "floor"

    def __ceil__(self):
        return "ceil"

    def __trunc__(self):
        return "trunc"

    def __float__(self):
        return 4.0

    def __index__(self):
        return 6


print(math.floor(Round()), math.ceil(Round()), math.trunc(Round()), math.sqrt(Round()), math.gcd(Round(), 4), math.factorial(Round()))
