# The hierarchy of built-in exceptions, and what their instances carry.
def show(f):
    try:
        print(repr(f()))
    except BaseException as error:
        print(type(error).__name__, error, error.args)


names = [BaseException, Exception, ArithmeticError, AssertionError, AttributeError, BlockingIOError, BrokenPipeError, BufferError, ChildProcessError, ConnectionAbortedError, ConnectionError, ConnectionRefusedError, ConnectionResetError, DeprecationWarning, EOFError, EnvironmentError, FileExistsError, FileNotFoundError, FloatingPointError, FutureWarning, GeneratorExit, IOError, ImportError, ImportWarning, IndentationError, IndexError, InterruptedError, IsADirectoryError, KeyError, KeyboardInterrupt, LookupError, MemoryError, ModuleNotFoundError, NameError, NotADirectoryError, NotImplementedError, OSError, OverflowError, PendingDeprecationWarning, PermissionError, ProcessLookupError, RecursionError, ReferenceError, ResourceWarning, RuntimeError, RuntimeWarning, StopAsyncIteration, StopIteration, SyntaxError, SyntaxWarning, SystemError, SystemExit, TabError, TimeoutError, TypeError, UnboundLocalError, UnicodeError, UnicodeWarning, UserWarning, ValueError, Warning, ZeroDivisionError]
for name in names:
    print(name.__name__, [base.__name__ for base in name.__mro__])
for error in [ValueError(), ValueError("a"), ValueError("a", 1), KeyError("k"), KeyError(), IndexError(5), Exception(None), StopIteration(3), SystemExit(2), AttributeError("x")]:
    print(repr(error), "|", str(error), "|", error.args)
print(StopIteration(3).value, StopIteration().value, SystemExit(4).code, KeyError("a") == KeyError("a"))
show(lambda: 1 / 0)
show(lambda: {}["k"])
show(lambda: [][0])
show(lambda: int("x"))
show(lambda: None.x)


class MyError(ValueError):
    def __init__(self, message, code):
        super().__init__(message)
        self.code = code


class Plain(Exception):
    pass


class WithStr(Exception):
    def __str__(self):
        return "custom str"


try:
    raise MyError("boom", 42)
except ValueError as error:
    print(repr(error), error, error.code, error.args, isinstance(error, MyError))
try:
    raise Plain("a", "b")
except Plain as error:
    print(repr(error), error, error.args)
try:
    raise WithStr("x")
except WithStr as error:
    print(repr(error), error)
try:
    try:
        raise ValueError("inner")
    except ValueError as inner:
        raise KeyError("outer") from inner
except KeyError as error:
    print(repr(error.__cause__), repr(error.__context__), error.__suppress_context__)
try:
    try:
        raise ValueError("inner")
    except ValueError:
        raise KeyError("outer")
except KeyError as error:
    print(repr(error.__cause__), repr(error.__context__), error.__suppress_context__)
try:
    raise ValueError("x") from None
except ValueError as error:
    print(error.__cause__, error.__suppress_context__)
e = ValueError("note")
e.extra = 5
print(e.extra, e.with_traceback(None) is e, e.args)
show(lambda: ValueError(foo=1))
try:
    raise ValueError
except ValueError as error:
    print(repr(error))
try:
    raise 5
except TypeError as error:
    print(error)
print(issubclass(KeyError, LookupError), isinstance(ZeroDivisionError(), ArithmeticError), IOError is OSError)
