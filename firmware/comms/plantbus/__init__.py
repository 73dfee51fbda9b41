"""The plant bus: how the boards of one plant know each other, and who of them leads."""
