"""Compares all that a segment has with its checkpoint and with what NumpyIT has written.

compare.py DIRECTORY SEGMENT CHECKPOINT COPY: writes the checkpoint again, by numpy.
"""

import json
import sys

import numpy as np

import shmarrays

directory, name, checkpoint, copy = sys.argv[1:]


def values(stored, dtype, is_bits):
    """The numbers of an array or alias, as float64 and in the order in which they lie in memory."""
    flat = stored.reshape(-1, order="F" if stored.flags.f_contiguous else "C")
    assert flat.dtype == dtype, (flat.dtype, dtype)
    return (shmarrays.bfloat16_to_float32(flat) if is_bits else flat).astype(np.float64)


def check(row, stored, first_element=0, state=False):
    """Element i has the value i mod 256 - 128, and in an array of state the negative of that, as float32 beside 16-bit values."""
    assert stored.shape == row["shape"], (row, stored.shape)
    array = segment.arrays[row["alias of"] or row["name"]]
    found = values(stored, array.state_dtype if state else array.dtype, row["type"] == "BFLOAT16" and not state)
    sign = -1 if state else 1
    i = np.arange(first_element, first_element + len(found))
    assert np.array_equal(found, sign * (i % 256 - 128.0)), (row, found)


with shmarrays.attach(name, directory) as segment, np.load(checkpoint) as saved:
    copies = segment.read(*segment.arrays, *segment.aliases)
    told = {a["name"]: a for a in json.loads(bytes(saved["__shmarrays__"]))["arrays"]}
    assert list(segment.arrays) == list(told), told
    for row in segment.inspect():
        alias = segment.aliases.get(row["name"])
        array = alias.array if alias else row["name"]
        first = alias.element_offset if alias else 0
        for stored in (copies[row["name"]], segment.view(row["name"])):
            check(row, stored, first)
        for k in range(row["state_arrays"]):
            for get in (segment.read_array, segment.view):
                check(row, get(row["name"], state=k), first, state=True)
        if not alias:
            assert np.array_equal(copies[array], saved[array]), array
            assert copies[array].flags.f_contiguous == saved[array].flags.f_contiguous, array
            assert (told[array]["type"], told[array]["mode"]) == (row["type"], row["mode"]), row
            for k in range(row["state_arrays"]):
                state = segment.read_array(array, state=k)
                assert np.array_equal(state, saved[f"{array}@state{k}"]), (array, k)
    np.savez(copy, **{entry: saved[entry] for entry in saved.files})
    print(segment.inspect())
    print(f"arrays={len(segment.arrays)} aliases={len(segment.aliases)} retries={segment.retries}")
