// A Raspberry Pi Pico with a ROM partition of two slots, one version of the firmware in each:
// .mpy files that lie there run in place, and cost a third of the heap that they take from a file.
// tools/picoimage.py has the same sizes; a test holds the two together.
#define MICROPY_HW_BOARD_NAME                   "Raspberry Pi Pico with ROM partition"
#define MICROPY_HW_ROMFS_BYTES                  (704 * 1024)
#define MICROPY_HW_FLASH_STORAGE_BYTES          (896 * 1024)
