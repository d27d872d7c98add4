# The format-spec mini language.
def show(value, spec):
    try:
        print(repr(spec), "[" + format(value, spec) + "]")
    except Exception as error:
        print(repr(spec), type(error).__name__, error)


for spec in ["", "d", "5", "<5", ">5", "^5", "=5", "05", "+", "-", " ", "+05d", "x", "X", "#x", "#X", "o", "#o", "b", "#b", "#010b", "c", ",", "_", ",d", "_x", "_b", "10,", "010,", "012,d", "*^12", "é>6", "e", ".2f", ".3e", "g", "%", ".0%", "n", "s", "q", ".3", ".3d", ",x", ",_", "+c", "#c", "z", "{<8", "<<<5", "x5", "1234567890123456789012", "0<6", "<06", ">+6", "= 8"]:
    for value in [42, -1234567, 0]:
        show(value, spec)
for spec in ["", "f", ".2f", ".0f", "#.0f", "10.3f", "<10.3f", "^10.3f", "+.1f", " .1f", "010.2f", ",.2f", "_.2f", "015,.2f", "e", ".3e", "E", ".0e", "#.0e", "g", ".3g", "G", ".10g", "#g", "#.3g", "%", ".1%", "n", ".3", ".1", ".0", ".17", "10", "d", "s", "x", "z.1f", "+z.0f", "F", ",", ".", "5.", "+", "012", "*>12", "#", ",e", ",g", ",%"]:
    for value in [3.14159, -1234567.891, 0.0, -0.0, 1e20, 1.5e-7, 100.0, float("inf"), float("nan"), 0.5]:
        show(value, spec)
for spec in ["", "s", "10", "<10", ">10", "^10", "*^11", ".2", "10.2", "010", "d", "+", " ", "#", "=5", ",", "_", "z", "x>5s", "5d"]:
    for value in ["abc", "héé", ""]:
        show(value, spec)
for value in [True, None, [1], (1,), {}, object]:
    show(value, "")
    show(value, "5")
show(True, "d")
show(True, "5d")
show(10**30, ",")
show(10**30, "x")
show(10**30, ".3e")
show(10**400, "f")
show(10**20, "c")
show(-1, "c")
show(0x1F600, "c")
width = 10
precision = 3
value = 3.14159265
name = "x"
print(f"{value:{width}.{precision}f}|{name!r:>{width}}|{name!s:^5}|{value!r}|{'é'!a}")
print(f"{42:#x} {42:08b} {1234567.5:,} {'a':>3}{'b':<3}{'c':^3}| {{}} {width=} {value=:.2f} {name = }")
print(f"{'nested ' + f'{1 + 1}'} {[1, 2][0]} {(lambda: 3)()}")


class Custom:
    def __format__(self, spec):
        return "<" + spec + ">"

    def __str__(self):
        return "S"

    def __repr__(self):
        return "R"


print(f"{Custom():abc} {Custom()!s:>3} {Custom()!r:<3}|{Custom()}", format(Custom()), format(Custom(), "z"))
