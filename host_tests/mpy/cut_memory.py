"""store_bench in MicroPython: cut_memory.py SEED CUTS; prints "@ cuts acks faults"."""

import sys

from store_bench import Session


def main(seed, cuts):
    session = Session(seed)
    while session.cuts < cuts:
        session.cut()
    for text in session.faults[:5]:
        print("!", text)
    print("@", session.cuts, session.acks, len(session.faults))


main(int(sys.argv[1]), int(sys.argv[2]))
