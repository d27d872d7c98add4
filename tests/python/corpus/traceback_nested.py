# The traceback of an exception through functions, methods, comprehensions and chains.
class Service:
    def __init__(self, table):
        self.table = table

    def find(self, key):
        return self.table[key]["value"] + 1

    @property
    def broken(self):
        return self.table.missing


def convert(value):
    return int(value) * 2


def run(service):
    try:
        service.find("b")
    except KeyError as error:
        raise RuntimeError("lookup failed") from error


def handle():
    try:
        run(Service({"a": 1}))
    except RuntimeError:
        print("converting")
        # Not in a comprehension: since 3.12 these are no functions of their own.
        values = []
        for text in ("1", "x", "3"):
            values.append(convert(text))
        return values


handle()
