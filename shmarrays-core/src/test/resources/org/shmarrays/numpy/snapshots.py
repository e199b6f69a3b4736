"""Takes snapshots while Java workers push, and adds to elements of its own beside them.

snapshots.py DIRECTORY SEGMENT SNAPSHOTS CHANGES RETRIES: goes on until so many snapshots were taken,
partitions were so often found changed since the last one, and had so often to be read again; says
so; waits for a line; says what it then finds.
"""

import sys
import time

import numpy as np

import shmarrays

directory, name = sys.argv[1:3]
wanted = [int(argument) for argument in sys.argv[3:]]
LOCKED = ("w", "bias", "scale")


def pieces(segment, array):
    """The elements of the array in each of its partitions."""
    for p in array.partitions:
        begin = max(0, segment.partitions[p].offset - array.offset) // array.dtype.itemsize
        end = (segment.partitions[p].end - array.offset) // array.dtype.itemsize
        yield p, slice(begin, min(end, array.element_count))


def check(segment, snapshot, before):
    """Each partition has one value, for all arrays in it, and never one that it had before."""
    now = {}
    for array in map(segment.arrays.get, LOCKED):
        for p, elements in pieces(segment, array):
            found = snapshot[array.name].reshape(-1)[elements]
            value = now.setdefault(p, float(found[0]))
            assert np.all(found == value), f"torn: {array.name}, partition {p}: {np.unique(found)}"
            assert value >= before.get(p, 0), f"went back: {array.name}, partition {p}: {value}"
    return now


with shmarrays.attach(name, directory, read_timeout=60) as segment:
    own = segment.view("hogwild/python", writeable=True)
    others = [segment.view(f"hogwild/{rank}") for rank in range(3)]
    snapshots = changes = 0
    before = {}
    began = time.monotonic()
    while any(count < w for count, w in zip([snapshots, changes, segment.retries], wanted)):
        now = check(segment, segment.read(*LOCKED), before)
        own += 1
        snapshots += 1
        changes += sum(now[p] != before.get(p, 0) for p in now)
        before = now
    print(f"partitions={segment.partitions_read} retries={segment.retries} snapshots={snapshots} "
          f"changes={changes} seconds={time.monotonic() - began:.2f} enough", flush=True)
    sys.stdin.readline()
    last = segment.read(*LOCKED, "pushes", "hogwild")
    check(segment, last, before)
    found = {array: sorted(set(last[array].reshape(-1).tolist())) for array in LOCKED}
    assert all(len(values) == 1 for values in found.values()), found
    print("locked=" + ",".join(f"{values[0]:.0f}" for values in found.values()))
    print(f"pushes={last['pushes']}")
    for row in [*others, own]:
        assert len(set(row.tolist())) == 1, row
    assert [row[0] for row in [*others, own]] == list(last["hogwild"][:, 0])
    print("hogwild=" + ",".join(f"{row[0]:.0f}" for row in [*others, own]))
    print(f"added={snapshots}")
