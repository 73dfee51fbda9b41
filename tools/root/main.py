"""The board's own main.py: runs the main.py of the version that boot.py chose."""

try:
    import main  # noqa: F401  (the slot's)
except Exception as error:
    import slots

    slots.failed(error)
