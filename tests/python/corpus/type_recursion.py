# Values nested too deep to compare or print: an exception, not a crash.
def show(f):
    try:
        print(f())
    except RecursionError as error:
        print(str(error)[:36])


def nest(n, make, x):
    for i in range(n):
        x = make(x)
    return x


a = nest(100000, lambda x: [x], [])
b = nest(100000, lambda x: [x], [])
show(lambda: a == b)
show(lambda: a < b)
show(lambda: repr(a))
t = nest(100000, lambda x: (x,), ())
u = nest(100000, lambda x: (x,), ())
show(lambda: t == u)
show(lambda: t in [u])
show(lambda: str(t))
d = nest(100000, lambda x: {1: x}, {})
e = nest(100000, lambda x: {1: x}, {})
show(lambda: d == e)
show(lambda: "%s" % [d])
print(a is not b, len(t), list(d))
