"""A board without hardware: the unix interpreter behind a pseudo-terminal, with its own flash.

`mpremote`, `tools.flash` and a terminal program cannot tell it from a board on USB.
"""
