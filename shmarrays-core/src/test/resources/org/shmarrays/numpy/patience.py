"""Reads a partition whose holder was killed: patience.py DIRECTORY SEGMENT ARRAY.

Says what it was told at once, and then what it got from whoever repaired.
"""

import sys

import shmarrays

directory, name, array = sys.argv[1:]
with shmarrays.attach(name, directory, read_timeout=0) as segment:
    try:
        print(f"read={segment.read(array)[array].min()}", flush=True)
    except shmarrays.ShmArraysError as e:
        print(f"{type(e).__name__}: {e}", flush=True)
        segment.read_timeout = 60
        sys.stdin.readline()
        values = segment.read(array)[array]
        print(f"least={values.min():.0f} greatest={values.max():.0f}", flush=True)
