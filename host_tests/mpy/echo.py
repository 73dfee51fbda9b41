"""Sends every block of N bytes back to the host, heap locked: echo.py N.

When the host closes the pipe, the bytes that stayed allocated go to standard error.
"""

import gc
import sys

import micropython

import hostpipe


def echo(buf, n):
    while hostpipe.read_into(buf, n) == n:
        hostpipe.write(buf, n)


def main(n):
    buf = bytearray(n)
    gc.collect()
    before = gc.mem_alloc()
    micropython.heap_lock()
    try:
        echo(buf, n)
    finally:
        micropython.heap_unlock()
    print(gc.mem_alloc() - before, file=sys.stderr)


main(int(sys.argv[1]))
