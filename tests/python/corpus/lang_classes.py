# Classes: inheritance, MRO, super, descriptors, special methods.
class A:
    kind = "a"

    def __init__(self, x=0):
        self.x = x

    def who(self):
        return "A" + str(self.x)

    def chain(self):
        return ["A"]


class B(A):
    def who(self):
        return "B" + super().who()

    def chain(self):
        return ["B"] + super().chain()


class C(A):
    kind = "c"

    def chain(self):
        return ["C"] + super().chain()


class D(B, C):
    def __init__(self, x, y):
        super().__init__(x)
        self.y = y

    def chain(self):
        return ["D"] + super(D, self).chain()


d = D(1, 2)
print(d.who(), d.chain(), d.kind, [k.__name__ for k in D.__mro__])
print(isinstance(d, A), issubclass(D, C), isinstance(3, (str, int)), D.__bases__)
try:

    class Bad(A, B):
        pass

except TypeError as error:
    print(error)


class Vector:
    def __init__(self, *parts):
        self.parts = list(parts)

    def __repr__(self):
        return f"Vector{tuple(self.parts)!r}"

    def __add__(self, other):
        if not isinstance(other, Vector):
            return NotImplemented
        return Vector(*[a + b for a, b in zip(self.parts, other.parts)])

    def __radd__(self, other):
        return Vector(*[other + p for p in self.parts])

    def __mul__(self, k):
        return Vector(*[p * k for p in self.parts])

    __rmul__ = __mul__

    def __iadd__(self, other):
        self.parts = [p + 1 for p in self.parts]
        return self

    def __neg__(self):
        return Vector(*[-p for p in self.parts])

    def __abs__(self):
        return sum(abs(p) for p in self.parts)

    def __eq__(self, other):
        return isinstance(other, Vector) and self.parts == other.parts

    def __hash__(self):
        return hash(tuple(self.parts))

    def __lt__(self, other):
        return abs(self) < abs(other)

    def __len__(self):
        return len(self.parts)

    def __getitem__(self, index):
        return self.parts[index]

    def __setitem__(self, index, value):
        self.parts[index] = value

    def __delitem__(self, index):
        del self.parts[index]

    def __contains__(self, value):
        return value in self.parts

    def __iter__(self):
        return iter(self.parts)

    def __call__(self, *args):
        return len(args)

    def __bool__(self):
        return any(self.parts)

    def __format__(self, spec):
        return f"<{spec}>"


v = Vector(1, 2)
w = Vector(3, 4)
print(v + w, 5 + v, v * 2, 2 * v, -v, abs(w), v == Vector(1, 2), v != w, v < w, w > v)
print(len(v), v[0], 2 in v, list(v), v(1, 2, 3), bool(Vector(0)), f"{v:abc}", f"{v}", {v: 1}[Vector(1, 2)])
v += w
v[0] = 9
del v[1]
print(v, sorted([w, v]), [a for a in w], hash(w) == hash((3, 4)))
for action in (lambda: v + 1, lambda: 1 - v, lambda: v <= w, lambda: ~v, lambda: v["x"], lambda: v.nothing):
    try:
        action()
    except (TypeError, AttributeError) as error:
        print(type(error).__name__, error)


class Temperature:
    def __init__(self):
        self._c = 0

    @property
    def celsius(self):
        "In degrees."
        return self._c

    @celsius.setter
    def celsius(self, value):
        if value < -273:
            raise ValueError("too cold")
        self._c = value

    @celsius.deleter
    def celsius(self):
        self._c = None

    @property
    def readonly(self):
        return 1


t = Temperature()
t.celsius = 30
print(t.celsius, Temperature.celsius.__doc__)
for action in ("t.celsius = -300", "t.readonly = 2", "del t.readonly"):
    try:
        if action.startswith("t.c"):
            t.celsius = -300
        elif action.startswith("t.r"):
            t.readonly = 2
        else:
            del t.readonly
    except (ValueError, AttributeError) as error:
        print(error)
del t.celsius
print(t.celsius)


class Typed:
    def __set_name__(self, owner, name):
        self.name = name

    def __get__(self, instance, owner):
        if instance is None:
            return self
        return instance.__dict__.get("_" + self.name, "unset")

    def __set__(self, instance, value):
        setattr(instance, "_" + self.name, value)


class Holder:
    field = Typed()


h = Holder()
print(h.field, Holder.field.name)
h.field = 3
print(h.field, h._field)


class Dynamic:
    def __getattr__(self, name):
        if name.startswith("dyn_"):
            return name[4:]
        raise AttributeError(name)

    def __setattr__(self, name, value):
        object.__setattr__(self, name, value * 2)


y = Dynamic()
y.a = 4
print(y.a, y.dyn_thing, hasattr(y, "other"), getattr(y, "other", "default"))


class Meta(type):
    def __new__(meta, name, bases, namespace, **kw):
        cls = super().__new__(meta, name, bases, namespace)
        cls.tag = name.lower()
        return cls

    def __call__(cls, *args):
        made = super().__call__(*args)
        made.by_meta = True
        return made


class WithMeta(metaclass=Meta):
    pass


print(WithMeta.tag, WithMeta().by_meta, type(WithMeta).__name__)


class Registry:
    known = []

    def __init_subclass__(cls, **kw):
        super().__init_subclass__()
        Registry.known.append((cls.__name__, kw))


class One(Registry, flag=1):
    pass


print(Registry.known)


class Stack(list):
    def push(self, item):
        self.append(item)

    def __len__(self):
        return 100


s = Stack([1, 2])
s.push(3)
s.note = "attr"
print(s, len(s), s[1], s.note, isinstance(s, list), s == [1, 2, 3], [*s])


class MyInt(int):
    def __add__(self, other):
        return MyInt(int(self) + other + 1000)


print(MyInt(3) + 4, MyInt(3) * 2, type(MyInt(3) * 2).__name__, MyInt(7) == 7)


class MyStr(str):
    def shout(self):
        return self.upper() + "!"


print(MyStr("hey").shout(), MyStr("a") + "b", {"a": 1}[MyStr("a")])


class MyDict(dict):
    def __missing__(self, key):
        return key * 2


print(MyDict(a=1)["zz"], MyDict({1: 2}))


class Single:
    _it = None

    def __new__(cls, *args):
        if cls._it is None:
            cls._it = super().__new__(cls)
        return cls._it


print(Single() is Single(), Single(1) is Single(2))


class NoHash:
    def __eq__(self, other):
        return True


try:
    hash(NoHash())
except TypeError as error:
    print(error)


class Slotted:
    __slots__ = ("a",)


z = Slotted()
z.a = 1
print(z.a)


class Outer:
    class Inner:
        def method(self):
            return __class__.__qualname__

    value = [i for i in range(3)]


print(Outer.Inner().method(), Outer.value, Outer.Inner.__qualname__, repr(Outer.Inner)[:30])
d.new_attribute = 5
print(sorted(vars(d)), d.__class__.__name__, d.__dict__)
del d.new_attribute
try:
    d.new_attribute
except AttributeError as error:
    print(error)
try:
    del d.never
except AttributeError as error:
    print(error)
A.late = lambda self: "late"
print(d.late())
A.who = lambda self: "patched"
print(D(1, 2).who())
many = A()
for i in range(50):
    setattr(many, f"attr{i}", i)
print(many.attr0, many.attr49, len(vars(many)))
print(A.__name__, A.__module__, type(A), type(a := A()).__name__, str(A), object.__repr__(3)[:12])
