"""The names of the 1-Wire probes in the board's file system; for building only.

`onewire.txt` has a line a probe: the point's name and the ROM code, 16 hexadecimal digits, e.g.
`CWS_cC 28ff641d8fc3f1a2`. A line that begins with # is a remark. Without the file, or with a line
that is not so, the probes it does not name stay ABSENT: a swapped probe would be worse than none.
"""

import binascii

from core import points as p

PROBES = "/onewire.txt"
_MOST = 4096


def probes(fs, names):
    """{name: ROM code} of those in `names`; what cannot be read is not there."""
    found = {}
    try:
        file = fs.open(PROBES, "rb")
        try:
            lines = file.read(_MOST).split(b"\n")
        finally:
            file.close()
    except (OSError, AttributeError):  # no file, or no file system
        return found
    for line in lines:
        _take(line.split(), names, found)
    return found


def _take(words, names, found):
    if len(words) != 2 or words[0][:1] == b"#":
        return
    try:
        name = str(words[0], "ascii")
        rom = binascii.unhexlify(words[1])
    except ValueError:  # UnicodeError is one
        return
    if name in names and len(rom) == 8 and rom not in found.values():
        found[name] = rom


def name_of(point):
    """Name of an input point."""
    return p.POINTS[point][0]


TIMED = ()
