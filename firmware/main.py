"""Wire the Board of this place to an App, and run it. Nothing else.

`here` is the one file that differs from board to board: it offers `board`.
"""

from here import board

from app import App
from hal import slots


def main():
    board.window()
    app = App(board)
    slots.watch(board)
    why = "error"
    try:
        why = board.serve(app) or "ended"
    except KeyboardInterrupt:
        why = "ended"
        raise
    finally:
        # Any way out leaves the machine safe and the ECU released (service.way_out).
        try:
            app.close(why)
        finally:
            if why != "maintenance":
                board.reset()
    if why == "maintenance":
        board.hand_over()


main()
