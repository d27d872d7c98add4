# sys and time: what is the same on every machine.
import sys
import time

print(sys.argv[1:], sys.maxsize, type(sys.version).__name__, sys.version_info[0], sys.version_info >= (3, 8), sys.version_info.major, sys.byteorder, sys.platform)
sys.stdout.write("written\n")
print(sys.stdout.write("abc\n"))
sys.stdout.flush()
print("to stderr", file=sys.stderr)
sys.stderr.write("more\n")
print("explicit", file=sys.stdout)
print(sys.getrecursionlimit())
sys.setrecursionlimit(500)
print(sys.getrecursionlimit())


def recurse(n):
    return recurse(n + 1)


try:
    recurse(0)
except RecursionError as error:
    print("recursion", str(error)[:32])
try:
    sys.setrecursionlimit(0)
except ValueError as error:
    print(error)
print(sys.intern("abc") == "abc", sys.getrefcount(object()) >= 1, "sys" in sys.modules, sys.modules["time"] is time)
print(sys.float_info.max, sys.float_info.epsilon, sys.hash_info.modulus, sys.maxunicode)
t = time.time()
p = time.perf_counter()
time.sleep(0.001)
print(time.time() > t, time.perf_counter() > p, type(time.perf_counter_ns()).__name__, type(time.time_ns()).__name__, time.monotonic() > 0, time.process_time() >= 0, time.monotonic_ns() > 0)
try:
    time.sleep(-1)
except ValueError as error:
    print(error)
try:
    import nosuchmodule
except ModuleNotFoundError as error:
    print(error, error.name)
try:
    from math import nosuchname
except ImportError as error:
    print(str(error)[:40])
sys.exit(3)
