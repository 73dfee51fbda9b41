"""Runs one trace inside MicroPython and prints what it did, for host_tests/differential.py.

    run_trace.py NAME      (the module traces/NAME.py is imported as NAME)

`setup()` may allocate, `run()` may not: it runs with the heap locked. Printed, each on a line that
starts with "@": the counts, then the ints as hexadecimal, 32-bit little-endian.
"""

import gc
import sys

import micropython

from recorder import Recorder, room_of


def gross():
    """Bytes ever asked for, hidden frames included; the WebAssembly port does not count them."""
    return micropython.mem_total() if hasattr(micropython, "mem_total") else 0


def measure(trace, recorder):
    """Run the trace once, heap locked; returns (net, gross) bytes."""
    trace.setup()
    gc.collect()
    total = gross()
    total = gross() - total  # what the question itself costs, and every global made before
    before = gc.mem_alloc()
    start = gross()
    micropython.heap_lock()
    try:
        trace.run(recorder.emit)
    finally:
        micropython.heap_unlock()
    asked = gross() - start - total
    return gc.mem_alloc() - before, asked


def main(name):
    trace = __import__(name)
    recorder = Recorder(room_of(trace))
    net, asked = measure(trace, recorder)
    kept = min(recorder.count, recorder.room)
    print("@", trace.STEPS, recorder.count, recorder.room, recorder.wide, net, asked)
    data = memoryview(bytes(recorder.values))
    for start in range(0, 4 * kept, 4096):
        print("@", data[start : min(start + 4096, 4 * kept)].hex())


main(sys.argv[1])
