"""Wire the Board of this place to an App, and run it. Nothing else.

`here` is the one file that differs from board to board: it offers `board`.
"""

from here import board

from app import App
from hal import slots


def main():
    app = App(board)
    slots.watch(board)
    try:
        board.serve(app)
    finally:
        # Any way out leaves the machine safe and the ECU released.
        app.close()
        board.reset()


main()
