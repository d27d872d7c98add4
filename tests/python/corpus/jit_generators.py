"""Generators in loops long enough to be compiled, and every way to leave them."""


def count(n):
    i = 0
    while i < n:
        yield i
        i += 1


def chain(*iterables):
    for iterable in iterables:
        yield from iterable


def squares(items):
    for item in items:
        yield item * item


def total(items):
    result = 0
    for item in items:
        result += item
    return result


def types_change(n):
    for i in range(n):
        if i < n // 2:
            yield i
        elif i < n - 10:
            yield i + 0.5
        else:
            yield 1 << 70


def early_exits():
    seen = 0
    for start in range(300):
        for item in count(100):
            if item > start % 7:
                break
            seen += item
    return seen


def half_way():
    source = count(5000)
    first = []
    for item in source:
        first.append(item)
        if len(first) == 2000:
            break
    rest = total(source)
    return len(first), rest, next(source, "exhausted")


def raises(n):
    for i in range(n):
        if i == 1700:
            raise ValueError(i)
        yield i


def exception_in_generator():
    result = 0
    try:
        for item in raises(3000):
            result += item
    except ValueError as error:
        return result, error.args
    return "no error"


def caught_in_generator(n):
    for i in range(n):
        try:
            yield 10 // (i % 50)
        except ZeroDivisionError:
            yield -1


def exception_in_consumer():
    log = []

    def careful():
        try:
            for i in range(3000):
                yield i
        finally:
            log.append("closed")

    try:
        for item in careful():
            if item == 1600:
                raise KeyError(item)
    except KeyError as error:
        log.append(error.args)
    source = careful()
    for item in source:
        if item == 1500:
            break
    source.close()
    del source
    for item in careful():
        if item == 5:
            break
    return log


def accumulate():
    result = 0
    while True:
        received = yield result
        if received is None:
            return result
        result += received


def sending():
    receiver = accumulate()
    next(receiver)
    last = 0
    for i in range(2500):
        last = receiver.send(i)
    try:
        next(receiver)
    except StopIteration as stop:
        return last, stop.value


def returning(n):
    for i in range(n):
        yield i
    return n * 2


def delegating():
    first = yield from returning(900)
    second = yield from returning(1100)
    yield from (first, second)
    yield from "ab"


def while_handling():
    results = []
    for _ in range(30):
        try:
            raise ValueError("outer")
        except ValueError:
            for item in handling_inside(60):
                results.append(item)
            try:
                raise
            except ValueError as error:
                results.append(str(error))
    return len(results), results[:3], results[-2:]


def handling_inside(n):
    for i in range(n):
        try:
            raise KeyError(i)
        except KeyError:
            yield "handling"
            try:
                raise
            except KeyError as error:
                yield error.args[0]


def outside_handler():
    results = []
    for item in handling_inside(800):
        results.append(item)
    return len(results), results[:4]


def reentrant():
    def itself():
        yield 1
        for i in range(1500):
            yield i
        try:
            next(me)
        except ValueError as error:
            yield str(error)
        for item in me:
            yield item

    me = itself()
    last = None
    try:
        for item in me:
            last = item
    except ValueError as error:
        return last, str(error)


class Tree:
    def __init__(self, left, value, right):
        self.left, self.value, self.right = left, value, right

    def __iter__(self):
        if self.left:
            yield from self.left
        yield self.value
        if self.right:
            yield from self.right


def build(low, high):
    if low >= high:
        return None
    middle = (low + high) // 2
    return Tree(build(low, middle), middle, build(middle + 1, high))


def permutations(items):
    if len(items) <= 1:
        yield items
        return
    for i in range(len(items)):
        for rest in permutations(items[:i] + items[i + 1 :]):
            yield [items[i]] + rest


def queens(n, row=0, columns=0, up=0, down=0):
    if row == n:
        yield ()
        return
    for column in range(n):
        if not (columns >> column & 1 or up >> (row + column) & 1 or down >> (row - column + n) & 1):
            marks = columns | 1 << column, up | 1 << (row + column), down | 1 << (row - column + n)
            for rest in queens(n, row + 1, *marks):
                yield (column, *rest)


def closures(n):
    factor = 3

    def inner():
        nonlocal factor
        for i in range(n):
            yield i * factor
            factor += i % 2

    return total(inner()), factor


def pairs(n):
    for i in range(n):
        yield i, str(i % 10)


def unpacked():
    length = 0
    for number, text in pairs(2000):
        length += number * len(text)
    return length


def many_at_once():
    sources = [count(500), squares(range(500)), (i + 1 for i in range(500))]
    result = []
    while sources:
        for source in list(sources):
            for item in source:
                result.append(item)
                break
            else:
                sources.remove(source)
    return len(result), sum(result)


def polymorphic():
    result = 0
    for round_number in range(400):
        for items in (count(3), [1, 2], squares((3, 4)), range(4), (5,), {6: 7}):
            for item in items:
                result += item
    return result


def thrown_into_delegate():
    log = []

    def inner():
        try:
            while True:
                yield "inner"
        except ValueError as error:
            log.append(f"inner caught {error}")
            yield "recovered"
        finally:
            log.append("inner closed")
        return "inner result"

    def outer():
        log.append((yield from inner()))
        yield "outer"

    source = outer()
    log.append(next(source))
    log.append(source.throw(ValueError("x")))
    log.append(next(source))
    source.close()
    source = outer()
    next(source)
    source.close()
    source = outer()
    next(source)
    try:
        source.throw(KeyError("y"))
    except KeyError as error:
        log.append(error.args)
    return log


def not_iterator_init():
    class Odd:
        def __init__(self):
            yield 1

    try:
        Odd()
    except TypeError as error:
        return str(error)


print(total(count(3000)), total(squares(count(2000))), total(chain(count(600), range(700), [1, 2])))
print(total(i * j for i in range(60) for j in range(60) if i != j))
print(total(types_change(3000)))
print(early_exits(), half_way())
print(exception_in_generator(), total(caught_in_generator(2000)))
print(exception_in_consumer())
print(sending(), len(list(delegating())), list(delegating())[-4:])
print(while_handling(), outside_handler())
print(reentrant())
tree = build(0, 700)
print(total(tree), list(tree) == list(range(700)), total(tree) + total(tree))
print(len(list(permutations([1, 2, 3, 4, 5]))), list(permutations(list("abc")))[3])
print(len(list(queens(6))), next(queens(8)))
print(closures(2000), unpacked(), many_at_once(), polymorphic())
print(sum(count(1000)), max(squares(range(-50, 40))), any(i > 990 for i in count(1000)), all(i < 990 for i in count(1000)))
print(sorted(count(5), reverse=True), tuple(count(3)), set(count(4)), dict(pairs(3)), ",".join(t for _, t in pairs(12)))
print(thrown_into_delegate(), not_iterator_init())
