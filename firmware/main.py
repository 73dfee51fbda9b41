"""Wire the Board of this place to an App, and run it. Nothing else.

`here` is the one file that differs from board to board: it offers `board`.
"""

from app import App
from here import board


def main():
    app = App(board)
    try:
        board.serve(app)
    finally:
        # Any way out leaves the machine safe and the ECU released.
        app.close()
        board.reset()


main()
