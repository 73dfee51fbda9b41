"""What is frozen into it: the port's own modules; `onewire`, which a stock Pico has too; `names`."""

freeze("$(PORT_DIR)/modules")
module("onewire.py", base_path="$(BOARD_DIR)", opt=3)
module("names.py", base_path="$(BOARD_DIR)", opt=3)
