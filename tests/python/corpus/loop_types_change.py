# The type of a loop variable changes on the way: guards must fail and the loop must go on.
def add_all(items, start):
    total = start
    for item in items:
        total = total + item
    return total


print(add_all([1, 2, 3] * 20, 0))
print(add_all([0.5, 1, 2.25] * 20, 0))
print(add_all(["a", "b"] * 5, ""))
print(add_all([[1], [2]] * 5, []))
print(add_all([1] * 30 + [2.5] + [3] * 30, 0))
try:
    print(add_all([1] * 30 + ["x"], 0))
except TypeError as error:
    print("TypeError:", error)
