# An exception leaves a hot loop, is caught outside of it; the state is what it must be.
def find(items, wanted):
    seen = 0
    try:
        while True:
            if items[seen] == wanted:
                return seen
            seen += 1
    except IndexError as error:
        return f"{error} after {seen}"


items = list(range(50))
print(find(items, 49), find(items, 50), find(items, 3))


def divide(n):
    total = 0
    for i in range(n, -n, -1):
        try:
            total += n // i
        except ZeroDivisionError:
            total += 1000
    return total


print(divide(30))
items[60]
