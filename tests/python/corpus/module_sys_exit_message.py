# sys.exit with a text: printed to stderr, status 1.
import sys

try:
    sys.exit()
except SystemExit as error:
    print(repr(error), error.code)
try:
    sys.exit("again")
finally:
    print("finally")
