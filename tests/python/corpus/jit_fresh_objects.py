# Each display makes an object of its own, however equal what goes into it.


def displays(n):
    same = 0
    kept = []
    for i in range(n):
        a = (i, n)
        b = (i, n)
        left = [n]
        right = [n]
        left.append(i)
        kept.append(left)
        kept.append(right)
        if a is b:
            same += 1
        if left is right:
            same += 1
    return same, len(kept), len(set(map(id, kept))), kept[-2:]


print(displays(3000))
