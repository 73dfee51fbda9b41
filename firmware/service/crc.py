"""Check sums of everything that is stored: CRC-16 for the FRAM, CRC-32 for files.

Every intermediate fits MicroPython's small int. `crc16` allocates nothing; a CRC-32 does not fit
a small int of the boards, so it is handed on as four bytes: from MicroPython's own `crc32` where
there is one (it may allocate), else worked out in two halves.
"""

from array import array

try:
    from binascii import crc32 as _fast
except ImportError:
    _fast = None


def _table16():
    """CRC-16/CCITT, polynomial x^16 + x^12 + x^5 + 1, by byte."""
    table = array("H", [0] * 256)
    for i in range(256):
        crc = i << 8
        for _ in range(8):
            crc = (crc << 1 ^ 0x1021) & 0xFFFF if crc & 0x8000 else crc << 1
        table[i] = crc
    return table


def _tables32():
    """CRC-32 (IEEE 802.3, reflected) by nibble: low halves, high halves."""
    low = array("H", [0] * 16)
    high = array("H", [0] * 16)
    for i in range(16):
        lo, hi = i, 0
        for _ in range(4):
            odd = lo & 1
            lo = lo >> 1 | (hi & 1) << 15
            hi >>= 1
            if odd:
                lo ^= 0x8320
                hi ^= 0xEDB8
        low[i] = lo
        high[i] = hi
    return low, high


_T16 = _table16()
_LOW, _HIGH = _tables32()


def crc16(crc, buf, start, end):
    """CRC-16 of buf[start:end], going on from `crc` (0 ... 0xFFFF). Allocates nothing."""
    while start < end:
        crc = (crc & 255) << 8 ^ _T16[crc >> 8 ^ buf[start]]
        start += 1
    return crc


def halves32(data):
    """CRC-32 of bytes as four bytes, little-endian, without any wide int."""
    lo = hi = 0xFFFF
    for byte in data:
        for nibble in (byte & 15, byte >> 4):
            i = (lo ^ nibble) & 15
            lo = (lo >> 4 | (hi & 15) << 12) ^ _LOW[i]
            hi = hi >> 4 ^ _HIGH[i]
    lo ^= 0xFFFF
    hi ^= 0xFFFF
    return bytes((lo & 255, lo >> 8, hi & 255, hi >> 8))


def crc32(data):
    """CRC-32 of bytes as four bytes, little-endian. Off the timed path."""
    if _fast is None:
        return halves32(data)
    return (_fast(data) & 0xFFFFFFFF).to_bytes(4, "little")


TIMED = ("crc16",)
