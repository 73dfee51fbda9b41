"""What the build works out, so that a board neither computes nor keeps it.

`X = baked(expression)` gives the expression as it stands here and on every interpreter. In what
`make firmware` compiles, the call is replaced by its value (tools/baking.py), and tables and
functions that only served it are gone (tools/pruning.py). The expression must be pure, and its
value ints, texts, bytes or tuples of them: bytes stay in flash, and `bytes[i]` allocates nothing.
"""


def baked(value):
    """`value`."""
    return value


def column(rows, k):
    """Column `k` of `rows`, a byte each: 0 ... 255."""
    return bytes([row[k] for row in rows])


def table_text(rows):
    """Tuples as the text of a table (core.rows)."""
    return "\n".join(["|".join([str(cell) for cell in row]) for row in rows]).encode()


TIMED = ()
