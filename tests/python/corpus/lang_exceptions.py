# try in all its forms; chaining; what is bound and unbound.
def order(kind):
    log = []
    try:
        log.append("try")
        if kind == "value":
            raise ValueError("v")
        if kind == "key":
            raise KeyError("k")
        if kind == "return":
            return log
    except ValueError as error:
        log.append(repr(error))
    except (KeyError, IndexError) as error:
        log.append(str(error))
    else:
        log.append("else")
    finally:
        log.append("finally")
    return log


for kind in ("none", "value", "key", "return"):
    print(order(kind))


def finally_wins():
    for i in range(3):
        try:
            if i == 1:
                continue
            if i == 2:
                break
        finally:
            print("cleanup", i)
    try:
        return "try"
    finally:
        print("before return")


print(finally_wins())


def nested():
    try:
        try:
            1 / 0
        except ZeroDivisionError as inner:
            raise RuntimeError("outer") from inner
    except RuntimeError as error:
        return repr(error.__cause__), error.__suppress_context__, error.__context__ is error.__cause__


print(nested())
try:
    try:
        {}["missing"]
    except KeyError:
        [][5]
except IndexError as error:
    print(repr(error), repr(error.__context__), error.__cause__)
try:
    try:
        raise ValueError(1)
    except ValueError:
        raise TypeError(2) from None
except TypeError as error:
    print(error.__suppress_context__, repr(error.__context__))
try:
    error
except NameError as missing:
    print(missing)


class Custom(Exception):
    def __init__(self, code, *rest):
        super().__init__(code, *rest)
        self.code = code

    def __str__(self):
        return f"code {self.code}"


class Special(Custom):
    pass


try:
    raise Special(5, "more")
except Custom as error:
    print(error, repr(error), error.args, error.code, isinstance(error, Special))
try:
    raise Custom
except TypeError as error:
    print(error)


def reraise():
    try:
        raise LookupError("first")
    except LookupError:
        try:
            raise ValueError("second")
        except ValueError:
            pass
        raise


try:
    reraise()
except LookupError as error:
    print("reraised", error)
for bad in (3, "text", int, None):
    try:
        raise bad
    except TypeError as error:
        print(error)
try:
    raise
except RuntimeError as error:
    print(error)
try:
    try:
        raise ValueError
    except 5:
        pass
except TypeError as error:
    print(error)


class Manager:
    def __init__(self, name, swallow=False):
        self.name = name
        self.swallow = swallow

    def __enter__(self):
        print("enter", self.name)
        return self.name

    def __exit__(self, kind, value, trace):
        print("exit", self.name, kind.__name__ if kind else None, value, trace is not None)
        return self.swallow


with Manager("a") as a, Manager("b", True) as b:
    print(a, b)
    raise ValueError("in with")
try:
    with Manager("c"):
        1 / 0
except ZeroDivisionError:
    print("propagated")


def with_return():
    with Manager("d"):
        return "returned"


print(with_return())
for thing in (5, "x"):
    try:
        with thing:
            pass
    except (TypeError, AttributeError) as error:
        print(type(error).__name__)
try:
    assert 1 == 2, "math"
except AssertionError as error:
    print(repr(error))
try:
    assert []
except AssertionError as error:
    print(repr(error))


def unbound():
    try:
        print(later)
    except UnboundLocalError as error:
        print(error)
    later = 1
    del later
    try:
        return later
    except UnboundLocalError as error:
        return str(error)


print(unbound())


def deep(n):
    if n == 0:
        raise OverflowError("bottom")
    try:
        deep(n - 1)
    finally:
        counts.append(n)


counts = []
try:
    deep(5)
except OverflowError as error:
    print(error, counts)


def forever():
    return forever()


try:
    forever()
except RecursionError as error:
    print(error)
results = []
for i in range(6):
    try:
        if i % 2:
            raise ValueError(i)
        results.append(i)
    except ValueError as error:
        results.append(-error.args[0])
print(results)
print(issubclass(KeyError, LookupError), Exception("a", 1), repr(Exception()), BaseException.__name__)
try:
    a, b = 1, 2, 3
except ValueError as error:
    print(error)
try:
    a, b, c = [1]
except ValueError as error:
    print(error)
try:
    a, *b, c = [1]
except ValueError as error:
    print(error)
try:
    a, b = 5
except TypeError as error:
    print(error)
note = ValueError("noted")
note.add_note("a note")
print(note.__notes__)
