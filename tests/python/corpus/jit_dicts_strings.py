# Dictionaries and strings built and read in hot loops.
def count(words):
    counts = {}
    for word in words:
        if word in counts:
            counts[word] += 1
        else:
            counts[word] = 1
    return counts


print(count("the quick brown fox jumps over the lazy dog the end".split() * 4))


def index(n):
    table = {}
    for i in range(n):
        table[i * 7 % 31] = table.get(i, 0) + i
        table[str(i)] = i
    return sorted(table.items(), key=lambda item: (str(item[0]), item[1]))


print(index(33)[:12])


def caesar(text, by):
    out = []
    for letter in text:
        if "a" <= letter <= "z":
            out.append(chr((ord(letter) - 97 + by) % 26 + 97))
        else:
            out.append(letter)
    return "".join(out)


print(caesar("stitch by stitch, row by row", 3), caesar(caesar("thread", 11), -11))


def lines(n):
    text = ""
    for i in range(n):
        text += f"{i:>3}|{i * i:<5}|{i / 3:.2f};"
        if i % 5 == 4:
            text += "\n"
    return text


print(lines(15))


def palindromes(n):
    found = []
    for i in range(n):
        text = str(i)
        if text == text[::-1] and len(text) > 1:
            found.append(i)
    return found


print(palindromes(200))
print({(i % 3, i % 2): i for i in range(20)}, sorted({i * i % 11 for i in range(40)}))
