# Exceptions raised and caught in hot loops: in the same frame, through inlined calls, by natives, subscripts and
# arithmetic, re-raised, chained, with finally, with, assert, and with tracebacks that have to be right.
import sys


class Problem(Exception):
    def __init__(self, value):
        self.value = value


class Worse(Problem):
    pass


def thrower(i):
    local = [i]
    if i % 7 == 3:
        raise Problem(local)
    if i % 7 == 5:
        raise Worse([i, i])
    if i % 11 == 4:
        return {}[i]
    return i


def middle(i):
    kept = str(i)
    result = thrower(i)
    return result + len(kept)


def through_calls(n):
    total = 0
    for i in range(n):
        try:
            total += middle(i)
        except Worse as error:
            total += error.value[1]
        except (KeyError, Problem) as error:
            total += error.args[0] if isinstance(error, KeyError) else error.value[0]
        else:
            total += 1
    return total


print(through_calls(4000))


def messages(n):
    seen = {}
    for i in range(n):
        try:
            if i % 5 == 0:
                [1, 2][i % 3 + 1]
            elif i % 5 == 1:
                unused = 10 // (i % 2)
            elif i % 5 == 2:
                int("x%d" % (i % 3))
            elif i % 5 == 3:
                {"a": 1}[("b", i % 2)]
            else:
                "abc"[i % 6]
        except (IndexError, ZeroDivisionError, ValueError, KeyError) as error:
            key = (type(error).__name__, str(error))
            seen[key] = seen.get(key, 0) + 1
    return sorted(seen.items())


print(messages(5000))


def finally_paths(n):
    log = 0
    out = []
    for i in range(n):
        try:
            try:
                if i % 3 == 0:
                    raise ValueError(i)
                if i % 3 == 1:
                    continue
                log += 1
            finally:
                log += 10
        except ValueError as error:
            log += 100
            if error.args[0] % 900 == 0:
                out.append(error.args[0])
    return log, out


print(finally_paths(4000))


def chained(n):
    contexts = 0
    causes = 0
    for i in range(n):
        try:
            try:
                raise KeyError(i)
            except KeyError as first:
                if i % 2:
                    raise ValueError("second") from first
                raise ValueError("third")
        except ValueError as second:
            contexts += isinstance(second.__context__, KeyError)
            causes += second.__cause__ is not None
    return contexts, causes, sys.exc_info()


print(chained(3000))


def again(n):
    total = 0
    for i in range(n):
        try:
            try:
                if i % 2:
                    raise Problem(i)
            except Problem:
                total += 1
                raise
        except Problem as error:
            total += error.value % 3
    return total


print(again(3000))


class Manager:
    def __init__(self, swallow):
        self.depth = 0
        self.swallow = swallow
        self.seen = 0

    def __enter__(self):
        self.depth += 1
        return self

    def __exit__(self, kind, value, trace):
        self.depth -= 1
        if kind is not None:
            self.seen += 1
        return self.swallow and kind is ValueError


def managed(n):
    quiet = Manager(True)
    total = 0
    for i in range(n):
        with quiet as manager:
            total += manager.depth
            if i % 4 == 0:
                raise ValueError(i)
    loud = Manager(False)
    for i in range(n):
        try:
            with loud:
                if i % 4 == 0:
                    raise ValueError(i)
        except ValueError:
            total += 1
    return total, quiet.depth, quiet.seen, loud.depth, loud.seen


print(managed(3000))


def asserting(n):
    failed = 0
    for i in range(n):
        try:
            assert i % 10 != 9, i
        except AssertionError as error:
            failed += error.args[0]
    return failed


print(asserting(3000))


def not_caught(n):
    for i in range(n):
        try:
            if i == n - 2:
                raise TypeError("out")
            if i % 3 == 0:
                raise Problem(i)
        except Problem:
            pass


def outside(n):
    try:
        not_caught(n)
    except TypeError as error:
        return str(error)


print(outside(3000))


class Loud:
    alive = 0

    def __init__(self):
        Loud.alive += 1

    def __del__(self):
        Loud.alive -= 1


def holds(i):
    thing = Loud()
    if i % 2:
        raise Problem(i)
    return thing


def lifetimes(n):
    most = 0
    for i in range(n):
        try:
            holds(i)
        except Problem as error:
            most = max(most, Loud.alive)
    return most, Loud.alive


print(lifetimes(3000))


def changing(n):
    kinds = (KeyError, IndexError, ValueError, Problem, LookupError)
    counts = [0, 0, 0]
    for i in range(n):
        kind = kinds[i * i // 700 % 5]
        try:
            raise kind(i)
        except LookupError:
            counts[0] += 1
        except (ValueError, TypeError):
            counts[1] += 1
        except Exception:
            counts[2] += 1
    return counts


print(changing(4000))


def nexts(n):
    total = 0
    it = iter(range(5))
    for i in range(n):
        try:
            total += next(it)
        except StopIteration as stop:
            it = iter([1, 2, i])
            total += 1000
            total += stop.value is None
    return total


print(nexts(3000))


def in_handler(n):
    total = 0
    for i in range(n):
        try:
            total += 1 / (i % 4)
        except ZeroDivisionError:
            for k in range(3):
                try:
                    total += [0, 1][k]
                except IndexError:
                    total += 0.5
    return total


print(in_handler(3000))


def deep(i, depth):
    if depth == 0:
        if i % 3 == 0:
            raise Problem(i)
        return i
    try:
        return deep(i, depth - 1) + 1
    except Worse:
        return -1


def deeper(n):
    total = 0
    for i in range(n):
        try:
            total += deep(i, 4)
        except Problem as error:
            total += error.value
    return total


print(deeper(3000))


def last(n):
    for i in range(n):
        try:
            thrower(i)
        except Problem as error:
            if i > n - 10:
                raise error
        except KeyError:
            pass


last(3010)
