# Exceptions raised and caught in, and through, hot loops and inlined calls; finally runs; state is exact.
class Stop(Exception):
    pass


def check(i):
    if i % 7 == 3:
        raise ValueError(f"bad {i}")
    if i == 45:
        raise Stop(i)
    return i


def run(n):
    good = bad = cleaned = 0
    try:
        for i in range(n):
            try:
                good += check(i)
            except ValueError as error:
                bad += len(str(error))
            finally:
                cleaned += 1
    except Stop as stop:
        return good, bad, cleaned, stop.args
    return good, bad, cleaned


print(run(40))
print(run(60))


def lookup(table, keys):
    found = missing = 0
    for key in keys:
        try:
            found += table[key]
        except KeyError:
            missing += 1
    return found, missing


print(lookup({i: i * i for i in range(0, 50, 2)}, range(50)))


def nested(n):
    log = []
    for i in range(n):
        try:
            try:
                if i % 3 == 0:
                    raise KeyError(i)
                if i % 3 == 1:
                    raise IndexError(i)
                log.append(i)
            except KeyError as error:
                raise RuntimeError("wrapped") from error
        except RuntimeError as error:
            log.append(repr(error.__cause__))
        except IndexError:
            continue
        else:
            log.append("else")
    return log


print(nested(12))


def fails(n):
    total = 0
    for i in range(n):
        total += 100 // (n - 5 - i)
    return total


fails(30)
