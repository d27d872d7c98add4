# printf-style formatting with the % operator.
def show(f):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__, error)


print("%s and %r" % ("a", "b"), "%d%%" % 50, "%5d|%-5d|%05d|%+d|% d" % (42, 42, 42, 42, 42))
print("%x %X %#x %o %#o" % (255, 255, 255, 8, 8), "%c%c" % (65, "B"), "%i %u" % (3, 4))
print("%f %.2f %10.3f|%-10.3f|%+.1f %e %.3E %g %G" % (1.5, 2.345, 3.14159, 3.14159, 2.25, 12345.678, 0.00012, 1e-10, 1e20))
print("%s" % None, "%s" % [1, 2], "%s" % ((1, 2),), "%r" % "it's", "%a" % "é", "%10s|%-10s|%.2s" % ("abc", "abc", "abc"))
print("%(name)s is %(age)d" % {"name": "Bob", "age": 42}, "%*d|%-*d|%.*f" % (5, 42, 5, 42, 2, 3.14159))
print("%d" % 3.99, "%d" % True, "%s" % True, "%x" % (-255), "%#X" % 255, "%d" % 10**30, "%08.3f" % -3.14159, "%+08d" % 7)
print("no args" % (), "no args" % {}, "100%%" % ())
print("%.3d" % 7, "%5.3d" % 7, "%.0f" % 0.5, "%.0f" % 1.5, "%#.0f" % 2.0, "%5.1f%%" % 99.55, "%s %s" % ("a", 1))
print("%f %F %e" % (float("inf"), float("nan"), float("-inf")), "%5s" % float("nan"), "%010f" % float("inf"))
show(lambda: "%d" % "a")
show(lambda: "%d" % None)
show(lambda: "%x" % 1.5)
show(lambda: "%f" % "a")
show(lambda: "%s %s" % "a")
show(lambda: "%s" % ("a", "b"))
show(lambda: "a" % 5)
show(lambda: "%" % 5)
show(lambda: "%q" % 5)
show(lambda: "%(a)s" % 5)
show(lambda: "%(a)s" % {"b": 1})
show(lambda: "%(a" % {"a": 1})
show(lambda: "%c" % "ab")
show(lambda: "%c" % 1114112)
show(lambda: "%c" % 1.5)
show(lambda: "%*d" % ("a", 3))
show(lambda: "%d %d" % (1,))
text = "value: %s"
text %= 5
print(text)
