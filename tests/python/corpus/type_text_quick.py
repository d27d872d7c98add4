# The short ways of common text operations, against the long ones.
values = [0, 1, -1, 7, 10, 99, -100, 12345, 2**46, -(2**47), 2**47 - 1, 2**60, True]
for spec in ("d", "5d", "05d", "1d", "20", "030d", "", "x", "+d", "<6d", "3", "003"):
    print(spec, [format(v, spec) for v in values])
floats = [0.0, -0.0, 0.5, 1.5, 2.5, -2.675, 1e-7, 123456.789, 1e15, 1e16, 1e22, 5e-324, 0.1 + 0.2, 1 / 3, float("inf"), float("nan"), 2.0**33, 9.9995, 0.045]
for spec in (".2f", "8.3f", "08.2f", ".0f", "f", ".9f", ".10f", "12f", "+.2f", ".1e", "", "6.1f", "05.1f"):
    print(spec, [format(v, spec) for v in floats])
for i in range(-3000, 3000, 7):
    x = i / 8 + i * 1e-5
    assert float("%.3f" % x) == round(x, 3) or abs(float("%.3f" % x) - round(x, 3)) < 1e-9
print(["%.2f|%5.1f|%d" % (v, v, 3) for v in (0.125, 0.375, -0.625, 2.5, 1e10)])
for spec in ("", "s", "3", "2", "5", "<3", ">7", "^7", "<1"):
    print(repr(format("abc", spec)), repr(format("é☃", spec)))
texts = ["", " ", "abc", " AbC\t", "ÀÉ", "x" * 63, "Y" * 64, "Z" * 65, "a,b,,c", ",", "\x1c a \x1f", "\u2003a\u2003", "ßİ"]
for text in texts:
    print(repr(text.lower()), repr(text.upper()), repr(text.strip()), repr(text.lstrip()), repr(text.rstrip()))
    print(text.split(","), text.rsplit(","), text.split(",", 1), text.split(), repr(text.strip(",a")), repr(text.rstrip("cé")))
    print(repr(text[::-1]), repr(text[::2]), repr(text[-1:0:-1]))
