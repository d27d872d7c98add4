# The methods of str.
def show(f):
    try:
        print(repr(f()))
    except Exception as error:
        print(type(error).__name__, error)


s = "Hello, World"
u = "héllo wörld ñandú"
print(s.upper(), s.lower(), s.title(), s.capitalize(), s.swapcase(), s.casefold(), "ß".casefold(), "ß".upper(), u.upper(), u.title())
print("they're bill's friends".title(), "x1y".title(), "ABC def".capitalize(), "".title(), "ǆ".title())
for text in ["", "abc", "ABC", "aBc", "123", "abc123", " ", "\t\n", "Hello World", "hello", "½", "²", "٣", "é", "a_b", "1a", "_x", "Ab", "A b", "\x00", "class"]:
    print(repr(text), text.isalpha(), text.isdigit(), text.isdecimal(), text.isnumeric(), text.isalnum(), text.isspace(), text.islower(), text.isupper(), text.istitle(), text.isidentifier(), text.isprintable(), text.isascii())
print(s.find("o"), s.find("o", 5), s.find("o", 5, 7), s.find("z"), s.rfind("o"), s.rfind("l", 0, 4), s.index("W"), s.rindex("o"), s.count("l"), s.count("o", 5), s.count(""), u.find("ö"), u.rfind("ñ"), u.find("w", -12), s.find("", 12), s.find("", 13), s.find("", -1))
show(lambda: s.index("z"))
show(lambda: s.rindex("z"))
show(lambda: s.find(5))
print(s.startswith("Hello"), s.startswith("World"), s.startswith("World", 7), s.startswith(("x", "He")), s.endswith("ld"), s.endswith(("a", "d")), s.endswith("lo", 0, 5), s.startswith(""), s.startswith("", 13), u.startswith("wör", 6))
show(lambda: s.startswith(5))
show(lambda: s.endswith(("a", 5)))
print("a,b,,c".split(","), "a,b,,c".split(",", 1), "a,b,,c".rsplit(",", 1), " a  b ".split(), " a  b ".split(None, 1), " a  b ".rsplit(None, 1), "".split(), "".split(","), "abc".split("b"), "a--b--c".split("--"), " a b ".split(" "), "abc".split(sep="b", maxsplit=1), "a b c".split(maxsplit=1), "a,b,c".split(",", 0), "a b".split(None, 0))
show(lambda: "a".split(""))
show(lambda: "a".split(5))
print("a\nb\r\nc\rd\x0be\u2028f".splitlines(), "a\nb\n".splitlines(True), "".splitlines(), "\n".splitlines(), "a".splitlines(keepends=True))
print("-".join(["a", "b", "c"]), "".join([]), ", ".join(("x",)), "-".join("abc"), "é".join(["a", "ñ"]), "".join(str(i) for i in range(3)) if False else "", "-".join({"k": 1}))
show(lambda: "-".join([1, 2]))
show(lambda: "-".join(["a", None]))
show(lambda: "-".join(5))
print("aXbXc".replace("X", "--"), "aaa".replace("a", "b", 2), "abc".replace("", "-"), "abc".replace("", "-", 2), "abc".replace("b", ""), "".replace("", "x"), "aaa".replace("a", "b", -1), "aaa".replace("a", "b", 0), "ababa".replace("aba", "x"))
print(repr("  a b  ".strip()), repr("  a  ".lstrip()), repr("  a  ".rstrip()), "xxaxx".strip("x"), "abcba".strip("ab"), "abcba".lstrip("ab"), "abcba".rstrip("ab"), "éaé".strip("é"), repr("\u3000a\u3000".strip()), "abc".strip(""), " a ".strip(None) + "|")
print("abc".center(10) + "|", "abc".center(10, "*"), "abcd".center(9, "*"), "abc".ljust(6, "."), "abc".rjust(6, "."), "abc".center(2), "42".zfill(5), "-42".zfill(5), "+42".zfill(5), "abc".zfill(2), "".zfill(3), "a".center(4, "*"), "ab".center(5, "*"))
show(lambda: "a".center(5, "ab"))
show(lambda: "a".ljust("x"))
print("a=b=c".partition("="), "a=b=c".rpartition("="), "abc".partition("="), "abc".rpartition("="))
show(lambda: "a".partition(""))
print("a\tb\tc".expandtabs(), "a\tb".expandtabs(4), "\t".expandtabs(0) + "|", "abc\tde\n\tf".expandtabs(tabsize=4))
print("prefix_x".removeprefix("prefix_"), "x_suffix".removesuffix("_suffix"), "abc".removeprefix("z"), "abc".removesuffix(""))
table = str.maketrans("abc", "xyz")
print(table, "aabbcc d".translate(table), "abc".translate(str.maketrans("a", "b", "c")), "abc".translate({97: "AA", 98: None, 99: 100}), "abc".translate(str.maketrans({"a": "1", 98: "2"})))
show(lambda: str.maketrans("ab", "c"))
print(len(u), u[1], u[-1], u[1:8], u[::-1], u[::3], u[100:], s[-5:], s[:-7], s[::-1], s[10:2:-2], u[-3:])
show(lambda: s[100])
show(lambda: s[-100])
show(lambda: s["a"])
show(lambda: s[1.5])
show(lambda: u[50])
print("lo" in s, "" in s, "xyz" in s, "ö" in u, "a" not in "b")
show(lambda: 5 in s)
print("ab" * 3, 3 * "ab", "ab" * 0, "ab" * -1, "a" + "b", "é" * 3)
show(lambda: "a" * 1.5)
show(lambda: "a" + 1)
show(lambda: "a" * "b")
show(lambda: "a" - "b")
print("a" < "b", "a" < "B", "abc" < "abd", "abc" <= "abc", "" < "a", "é" > "z", "Z" < "a", "abc" == "abc", "abc" != "abd", "a" == 1, "10" < "9", "\U0001f600" > "\uffff")
show(lambda: "a" < 1)
show(lambda: "a" >= None)
print(repr("it's"), repr('say "hi"'), repr("both ' and \""), repr("tab\tnl\ncr\rbs\\"), repr("\x00\x1f\x7f\x80\xa0\xad"), repr("é\u200b\U0001f600\ufeff"), ascii("é\u200b\U0001f600"))
print(str(5), str(1.5), str(None), str(True), str([1, "a"]), str("x"), str(), str(object=3))
print(hash("abc") == hash("abc"))
print([c for c in "héy"], list("abc"), tuple("ab"), sorted("hello"), max("hello"), min("hello"), "".join(reversed("abc")), len("\U0001f600"), "x".__len__(), "abc".__contains__("b"), "abc".__getitem__(1), "a".__add__("b"), "a".__mul__(3), "a".__eq__("a"), "a".__lt__("b"))
show(lambda: "abc".foo)
show(lambda: len(5))
show(lambda: "abc".upper(1))
show(lambda: "abc".replace("a"))
show(lambda: "abc".find())


def assign():
    text = "abc"
    text[0] = "x"


def delete():
    text = "abc"
    del text[0]


show(assign)
show(delete)
