# Reading and printing integers.
def show(name, f):
    try:
        print(name, f())
    except Exception as error:
        print(name, type(error).__name__, error)


for text in ["0", "12", " 12 ", "-12", "+12", "1_000", "1__0", "_1", "1_", "", " ", "abc", "0x1f", "1.5", "1e5", "٣", "- 1", "--1", "\n7\t", "12345678901234567890123"]:
    show(repr(text), lambda: int(text))
for text, base in [("ff", 16), ("0xff", 16), ("0XFF", 0), ("0b101", 0), ("0b101", 2), ("0o17", 0), ("017", 0), ("0", 0), ("000", 0), ("z", 36), ("12", 3), ("3", 3), ("0x", 16), ("1_0", 0), ("0_7", 0), ("0x_f", 0), ("9", 1), ("9", 37), ("9", -1), ("10", 2)]:
    show((text, base), lambda: int(text, base))
show("no text", lambda: int(12, 10))
show("float", lambda: int(1.99))
show("float", lambda: int(-1.99))
show("float", lambda: int(1e30))
show("nan", lambda: int(float("nan")))
show("inf", lambda: int(float("inf")))
show("none", lambda: int(None))
show("list", lambda: int([]))
show("bool", lambda: int(True))
show("empty", lambda: int())
show("str base", lambda: int("10", base=3))
for n in [0, 1, -1, 255, -255, 2**47, 2**64, -(2**70)]:
    print(str(n), repr(n), hex(n), oct(n), bin(n), f"{n}", f"{n:x}", f"{n:,}")
show("hex", lambda: hex(1.5))
show("oct", lambda: oct("a"))
show("bin", lambda: bin(None))
print(10**50, -(10**50))
print(str(10**4299)[:5], len(str(10**4299)))
show("limit", lambda: len(str(10**4300)))
show("limit", lambda: int("1" * 4301))
print(len(hex(10**5000)))


class Indexed:
    def __index__(self):
        return 42


class Inted:
    def __int__(self):
        return 43


class Bad:
    def __int__(self):
        return "no"


show("index", lambda: int(Indexed()))
show("int", lambda: int(Inted()))
show("bad", lambda: int(Bad()))
show("hex index", lambda: hex(Indexed()))
show("object", lambda: int(object()).x)
