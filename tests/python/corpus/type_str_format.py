# str.format and format_map.
def show(f):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__, error)


class Point:
    def __init__(self):
        self.x = 3
        self.y = [10, 20, {"k": "v"}]


p = Point()
print("{} {} {}".format(1, "a", None), "{0} {1} {0}".format("a", "b"), "{a} {b}".format(a=1, b=2), "{0} {x}".format("p", x="q"))
print("{:>5}|{:<5}|{:^5}|{:05d}|{:.2f}".format("a", "b", "c", 42, 3.14159), "{!r} {!s} {!a}".format("a", "b", "é"), "{!r:>6}".format("a"))
print("{{}} {{{}}}".format(5), "{0.x} {0.y[0]} {0.y[2][k]} {1[key]}".format(p, {"key": "value"}), "{0[1]}".format([1, 2]))
print("{:{}}|{:{w}.{p}f}".format("a", 5, 3.14159, w=10, p=2), "{:{fill}{align}{width}}".format("x", fill="*", align="^", width=9))
print("{a[b c]}".format(a={"b c": 1}), "{0[-1]}".format({"-1": "neg"}), "".format(), "plain".format(1, 2))
print("{x} {y}".format_map({"x": 1, "y": 2}))
show(lambda: "{}".format())
show(lambda: "{1}".format("a"))
show(lambda: "{a}".format(b=1))
show(lambda: "{".format(1))
show(lambda: "}".format(1))
show(lambda: "{0".format(1))
show(lambda: "{} {0}".format(1, 2))
show(lambda: "{0} {}".format(1, 2))
show(lambda: "{0.z}".format(p))
show(lambda: "{0[9]}".format([1]))
show(lambda: "{!x}".format(1))
show(lambda: "{!}".format(1))
show(lambda: "{:d}".format("a"))
show(lambda: "{0[}".format([1]))
show(lambda: "{0.}".format(p))
show(lambda: "{a.b[c]}".format(a=p))
show(lambda: "{:{:{}}}".format(1, 2, 3))
print("{:,} {:_} {:x} {:%}".format(1234567, 1234567, 255, 0.25))
