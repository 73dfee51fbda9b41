"""Starts a script on the unix port so that its errors go to standard error.

    micropython start.py SCRIPT [ARG...]

Left to itself the unix port prints a traceback on standard output, which may be a pipe that
carries blocks of bytes to the host. run.mjs does the same for the WebAssembly port.
"""

import sys

import micropython


def _report(error):
    # The script may have died with the heap locked, and printing needs it.
    micropython.heap_lock()
    while micropython.heap_unlock():
        pass
    sys.print_exception(error, sys.stderr)


def _code():
    sys.argv.pop(0)
    script = sys.argv[0]
    sys.path[0] = script.rsplit("/", 1)[0]
    with open(script) as file:
        return compile(file.read(), script, "exec")


try:
    exec(_code(), {"__name__": "__main__"})
except SystemExit:
    raise
except BaseException as error:
    _report(error)
    sys.exit(1)
