# The part of `collections` that is written in Python: dictionaries with a twist, and tuples with names.


class defaultdict(dict):
    def __init__(self, default_factory=None, *args, **kwargs):
        if default_factory is not None and not callable(default_factory):
            raise TypeError("first argument must be callable or None")
        dict.__init__(self, *args, **kwargs)
        self.default_factory = default_factory

    def __missing__(self, key):
        factory = self.default_factory
        if factory is None:
            raise KeyError(key)
        value = factory()
        self[key] = value
        return value

    def copy(self):
        return type(self)(self.default_factory, self)

    def __repr__(self):
        return "%s(%r, %s)" % (type(self).__name__, self.default_factory, dict.__repr__(self))


class OrderedDict(dict):
    def move_to_end(self, key, last=True):
        value = self.pop(key)
        if last:
            self[key] = value
        else:
            rest = list(self.items())
            self.clear()
            self[key] = value
            self.update(rest)

    def popitem(self, last=True):
        if last or not self:
            if not self:
                raise KeyError("dictionary is empty")
            return dict.popitem(self)
        key = next(iter(self))
        return key, self.pop(key)

    def copy(self):
        return type(self)(self)

    def __eq__(self, other):
        if isinstance(other, OrderedDict):
            return list(self.items()) == list(other.items())
        return dict.__eq__(self, other)

    def __repr__(self):
        if not self:
            return "%s()" % type(self).__name__
        return "%s(%r)" % (type(self).__name__, list(self.items()))


class Counter(dict):
    def __init__(self, iterable=None, /, **kwargs):
        dict.__init__(self)
        self.update(iterable, **kwargs)

    def __missing__(self, key):
        return 0

    def update(self, iterable=None, /, **kwargs):
        self._add(iterable, 1)
        self._add(kwargs, 1)

    def subtract(self, iterable=None, /, **kwargs):
        self._add(iterable, -1)
        self._add(kwargs, -1)

    def _add(self, iterable, sign):
        if iterable is None:
            return
        if isinstance(iterable, dict):
            for key, count in iterable.items():
                self[key] = self.get(key, 0) + sign * count
        else:
            for key in iterable:
                self[key] = self.get(key, 0) + sign

    def most_common(self, n=None):
        pairs = sorted(self.items(), key=lambda pair: pair[1], reverse=True)
        return pairs if n is None else pairs[:n]

    def elements(self):
        return iter([key for key, count in self.items() for _ in range(count)])

    def total(self):
        return sum(self.values())

    def copy(self):
        return type(self)(self)

    def _combine(self, other, operation):
        if not isinstance(other, Counter):
            return NotImplemented
        result = Counter()
        for key in list(self) + [key for key in other if key not in self]:
            count = operation(self[key], other[key])
            if count > 0:
                result[key] = count
        return result

    def __add__(self, other):
        return self._combine(other, lambda a, b: a + b)

    def __sub__(self, other):
        return self._combine(other, lambda a, b: a - b)

    def __and__(self, other):
        return self._combine(other, min)

    def __or__(self, other):
        return self._combine(other, max)

    def __pos__(self):
        return self._combine(Counter(), lambda a, b: a)

    def __delitem__(self, key):
        if key in self:
            dict.__delitem__(self, key)

    def __repr__(self):
        if not self:
            return "%s()" % type(self).__name__
        items = ", ".join("%r: %r" % pair for pair in self.most_common())
        return "%s({%s})" % (type(self).__name__, items)


def namedtuple(typename, field_names, *, rename=False, defaults=None, module=None):
    if isinstance(field_names, str):
        field_names = field_names.replace(",", " ").split()
    fields = []
    for index, name in enumerate(field_names):
        name = str(name)
        bad = not name.isidentifier() or name.startswith("_") or name in fields
        if bad and rename:
            name = "_%d" % index
        elif name in fields:
            raise ValueError("Encountered duplicate field name: %r" % name)
        elif name.startswith("_"):
            raise ValueError("Field names cannot start with an underscore: %r" % name)
        elif bad:
            raise ValueError("Type names and field names must be valid identifiers: %r" % name)
        fields.append(name)
    fields = tuple(fields)
    defaults = () if defaults is None else tuple(defaults)
    if len(defaults) > len(fields):
        raise TypeError("Got more default values than field names")
    given = dict(zip(fields[len(fields) - len(defaults) :], defaults))

    def make(cls, args, kwargs):
        if len(args) > len(fields):
            text = "%s.__new__() takes %d positional arguments but %d were given"
            raise TypeError(text % (typename, len(fields) + 1, len(args) + 1))
        values = list(args)
        missing = []
        for name in fields[len(args) :]:
            if name in kwargs:
                values.append(kwargs.pop(name))
            elif name in given:
                values.append(given[name])
            else:
                missing.append(name)
        for name in kwargs:
            raise TypeError("%s.__new__() got an unexpected keyword argument %r" % (typename, name))
        if missing:
            names = " and ".join(map(repr, missing)) if len(missing) < 3 else ", ".join(map(repr, missing[:-1])) + ", and %r" % missing[-1]
            plural = "" if len(missing) == 1 else "s"
            text = "%s.__new__() missing %d required positional argument%s: %s"
            raise TypeError(text % (typename, len(missing), plural, names))
        return tuple.__new__(cls, values)

    def __new__(cls, *args, **kwargs):
        return make(cls, args, kwargs)

    def __repr__(self):
        parts = ", ".join("%s=%r" % pair for pair in zip(fields, self))
        return "%s(%s)" % (type(self).__name__, parts)

    def _make(cls, iterable):
        return make(cls, tuple(iterable), {})

    def _asdict(self):
        return dict(zip(fields, self))

    def _replace(self, **kwargs):
        values = [kwargs.pop(name) if name in kwargs else value for name, value in zip(fields, self)]
        if kwargs:
            raise ValueError("Got unexpected field names: %r" % list(kwargs))
        return make(type(self), values, {})

    def getter(index):
        return property(lambda self: self[index])

    namespace = {
        "__new__": __new__,
        "__repr__": __repr__,
        "_make": classmethod(_make),
        "_asdict": _asdict,
        "_replace": _replace,
        "_fields": fields,
        "_field_defaults": given,
        "__match_args__": fields,
    }
    for index, name in enumerate(fields):
        namespace[name] = getter(index)
    return type(typename, (tuple,), namespace)
