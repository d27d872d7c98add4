# Powers, with and without a modulus, of every kind of number.
def show(name, f):
    try:
        print(name, f())
    except Exception as error:
        print(name, type(error).__name__, error)


for base in [0, 1, -1, 2, -2, 3, 10, -10, 2**40, -2**70]:
    for exponent in [0, 1, 2, 3, 5, 10, 17]:
        print(base**exponent, end=" ")
    print()
for base in [1, -1, 2, -2, 10, 4]:
    for exponent in [-1, -2, -3]:
        print(base**exponent, end=" ")
    print()
show("zero", lambda: 0**-1)
show("zero", lambda: 0.0**-1)
show("mod", lambda: pow(3, 100, 7))
show("mod", lambda: pow(3, 100, -7))
show("mod", lambda: pow(-3, 101, 7))
show("mod", lambda: pow(3, -1, 7))
show("mod", lambda: pow(2, -1, 4))
show("mod", lambda: pow(2, 10, 0))
show("mod", lambda: pow(2, 10, 1))
show("mod", lambda: pow(2, 10, -1))
show("mod", lambda: pow(123456789, 987654321, 10**18 + 9))
show("mod", lambda: pow(2, 5, 2.0))
show("mod", lambda: pow(2.0, 5, 2))
show("two", lambda: pow(2, 0.5))
show("two", lambda: pow(2.5, 2))
show("kw", lambda: pow(base=2, exp=10))
show("kw", lambda: pow(2, exp=10, mod=1000))
show("float", lambda: 2.0**1024)
show("float", lambda: 10**400 * 1.0)
show("float", lambda: 1.5**2)
show("float", lambda: 0.0**0)
show("float", lambda: (-8.0) ** 3)
show("float", lambda: 4**0.5)
show("float", lambda: 2**-1074)
show("type", lambda: "a" ** 2)
show("type", lambda: 2 ** "a")
show("type", lambda: pow(2, "a", 3))
print(7**77)
print(len(str(2**1000)))
print(2**10 ** 2 if False else (2**10) ** 2)
