"""A full-screen view of a board, through its console's `--json` commands and nothing else.

`client` is for scripts too: it knows the line and the answers, and no screen.
"""
