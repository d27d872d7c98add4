# Exceptions in handlers, and the exit status of an uncaught one with a note.
class Problem(Exception):
    pass


def work(n):
    if n:
        return work(n - 1)
    raise Problem("deep", 3)


try:
    work(3)
except Problem as error:
    first = error
    first.add_note("noted")
    raise first
