"""The pipe to the host that started this MicroPython process: whole blocks of bytes, both ways.

The same two calls on the unix port (standard input and output) and on the WebAssembly port
(run.mjs lays a device over the same two descriptors). Both block, allocate nothing and may run
with the heap locked. `print` shares standard output with `write`: a script that talks through the
pipe prints nothing.
"""

import sys

_in = sys.stdin.buffer
_out = sys.stdout.buffer


def read_into(buf, n):
    """Fill buf[0:n] from the host and return n; a smaller result means the host has gone."""
    return _in.readinto(buf, n)


def write(buf, n):
    """Send buf[0:n] to the host."""
    _out.write(buf, n)
