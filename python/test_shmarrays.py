"""Tests of shmarrays.py on files that are built here, from docs/format/layout.md.

    python3 -m unittest test_shmarrays

What Java writes is read by NumpyIT, which runs these tests, too. The seed of the mutants is
printed; SHMARRAYS_TEST_SEED repeats it.
"""

import concurrent.futures
import contextlib
import copy
import io
import json
import multiprocessing
import os
import pathlib
import pickle
import random
import struct
import subprocess
import sys
import tempfile
import unittest
import warnings
import zlib
from multiprocessing.reduction import ForkingPickler
from unittest import mock

import numpy as np

import shmarrays
from shmarrays import (
    DamagedPartitionError, InvalidSegmentError, NoSuchArrayError, SegmentNotFoundError,
    SegmentRemovedError, SegmentVanishedError, ShmArraysError, TornReadError,
    UnsupportedMachineError)

UID = bytes(range(1, 17))
SLOTS = 2
EVENTS_LENGTH = 512 + 1024 * 256
MUTANTS = 2_000


def align128(length):
    return (length + 127) // 128 * 128


class Files:
    """A segment to be written: first the example of layout.md, then arrays of other types.

    Partitions 0 to 3 are b's, 4 is a's and c's, as in the example, 5 is of half/ß. In region 1 are
    the arrays with a state array: w in partitions 6 and 7, and the scalar h, which shares 8 with k.
    In region 2 is z, of 16 bits and with float32 state, rounded stochastically; in partition 9.
    """

    def __init__(self, root, name="s"):
        self.directory = pathlib.Path(root) / name
        self.regions = [[168_384, 0, 1], [64 + 1024 + 128, 1, 1], [128, 2, 2]]
        self.partitions = [
            [0, 64, 41_984], [0, 42_048, 41_984], [0, 84_032, 41_984], [0, 126_016, 42_048],
            [0, 168_064, 84], [0, 168_192, 20],
            [1, 64, 512], [1, 576, 512], [1, 1088, 72], [2, 64, 14]]
        # type, mode, order, state arrays, region, offset, first partition, partitions, name, shape
        self.arrays = [
            [1, 3, 1, 0, 0, 168_064, 4, 1, "a", [10]],
            [2, 1, 1, 0, 0, 64, 0, 4, "b", [3, 7000]],
            [3, 3, 1, 0, 0, 168_128, 4, 1, "c", [5]],
            [6, 2, 1, 0, 0, 168_192, 5, 1, "half/ß", [2, 5]],
            [1, 3, 2, 1, 1, 64, 6, 2, "w", [16, 16]],
            [4, 4, 1, 1, 1, 1088, 8, 1, "h", []],
            [3, 4, 1, 1, 1, 1152, 8, 1, "k", [2]],
            [5, 3, 1, 2, 2, 64, 9, 1, "z", [7]]]
        self.roundings = {7: (2, -3)}  # code and seed; (1, 0) for all others
        # array, element offset, order, name, shape
        self.aliases = [[1, 3, 2, "b/part", [2, 10]], [4, 120, 1, "w/middle", [4, 5]]]
        self.header = {}

    def catalog(self):
        def name(text):
            encoded = text.encode("utf-8", "surrogateescape")
            return struct.pack("=i", len(encoded)) + encoded + bytes(-len(encoded) % 4)

        parts = [struct.pack("=6i", len(self.regions), len(self.partitions), len(self.arrays),
                             len(self.aliases), SLOTS, 0)]
        parts += [struct.pack("=3i", *region) for region in self.regions]
        parts += [struct.pack("=3i", *partition) for partition in self.partitions]
        for i, array in enumerate(self.arrays):
            shape = array[9]
            rounding, seed = self.roundings.get(i, (1, 0))
            parts.append(struct.pack("=12i", *array[:8], rounding, seed >> 32,
                                     (seed + 2**31) % 2**32 - 2**31, len(shape)) + name(array[8]))
            parts.append(struct.pack(f"={len(shape)}i", *shape))
        for array, element_offset, order, alias, shape in self.aliases:
            parts.append(struct.pack("=3i", array, element_offset, order | len(shape) << 16))
            parts.append(name(alias) + struct.pack(f"={len(shape)}i", *shape))
        return b"".join(parts)

    def blocks(self, catalog=None):
        return align128(1536 + len(self.catalog() if catalog is None else catalog))

    def slots(self):
        return self.blocks() + 256 * len(self.partitions)

    def control(self, catalog=None):
        catalog = self.catalog() if catalog is None else catalog
        pieces = sum(array[7] for array in self.arrays)
        length = self.blocks(catalog) + 256 * len(self.partitions) + 1280 * SLOTS
        length = align128(length + align128(64 * len(self.arrays)) * SLOTS + 8 * pieces)
        length += 512 * len(self.partitions) + EVENTS_LENGTH
        header = {"magic": b"SHMARRAY", "version": 3, "mark": 0x01020304, "length": length,
                  "catalog_length": len(catalog), "catalog_crc": zlib.crc32(catalog),
                  **self.header}
        data = bytearray(length)
        struct.pack_into("=8siI", data, 0, header["magic"], header["version"], header["mark"])
        data[16:32] = UID
        struct.pack_into("=qqqiI", data, 32, 4711, 1_700_000_000_000, header["length"],
                         header["catalog_length"], header["catalog_crc"])
        struct.pack_into("=I", data, 64, header.get("crc", zlib.crc32(bytes(data[12:64]))))
        data[1536:1536 + len(catalog)] = catalog
        return data

    def names(self):
        names = [f"data-{i}.dat" for i in range(len(self.regions))]
        return names + [f"state-{k}-{i}.dat" for i, (_, n, _) in enumerate(self.regions)
                        for k in range(max(0, min(n, 8)))]

    def write(self, control=None):
        self.directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.put("control.dat", bytes(self.control() if control is None else control))
        for name in self.names():
            region = int(name.split(".")[0].split("-")[-1])
            length, _, scale = self.regions[region]
            length *= scale if name.startswith("state") else 1
            self.put(name, UID + bytes(max(0, min(length, 1 << 20) - 16)))
        return self

    def put(self, name, data):
        (self.directory / name).write_bytes(data)
        (self.directory / name).chmod(0o600)

    def poke(self, name, offset, data):
        with open(self.directory / name, "r+b") as file:
            file.seek(offset)
            file.write(data)

    def poke_long(self, offset, value):
        self.poke("control.dat", offset, struct.pack("=q", value))

    def set_version(self, partition, version):
        self.poke_long(self.blocks() + 256 * partition + 128, version)

    def set_lock(self, partition, token):
        self.poke_long(self.blocks() + 256 * partition, token)

    def fill(self, array, values, state=None):
        region, offset = self.arrays[array][4:6]
        name = f"data-{region}.dat" if state is None else f"state-{state}-{region}.dat"
        scale = 1 if state is None else self.regions[region][2]
        self.poke(name, scale * offset, np.asarray(values).tobytes())


class SegmentTest(unittest.TestCase):
    def setUp(self):
        memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        directory = tempfile.TemporaryDirectory(dir=memory)
        self.addCleanup(directory.cleanup)
        self.root = pathlib.Path(directory.name)
        self.files = Files(self.root)

    def attach(self, **options):
        segment = shmarrays.attach("s", self.root, **options)
        self.addCleanup(segment.close)
        return segment

    def refuses(self, *parts, error=InvalidSegmentError, **options):
        with self.assertRaises(error) as raised:
            self.attach(**options)
        for part in parts:
            self.assertIn(part, str(raised.exception))
        return raised.exception


class EventsTest(SegmentTest):
    """Events: docs/format/events.md, Q1 to Q5."""

    def setUp(self):
        super().setUp()
        self.files.write()
        self.begin = len(self.files.control()) - EVENTS_LENGTH

    def put_tail(self, number):
        self.files.poke_long(self.begin, number)

    def put(self, number, kind=17, value=0, text=b"", length=None, sequence=None, damage=0):
        text_length = len(text) if length is None else length
        record = struct.pack("=qqqqqqiiii188s", number + 1, 1_000 + number, 77, 4711, value, -2,
                             kind, 3, 1, text_length, text)
        record += struct.pack("=I", zlib.crc32(record) ^ damage)
        if sequence is not None:
            record = struct.pack("=q", sequence) + record[8:]
        self.files.poke("control.dat", self.begin + 512 + 256 * (number % 1024), record)

    def test_should_read_events(self):
        self.put(0, kind=1, text=b"s")
        self.put(1, kind=16, value=struct.unpack("=q", struct.pack("=d", 0.75))[0],
                 text="Genauigkeit ä".encode())
        self.put_tail(2)
        self.assertEqual(self.attach().events(), [
            shmarrays.Event(0, 1_000, "created", 3, 1, 77, 4711, 0, -2, "s"),
            shmarrays.Event(1, 1_001, "measured", 3, 1, 77, 4711, 0.75, -2, "Genauigkeit ä")])
        self.assertEqual([event.number for event in self.attach().events(since=1)], [1])

    def test_should_skip_what_is_lost(self):
        self.put(0)
        self.put(1, sequence=-2)
        self.put(2, damage=1)
        self.put(3, kind=18)
        self.put(4, length=189)
        self.put(5, length=-1)
        self.put(6)
        self.put_tail(8)
        self.assertEqual([event.number for event in self.attach().events()], [0, 6])

    def test_should_read_the_last_ones_when_the_ring_has_gone_round(self):
        for number in range(1024 + 3):
            self.put(number)
        self.put_tail(1024 + 3)
        self.assertEqual([event.number for event in self.attach().events()],
                         list(range(3, 1024 + 3)))

    def test_should_end_where_the_tail_was_overwritten(self):
        for tail in (-2**63, -1, 2**63 - 1):
            self.put_tail(tail)
            self.assertEqual(self.attach().events(), [])


class RefusalTest(SegmentTest):
    """Attachment: docs/format/lifecycle.md, A2 to A8."""

    def test_should_refuse_what_can_not_be_a_name(self):
        self.files.write()
        for name in ["", ".", "..", "../s", "s/", "s/../s", "/s", ".hidden", "-x", "a b", "s\n",
                     "s\0", "ß", "n" * 101, None, 7]:
            with self.subTest(name=name), self.assertRaisesRegex(ValueError, "segment's name"):
                shmarrays.attach(name, self.root)

    def test_should_name_what_is_there_where_a_segment_is_not(self):
        self.files.write()
        with self.assertRaisesRegex(SegmentNotFoundError, r"name=t, .*segments=\['s'\]"):
            shmarrays.attach("t", self.root)
        with self.assertRaises(SegmentNotFoundError):
            shmarrays.attach("s", self.root / "nowhere")
        (self.root / "file").touch()
        with self.assertRaises(SegmentNotFoundError):
            shmarrays.attach("file", self.root)

    def test_should_give_up_waiting_for_a_segment(self):
        self.refuses("name=s", error=SegmentNotFoundError, attach_timeout=0.01)

    def test_should_try_once_more_when_the_segment_is_created_again(self):
        self.files.write()
        self.files.poke_long(256, 1)

        def create_again(_seconds):
            self.files.poke_long(256, 0)

        with mock.patch("time.sleep", create_again):
            self.assertIn("w", self.attach())

    def test_should_refuse_another_header(self):
        for header, parts in [
                ({"magic": b"SHMARRAX"}, ["magic", "SHMARRAX"]),
                ({"mark": 0x04030201}, ["byte order", "0x04030201"]),
                ({"version": 0}, ["not complete", "found=0"]),
                ({"version": 1}, ["layout version", "found=1", "expected=3"]),
                ({"crc": 1}, ["header is damaged", "found=", "expected=1"]),
                ({"length": 4096}, ["not as long as it says", "expected=4096"]),
                ({"catalog_length": -1}, ["catalog reaches over", "expected=-1"]),
                ({"catalog_length": 2**31 - 1}, ["catalog reaches over"]),
                ({"catalog_crc": 2}, ["catalog is damaged", "expected=2"])]:
            with self.subTest(header=header):
                self.files.header = header
                self.files.write()
                self.refuses("control.dat", *parts)

    def test_should_refuse_files_of_a_wrong_length(self):
        for name in ["control.dat", "data-0.dat", "data-1.dat", "state-0-1.dat"]:
            for change in (-1, 1):
                with self.subTest(name=name, change=change):
                    self.files.write()
                    path = self.files.directory / name
                    os.truncate(path, path.stat().st_size + change)
                    self.refuses(name)
        for length in (0, 511):
            self.files.write()
            os.truncate(self.files.directory / "control.dat", length)
            self.refuses("control.dat", "wrong length", f"bytes={length}")

    def test_should_refuse_missing_files_links_and_pipes(self):
        for name in ["control.dat", *self.files.names()]:
            with self.subTest(name=name):
                self.files.write()
                path = self.files.directory / name
                moved = path.rename(self.root / "moved")
                self.refuses(name, "can't be opened")
                path.symlink_to(moved)
                self.refuses(name, "can't be opened")
                path.unlink()
                os.mkfifo(path, 0o600)
                self.refuses(name, "not a regular file")
                path.unlink()
        self.files.write()
        (self.root / "link").symlink_to(self.files.directory)
        with self.assertRaises(SegmentNotFoundError):
            shmarrays.attach("link", self.root)
        with tempfile.TemporaryDirectory() as other:
            link = pathlib.Path(other) / "root"
            link.symlink_to(self.root)
            with self.assertRaisesRegex(InvalidSegmentError, "links are not followed"):
                shmarrays.attach("s", link)

    def test_should_refuse_what_others_may_write_to(self):
        self.files.write()
        for path in [self.root, self.files.directory, *self.files.directory.iterdir()]:
            mode = path.stat().st_mode
            for bit in (0o020, 0o002):
                with self.subTest(path=path, bit=bit):
                    path.chmod(mode | bit)
                    self.refuses(f"file={path}", "chmod", foreign_owner=True)
                    path.chmod(mode)
        self.attach()

    def test_should_refuse_another_users_segment_unless_told(self):
        self.files.write()
        with mock.patch("os.geteuid", return_value=os.geteuid() + 1):
            self.refuses("another user", f"owner={os.getuid()}", f"user={os.getuid() + 1}")
            self.attach(foreign_owner=True)

    def test_should_refuse_a_file_of_another_creation(self):
        for name in self.files.names():
            with self.subTest(name=name):
                self.files.write().poke(name, 15, b"x")
                self.refuses("another creation", name)

    def test_should_refuse_a_removed_segment(self):
        self.files.write().poke_long(256, 1)
        self.refuses("removed", error=SegmentRemovedError)


class CatalogTest(SegmentTest):
    """Each rule of layout.md about what a reader must refuse."""

    def refuses_catalog(self, part, change):
        self.files = Files(self.root)
        change(self.files)
        self.files.write()
        with self.subTest(part):
            self.refuses("catalog makes no sense", part)

    def refuses_array(self, part, array, field, value):
        def change(files):
            files.arrays[array][field] = value
        self.refuses_catalog(part, change)

    def test_should_refuse_bytes_too_few_or_left_over(self):
        catalog = self.files.catalog()
        for data in (catalog[:-1], catalog[:24], catalog[:3], b"", catalog + bytes(1)):
            control = self.files.control(data)
            self.files.write(control)
            self.refuses("catalog makes no sense")

    def test_should_refuse_counts_out_of_range(self):
        catalog = self.files.catalog()
        for index, value in [(0, -1), (1, -1), (2, -1), (3, -1), (4, 0), (4, 4097), (0, 2**31 - 1),
                             (1, 2**31 - 1), (2, 2**31 - 1), (3, 2**31 - 1)]:
            changed = bytearray(catalog)
            struct.pack_into("=i", changed, 4 * index, value)
            self.files.write(self.files.control(bytes(changed)))
            with self.subTest(index=index, value=value):
                self.refuses("catalog makes no sense")

    def test_should_refuse_regions_that_can_not_be(self):
        self.refuses_catalog("region", lambda f: f.regions.append([63, 0, 1]))
        self.refuses_catalog("region", lambda f: f.regions.append([64, -1, 1]))
        self.refuses_catalog("region", lambda f: f.regions.append([64, 9, 1]))
        for scale in (0, 2, -1):
            self.refuses_catalog("region", lambda f: f.regions.append([64, 0, scale]))
        self.refuses_catalog("region", lambda f: f.regions.append([64, 1, 3]))
        self.refuses_catalog("region", lambda f: f.regions.append([2**30, 1, 2]))

    def test_should_refuse_partitions_outside_or_in_disorder(self):
        for partition in ([3, 64, 8], [-1, 64, 8], [1, 63, 8], [2, 80, 0], [2, 80, 57]):
            self.refuses_catalog("outside its region", lambda f: f.partitions.append(partition))
        self.refuses_catalog("too large", lambda f: f.partitions[0].__setitem__(2, 262_145))
        self.refuses_catalog("sorted", lambda f: f.partitions.insert(0, [0, 42_048, 41_984]))
        self.refuses_catalog("sorted", lambda f: f.partitions.append([2, 70, 8]))
        self.refuses_catalog("without an array", lambda f: f.partitions.append([2, 80, 8]))

    def test_should_refuse_arrays_outside_their_region(self):
        for field, value in [(4, 2), (4, -1), (5, 0), (5, 96), (9, [300]), (3, 0), (3, 2)]:
            self.refuses_array("does not fit its region", 4, field, value)
        # State of 16-bit arrays is float32, and twice as long as the values; of others it is not.
        self.refuses_array("does not fit its region", 6, 0, 5)
        self.refuses_array("does not fit its region", 7, 0, 4)

    def test_should_refuse_roundings_that_can_not_be(self):
        for array, rounding in [(0, (2, 1)), (0, (1, 1)), (7, (1, -1)), (7, (0, 0)), (7, (3, 0))]:
            self.refuses_catalog(
                "rounding", lambda f: f.roundings.__setitem__(array, rounding))

    def test_should_refuse_arrays_that_partitions_do_not_cover(self):
        for array, field, value in [
                (1, 6, -1), (1, 6, 1), (1, 7, 3), (1, 7, 5), (1, 7, 0), (1, 7, 100),
                (0, 5, 168_000), (4, 6, 5), (4, 7, 3), (4, 9, [8, 16]), (5, 6, 0)]:
            self.refuses_array("covered", array, field, value)
        self.refuses_catalog("covered", lambda f: f.partitions[1].__setitem__(2, 41_976))  # a gap

        def cut(files):
            files.partitions[0][2] += 4
            files.partitions[1][1] += 4
            files.partitions[1][2] -= 4
        self.refuses_catalog("covered", cut)

    def test_should_refuse_arrays_that_overlap_or_mix_modes(self):
        self.refuses_array("overlap", 2, 5, 168_064)
        self.refuses_array("two modes", 2, 1, 1)

    def test_should_refuse_unknown_codes_and_bad_shapes(self):
        for field in (0, 1, 2):
            for value in (0, 7, -1):
                self.refuses_array("unknown", 0, field, value)
        self.refuses_array("dimension below 1", 0, 9, [10, 0])
        self.refuses_array("dimension below 1", 0, 9, [-10])
        self.refuses_array("dimensions are not 0 to 32", 0, 9, [1] * 33)

    def test_should_refuse_bad_names(self):
        self.refuses_array("1 to 255 bytes", 0, 8, "")
        self.refuses_array("1 to 255 bytes", 0, 8, "n" * 256)
        self.refuses_array("UTF-8", 0, 8, "\udcff")
        for name in ("\0", "a\n", "\x7f", "\x85"):
            self.refuses_array("control characters", 0, 8, name)
        self.refuses_array("of one name", 0, 8, "b")
        self.refuses_array("of one name", 0, 8, "b/part")

    def test_should_refuse_bad_aliases(self):
        for field, value, part in [
                (0, 8, "alias of no array"), (0, -1, "alias of no array"),
                (1, -1, "outside its array"), (1, 20_981, "outside its array"),
                (2, 3, "unknown order"), (4, [2**31 - 1] * 32, "outside its array"),
                (4, [1] * 33, "dimensions")]:
            self.refuses_catalog(part, lambda f: f.aliases[0].__setitem__(field, value))

    def test_should_refuse_a_length_that_does_not_fit_the_catalog(self):
        control = self.files.control() + bytes(128)
        struct.pack_into("=q", control, 48, len(control))
        struct.pack_into("=I", control, 64, zlib.crc32(bytes(control[12:64])))
        self.files.write(control)
        self.refuses("does not fit its catalog", f"found={len(control)}",
                     f"expected={len(control) - 128}")


class MutantTest(SegmentTest):
    """Files that were changed at random, some with their checksums made good: refused or read."""

    def test_should_refuse_or_read_mutants(self):
        seed = int(os.environ.get("SHMARRAYS_TEST_SEED", random.randrange(2**32)))
        print(f"MutantTest: seed={seed}", file=sys.stderr)
        chosen = random.Random(seed)
        self.files.write()
        original = bytes(self.files.control())
        attached = 0
        without_pauses = mock.patch("time.sleep", lambda _seconds: None)
        without_pauses.start()
        self.addCleanup(without_pauses.stop)
        for number in range(MUTANTS):
            control = bytearray(original)
            self.change(control, chosen)
            self.files.put("control.dat", bytes(control))
            try:
                with shmarrays.attach("s", self.root, read_timeout=0) as segment:
                    attached += 1
                    for name in [*segment.arrays, *segment.aliases]:
                        segment.view(name).tobytes()
                        segment.read(name)
            except ShmArraysError:
                pass
            except Exception as e:
                raise AssertionError(f"mutant {number} of seed {seed}: {e!r}") from e
        self.assertGreater(attached, 0)
        self.assertLess(attached, MUTANTS)

    @staticmethod
    def change(control, chosen):
        catalog_length = struct.unpack_from("=i", control, 56)[0]
        begin, end = chosen.choice([(0, 512), (1536, 1536 + catalog_length), (0, len(control))])
        for _ in range(chosen.choice([1, 1, 2, 8])):
            offset = chosen.randrange(begin, end)
            if chosen.random() < 0.5:
                control[offset] = chosen.randrange(256)
            else:
                value = chosen.choice([0, 1, -1, 2**31 - 1, -2**31, 64, chosen.getrandbits(16)])
                struct.pack_into("=i", control, min(offset & ~3, len(control) - 4), value)
        if chosen.random() < 0.1:
            del control[chosen.randrange(len(control)):]
        if chosen.random() < 0.8 and len(control) >= 68:
            length = struct.unpack_from("=i", control, 56)[0]
            catalog = bytes(control[1536:1536 + max(length, 0)])
            struct.pack_into("=I", control, 60, zlib.crc32(catalog))
            struct.pack_into("=I", control, 64, zlib.crc32(bytes(control[12:64])))


class ViewTest(SegmentTest):
    def test_should_show_types_shapes_and_orders(self):
        self.files.write()
        w = np.arange(256, dtype=np.float32)
        b = np.arange(21_000, dtype=np.float64)
        self.files.fill(4, w)
        self.files.fill(1, b)
        self.files.fill(3, np.array([0x3F80, 0xC000] * 5, np.uint16))
        self.files.fill(5, np.int64(-2**40))
        self.files.fill(6, np.array([-7, 9], np.int32))
        self.files.fill(7, np.array([1, 2, 3, 0.5, 5, 6, 7], np.float16))
        segment = self.attach()
        for get in (segment.view, segment.read_array):
            np.testing.assert_array_equal(get("w"), w.reshape((16, 16), order="F"))
            self.assertTrue(get("w").flags.f_contiguous)
            np.testing.assert_array_equal(get("b"), b.reshape(3, 7000))
            np.testing.assert_array_equal(get("b/part"), b[3:23].reshape((2, 10), order="F"))
            np.testing.assert_array_equal(get("w/middle"), w[120:140].reshape(4, 5))
            self.assertEqual(get("h").shape, ())
            self.assertEqual(get("h")[()], -2**40)
            np.testing.assert_array_equal(get("k"), np.array([-7, 9], np.int32))
            np.testing.assert_array_equal(get("z"), np.array([1, 2, 3, 0.5, 5, 6, 7], np.float16))
            np.testing.assert_array_equal(
                shmarrays.bfloat16_to_float32(get("half/ß")),
                np.array([1, -2] * 5, np.float32).reshape(2, 5))
        for name in segment.arrays:
            self.assertIsInstance(segment.view(name), np.memmap)
            self.assertFalse(segment.view(name).flags.writeable)
            self.assertEqual(segment.view(name).dtype, segment.arrays[name].dtype)

    def test_should_show_state_of_16_bit_arrays_as_float32(self):
        self.files.aliases.append([7, 2, 1, "z/tail", [5]])
        self.files.write()
        state = [np.arange(7, dtype=np.float32) / 3 + k for k in range(2)]
        for k in range(2):
            self.files.fill(7, state[k], k)
        segment = self.attach()
        for get in (segment.view, segment.read_array):
            for k in range(2):
                found = get("z", state=k)
                self.assertEqual((found.dtype, found.shape), (np.float32, (7,)))
                np.testing.assert_array_equal(found, state[k])
                np.testing.assert_array_equal(get("z/tail", state=k), state[k][2:])
            self.assertEqual(get("z").dtype, np.float16)
        self.assertEqual((segment.arrays["z"].rounding, segment.arrays["z"].seed),
                         ("STOCHASTIC", -3))

    def test_should_not_write_where_numpy_would_round_otherwise(self):
        self.files.arrays[3][1] = 1
        for seed in (0, 2**63 - 1, -2**63):
            self.files.roundings[3] = (2, seed)
            self.files.write()
            segment = self.attach()
            self.assertEqual(segment.arrays["half/ß"].seed, seed)
            with self.assertRaisesRegex(ValueError, "rounded stochastically.*'half/ß'"):
                segment.view("half/ß", writeable=True)
            self.assertEqual(segment.view("half/ß").shape, (2, 5))

    def test_should_write_hogwild_arrays_in_place_and_nothing_else(self):
        self.files.write()
        segment = self.attach()
        writeable = segment.view("b", writeable=True)
        writeable += 2
        segment.view("b/part", writeable=True)[1, 9] = 7
        self.assertEqual(segment.view("b")[0, 22], 7)
        self.assertEqual(segment.read("b")["b"].sum(), 2 * 21_000 + 5)
        data = (self.files.directory / "data-0.dat").read_bytes()
        self.assertEqual(np.frombuffer(data, np.float64, 1, 64 + 22 * 8)[0], 7)
        self.assertEqual(data[:16], UID)
        self.assertFalse(any(data[168_064:]))
        for name in segment.arrays:
            if name != "b":
                with self.assertRaisesRegex(ValueError, f"name='{name}', mode="):
                    segment.view(name, writeable=True)
            with self.assertRaises(ValueError):
                segment.view(name)[...] = 1

    def test_should_show_state_arrays_read_only(self):
        self.files.write()
        self.files.fill(4, np.full(256, 3, np.float32), state=0)
        segment = self.attach()
        for get in (segment.view, segment.read_array):
            self.assertEqual(get("w", state=0).sum(), 3 * 256)
            self.assertEqual(get("w/middle", state=0).shape, (4, 5))
            self.assertEqual(get("w").sum(), 0)
            for name, state in (("w", 1), ("w", -1), ("b", 0)):
                with self.assertRaisesRegex(ValueError, f"state={state}, state_arrays="):
                    get(name, state=state)
        with self.assertRaises(ValueError):
            segment.view("w", state=0, writeable=True)

    def test_should_outlive_the_segment(self):
        self.files.write()
        with self.attach() as segment:
            view = segment.view("b", writeable=True)
            copy = segment.read_array("w")
        segment.close()
        view[0, 0] = 1
        self.assertEqual(copy[0, 0], 0)
        for call in (segment.read, lambda: segment.view("b"), lambda: segment.read_array("w")):
            with self.assertRaisesRegex(ValueError, "segment is closed: name=s"):
                call()

    def test_should_say_which_arrays_there_are(self):
        self.files.write()
        segment = self.attach()
        for call in (segment.view, segment.read, segment.read_array):
            with self.assertRaisesRegex(NoSuchArrayError, "name=x, .*'half/ß'.*'b/part'"):
                call("x")
        self.assertIn("b/part", segment)
        self.assertNotIn("x", segment)

    def test_should_leave_no_descriptor_behind(self):
        self.files.write()
        before = len(os.listdir("/proc/self/fd"))
        for _ in range(3):
            with shmarrays.attach("s", self.root) as segment:
                segment.read()
                segment.view("b", writeable=True)
        with self.assertRaises(SegmentNotFoundError):
            shmarrays.attach("t", self.root)
        self.files.poke("data-1.dat", 0, b"x")
        with self.assertRaises(InvalidSegmentError):
            shmarrays.attach("s", self.root)
        self.assertEqual(len(os.listdir("/proc/self/fd")), before)


def add_one(array):
    """In a process of its own, which says whether it has the memory itself."""
    array += 1
    return float(array.flat[0])


class ImportTest(SegmentTest):
    """Files of numpy and safetensors, into HOGWILD arrays."""

    def setUp(self):
        super().setUp()
        self.files.regions = [[1024, 0, 1]]
        self.files.partitions = [[0, 64, 64], [0, 128, 960 - 64]]
        # a LOCKED, all others HOGWILD: c of order F, h float16, n bfloat16, i int32, w and w.npy.
        self.files.arrays = [
            [1, 3, 1, 0, 0, 64, 0, 1, "a", [2]],
            [1, 1, 2, 0, 0, 128, 1, 1, "c", [2, 3]],
            [5, 1, 1, 0, 0, 192, 1, 1, "h", [2]],
            [6, 1, 1, 0, 0, 256, 1, 1, "n", [2]],
            [3, 1, 1, 0, 0, 320, 1, 1, "i", [2]],
            [1, 1, 1, 0, 0, 384, 1, 1, "w", [1]],
            [1, 1, 1, 0, 0, 448, 1, 1, "w.npy", [1]],
            [1, 1, 1, 0, 0, 512, 1, 1, "s", []]]
        self.files.roundings = {}
        self.files.aliases = [[1, 0, 1, "c/first", [2]]]
        self.files.write()
        self.segment = self.attach()

    def file(self, name, data):
        path = self.root / name
        path.write_bytes(data)
        return path

    def safetensors(self, header, data=b""):
        text = header.encode() if isinstance(header, str) else header
        return self.file("t.safetensors", len(text).to_bytes(8, "little") + text + data)

    def one(self, dtype, values):
        data = values.tobytes()
        return self.safetensors(json.dumps({"x": {
            "dtype": dtype, "shape": list(values.shape), "data_offsets": [0, len(data)]}}), data)

    def refuses_file(self, path, *parts, names=None, error=shmarrays.InvalidArrayFileError):
        before = self.segment.read()
        with self.assertRaises(error) as raised:
            self.segment.import_file(path, names)
        for part in parts:
            self.assertIn(part, str(raised.exception))
        for name, values in self.segment.read().items():
            np.testing.assert_array_equal(values, before[name])

    def test_should_import_what_numpy_has_saved(self):
        values = {"c": np.asfortranarray(np.arange(6).reshape(2, 3).astype(">f8")),
                  "h": np.float32([0.5, -2]), "n": np.uint16([0x3F80, 0x4000]),
                  "i": np.int64([-3, 4]), "w": np.int32([4]), "w.npy": np.float64([5]),
                  "s": np.float32([3])}
        for save in [np.savez, np.savez_compressed]:
            save(self.root / "v.npz", **values)
            self.assertEqual(list(values), self.segment.import_file(self.root / "v.npz"))
            for name, expected in values.items():
                np.testing.assert_array_equal(self.segment.read_array(name),
                                              expected.reshape(() if name == "s" else -1)
                                              if name != "c" else expected)
        np.save(self.root / "c.npy", np.ones((2, 3)))
        self.assertEqual(["c"], self.segment.import_file(self.root / "c.npy"))
        self.assertEqual(6, self.segment.read_array("c").sum())

    def test_should_import_safetensors_by_other_names(self):
        path = self.one("BF16", np.uint16([0x3F80, 0x4000]))
        names = {"n": "x", "h": "x", "i": "x", "c/first": "x"}
        self.assertEqual(list(names), self.segment.import_file(path, names))
        for name in ["h", "i", "c/first"]:
            self.assertEqual([1, 2], self.segment.read_array(name).tolist())
        self.assertEqual([0x3F80, 0x4000], self.segment.read_array("n").tolist())

    def test_should_refuse_what_an_array_can_not_hold(self):
        for dtype, values, name, part in [
                ("F32", np.float32([0, 1e-9]), "h",
                 "a value is not one of FLOAT16, convert it first, element=[1]"),
                ("F32", np.float32([0, 1.001]), "n", "a value is not one of BFLOAT16"),
                ("F64", np.float64([1.5, 0]), "i", "element=[0], value=1.5"),
                ("F64", np.float64([2.0**31, 0]), "i", "element=[0]"),
                ("F64", np.float64([0, -0.0]), "i", "element=[1]"),
                ("F64", np.float64([np.nan, 0]), "i", "element=[0]"),
                ("I64", np.int64([2**31, 0]), "i", "element=[0]"),
                ("I64", np.int64([2**63 - 1, 0]), "c/first", "element=[0]"),
                ("U64", np.uint64([2**64 - 1, 0]), "c/first", "element=[0]"),
                ("I32", np.int32([70_000, 0]), "h", "element=[0]"),
                ("F16", np.float16([1, np.nan]), "h", "a value is not finite, element=[1]"),
                ("F64", np.float64([1, np.inf]), "n", "a value is not finite, element=[1]"),
                ("BF16", np.uint16([0x7F80, 0]), "n", "a value is not finite, element=[0]"),
                ("U16", np.uint16([1, 2]), "n", "integers are no bfloat16s"),
                ("U16", np.uint16([1, 2]), "h", "may be numbers or bits"),
                ("I8", np.int8([1, 2]), "n", "integers are no bfloat16s"),
                ("BOOL", np.array([True, False]), "h", "can't be converted, dtype=BOOL"),
                ("F8_E4M3", np.uint8([1, 2]), "h", "can't be converted, dtype=F8_E4M3"),
                ("C64", np.complex64([1, 2]), "h", "can't be converted, dtype=C64"),
                ("F32", np.float32([1, 2, 3]), "h", "another shape, found=(3,), expected=(2,)")]:
            with self.subTest(dtype=dtype, values=values, name=name):
                path = self.one(dtype, values)
                self.refuses_file(path, part, "name=x", f"array={name}", names={name: "x"})
        self.segment.import_file(self.one("F32", np.float32([np.nan, np.inf])), {"h": "x"},
                                 allow_non_finite=True)
        self.assertTrue(np.isnan(self.segment.read_array("h")[0]))

    def test_should_refuse_other_names_and_modes(self):
        path = self.one("F32", np.float32([1, 2]))
        self.refuses_file(path, "name=x", error=NoSuchArrayError)
        self.refuses_file(path, "name=y", "arrays=['x']", names={"h": "y"})
        self.refuses_file(path, "`shmarrays import`", "LOCKED", names={"h": "x", "a": "x"},
                          error=ValueError)
        self.refuses_file(path, "overlap", names={"c": "x", "c/first": "x"}, error=ValueError)
        self.refuses_file(self.root / "none", error=FileNotFoundError)

    def test_should_refuse_damaged_files(self):
        whole = {"x": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}

        def tensor(**changes):
            return json.dumps({"x": {**whole["x"], **changes}})

        v = json.dumps({"dtype": "F32", "shape": [1], "data_offsets": [0, 4]})
        for header, part in [
                ("{", "can't import the file"), ("[]", "begin with {"), ("", "begin with {"),
                (b'{"\xff":1}', "utf-8"), ("[" * 9_999, "begin with {"),
                ('{"x":' + "[" * 99_999, "can't import the file"),
                ('{"x":{}}', "expected dtype"), (tensor(more=1), "expected dtype"),
                (tensor(data_offsets=[0]), "no whole numbers"),
                (tensor(data_offsets=[-8, 0]), "no whole numbers"),
                (tensor(shape=[2.0]), "no whole numbers"), (tensor(shape=[True, 2]), "no whole"),
                (tensor(data_offsets=[8, 0]), "don't match"), (tensor(shape=[3]), "don't match"),
                (tensor(dtype="F99"), "unknown dtype"), (tensor(dtype=[]), "unknown dtype"),
                (tensor(shape=[4], data_offsets=[0, 16]), "out of the file"),
                (tensor(shape=[1], data_offsets=[4, 8]), "have a gap"),
                (tensor(shape=[1], data_offsets=[0, 4]), "another length"),
                ("{}", "another length"),
                ('{"__metadata__":{"a":1}}', "object of strings"),
                (f'{{"v":{v},"v":{v}}}', "duplicate key in JSON: 'v'"),
                (f'{{"v":{v},"x":{json.dumps(whole["x"])}}}', "overlap")]:
            with self.subTest(header=header[:60]):
                self.refuses_file(self.safetensors(header, bytes(8)), part)
        good = self.one("F32", np.float32([1, 2])).read_bytes()
        for length in range(len(good)):
            self.refuses_file(self.file("cut", good[:length]), "can't import the file")
        self.refuses_file(self.file("long", (10**9).to_bytes(8, "little") + b"{}"), "too long")
        np.savez(self.root / "v.npz", h=np.zeros(2))
        npz = (self.root / "v.npz").read_bytes()
        for length in range(0, len(npz), 7):
            self.refuses_file(self.file("cut", npz[:length]), "can't import the file")
        at = npz.index(bytes(16))
        self.refuses_file(self.file("bad", npz[:at] + b"\1" + npz[at + 1:]), "CRC")
        np.save(self.root / "h.npy", np.zeros(2))
        npy = (self.root / "h.npy").read_bytes()
        for data in [npy[:-1], npy + b"x", npy[:20], npy[:7]]:
            self.refuses_file(self.file("h.npy", data), "can't import the file")


class OtherProcessTest(SegmentTest):
    """Views in other processes: the same memory, or a refusal, and never a silent copy."""

    def setUp(self):
        super().setUp()
        self.files.write()
        self.segment = self.attach()
        self.b = self.segment.view("b", writeable=True)
        self.b[...] = np.arange(21_000).reshape(3, 7000)

    def sent(self, value):
        """What another process would get, as multiprocessing sends it."""
        return ForkingPickler.loads(ForkingPickler.dumps(value))

    def parts(self):
        b = self.b
        return {
            "whole": b, "slice": b[1], "part of it": b[1:, 2:5], "every third": b[:, ::3],
            "backwards": b[::-1, ::-2], "transposed": b.T, "reshaped": b.reshape(7, 3000),
            "flat": b.ravel(), "new axis": b[None, :, None], "swapped": b.swapaxes(0, 1),
            "other type": b.view(np.int64), "one element": b[1:2, 3:4], "ellipsis": b[..., 5],
            "squeezed": b[:1].squeeze(), "broadcast": np.broadcast_to(b[0], (2, 7000), subok=True),
            "alias": self.segment.view("b/part", writeable=True),
            "part of alias": self.segment.view("b/part", writeable=True)[1, 3:],
            "order F": self.segment.view("w"), "transposed F": self.segment.view("w").T,
            "state": self.segment.view("w", state=0)[2:4],
            "scalar": self.segment.view("h"), "bits": self.segment.view("half/ß")[0]}

    def test_should_be_the_same_memory(self):
        for name, part in self.parts().items():
            with self.subTest(name):
                for load in (self.sent,
                             lambda p: pickle.loads(pickle.dumps(p, 5)),
                             lambda p: pickle.loads(pickle.dumps(p, 0)),
                             lambda p: self.sent(np.asarray(p)),
                             lambda p: self.sent(self.sent(p))):
                    other = load(part)
                    self.assertIsInstance(other, shmarrays.View)
                    self.assertEqual((other.dtype, other.shape), (part.dtype, part.shape))
                    self.assertEqual(other.flags.writeable, part.flags.writeable)
                    np.testing.assert_array_equal(other, part)
                    self.assertFalse(np.may_share_memory(other, part), "another mapping")
                    if part.flags.writeable and part.dtype == np.float64:
                        other[...] += 1
                        np.testing.assert_array_equal(other, part)

    def test_should_keep_that_a_view_is_read_only(self):
        frozen = self.b[1]
        frozen.flags.writeable = False
        for view in (frozen, self.segment.view("b"), self.segment.view("w", state=0)):
            with self.assertRaises(ValueError):
                self.sent(view)[...] = 1

    def test_should_send_values_of_what_is_private(self):
        b = self.b
        for name, private in {
                "sum": b + 1, "negative": -b, "comparison": b > 3, "product": b @ b.T,
                "copy": b.copy(), "type": b.astype(np.float32), "deep copy": copy.deepcopy(b),
                "shallow copy": copy.copy(b), "array": np.array(b),
                "subclass": np.array(b, subok=True),
                "rows": b[[0, 2]], "mask": b[b > 5], "flattened": b.flatten(), "take": b.take([1]),
                "mean": b.mean(axis=0), "joined": np.concatenate([b, b]),
                "where": np.where(b > 1, b, 0),
                "repeated": b.repeat(2), "sorted": np.sort(b)}.items():
            with self.subTest(name):
                self.assertFalse(np.may_share_memory(private, b))
                expected = np.array(private)
                other = self.sent(private)
                self.assertIs(type(other), np.ndarray)
                b += 1
                np.testing.assert_array_equal(other, expected)
                b -= 1
        for name, number in {"element": b[1, 2], "sum": b.sum(), "largest": b.max(),
                             "0-d": np.add(b[0, 1:2].squeeze(), 1)}.items():
            with self.subTest(name):
                self.assertIsInstance(self.sent(number), np.float64)
        self.assertIsInstance(copy.deepcopy({"b": b})["b"], np.ndarray)
        self.assertIsInstance(np.add(b, 1, out=b), shmarrays.View)

    def test_should_save_values(self):
        file = self.root / "b.npy"
        np.save(file, self.b)
        np.testing.assert_array_equal(np.load(file), self.b)

    def test_should_send_segments(self):
        other = self.sent(self.segment)
        self.addCleanup(other.close)
        self.b[2, 3] = -5
        self.assertEqual(other.uid, self.segment.uid)
        self.assertEqual(other.read("b")["b"][2, 3], -5)
        self.segment.close()
        with self.assertRaisesRegex(ValueError, "closed"):
            self.sent(self.segment)
        self.assertEqual(self.sent(self.b)[2, 3], -5, "views outlive the segment's handle")

    def test_should_refuse_what_is_gone_on_both_sides(self):
        sent = [ForkingPickler.dumps(value) for value in (self.b, self.b[1], self.segment)]
        for path in self.files.directory.iterdir():
            path.unlink()
        self.files.directory.rmdir()
        for value in (self.b, self.b.T, np.asarray(self.b)):
            with self.assertRaisesRegex(SegmentRemovedError, "hand over a copy, numpy.array"):
                self.sent(value)
        with self.assertRaises(SegmentRemovedError):
            self.sent(self.segment)
        for data in sent:
            with self.assertRaises(SegmentNotFoundError):
                ForkingPickler.loads(data)
        Files(self.root).write()
        with self.assertRaises(SegmentRemovedError):
            self.sent(self.b)

    def test_should_refuse_another_segment_of_the_name(self):
        sent = [ForkingPickler.dumps(value) for value in (self.b, self.segment)]
        with mock.patch(f"{__name__}.UID", bytes(range(2, 18))):
            self.files.write()
        for data in sent:
            with self.assertRaisesRegex(SegmentRemovedError, "another one has its name"):
                ForkingPickler.loads(data)

    def test_should_work_in_processes(self):
        before = self.b[0, 0]
        # Python 3.12 warns of any fork beside threads, such as those of a pool that has ended.
        caught = warnings.catch_warnings()
        caught.__enter__()
        self.addCleanup(caught.__exit__, None, None, None)
        warnings.simplefilter("ignore", DeprecationWarning)
        for method in ("spawn", "fork"):
            context = multiprocessing.get_context(method)
            with context.Pool(1) as pool:
                self.assertEqual(pool.map(add_one, [self.b, self.b[:, :1], np.asarray(self.b.T)]),
                                 [before + 1, before + 2, before + 3])
            before += 3
            process = context.Process(target=add_one, args=(self.b,))
            process.start()
            process.join(60)
            self.assertEqual(process.exitcode, 0)
            before += 1
            self.assertEqual(self.b[0, 0], before)
        fork = multiprocessing.get_context("fork")
        with concurrent.futures.ProcessPoolExecutor(1, fork) as pool:
            self.assertEqual(pool.submit(add_one, self.b).result(60), before + 1)
        self.assertEqual(self.b[0, 0], before + 1)


class VanishedTest(SegmentTest):
    """Files that are deleted or replaced from outside while they are mapped."""

    def test_should_be_seen_by_the_next_call(self):
        for name in ["control.dat", *self.files.names()]:
            for harm in ("delete", "replace"):
                with self.subTest(name=name, harm=harm):
                    self.files.write()
                    segment = self.attach()
                    view = segment.view("w")
                    segment.read()
                    path = self.files.directory / name
                    kept = path.rename(self.root / "kept")
                    if harm == "replace":
                        path.write_bytes(kept.read_bytes())
                    for call in (segment.read, lambda: segment.view("b")):
                        with self.assertRaisesRegex(SegmentVanishedError, f"file=.*{name}"):
                            call()
                    self.assertEqual(view.sum(), 0)
                    path.unlink(missing_ok=True)

    def test_should_not_be_taken_for_a_removal(self):
        self.files.write()
        segment = self.attach()
        self.files.poke_long(256, 1)
        (self.files.directory / "data-0.dat").unlink()
        with self.assertRaises(SegmentRemovedError) as raised:
            segment.read()
        self.assertNotIsInstance(raised.exception, SegmentVanishedError)


class ReadTest(SegmentTest):
    """Consistent reads: docs/format/versions.md, V1 to V6."""

    def setUp(self):
        super().setUp()
        self.files.write()
        self.files.fill(4, np.ones(256, np.float32))

    def changing(self, changes):
        """Makes a change after each copy of values."""
        copy = shmarrays.Segment._copy

        def copy_and_change(plan, runs, targets):
            copy(plan, runs, targets)
            if changes:
                changes.pop(0)()

        return mock.patch.object(shmarrays.Segment, "_copy", staticmethod(copy_and_change))

    def write_seventh(self, value, version):
        self.files.fill(4, np.full(256, value, np.float32))
        self.files.set_version(7, version)

    def test_should_count_partitions_read(self):
        segment = self.attach()
        self.assertEqual(sorted(segment.read()), sorted(segment.arrays))
        self.assertEqual((segment.partitions_read, segment.retries), (5, 0))
        self.assertEqual(segment.read("w/middle", "w")["w/middle"].sum(), 20)
        self.assertEqual((segment.partitions_read, segment.retries), (7, 0))
        segment.read("b", "half/ß")
        self.assertEqual((segment.partitions_read, segment.retries), (7, 0))

    def test_should_read_a_changed_partition_again(self):
        segment = self.attach()
        with self.changing([lambda: self.write_seventh(2, 2), lambda: self.write_seventh(3, 4)]):
            w = segment.read_array("w").reshape(-1, order="F")
        np.testing.assert_array_equal(w, [1] * 128 + [3] * 128)
        self.assertEqual((segment.partitions_read, segment.retries), (2, 2))

    def test_should_wait_for_the_holder_of_an_odd_version(self):
        self.files.set_version(7, 5)
        self.files.set_lock(7, 1 << 16 | 2)
        sleeps = []

        def free(_seconds):
            sleeps.append(_seconds)
            if len(sleeps) == 150:
                self.write_seventh(9, 6)
                self.files.set_lock(7, 0)

        segment = self.attach()
        with mock.patch("time.sleep", free):
            self.assertEqual(segment.read_array("w")[15, 15], 9)
        self.assertEqual(segment.retries, 150)
        self.assertEqual(sleeps[0], 0)
        self.assertGreater(sleeps[-1], 0)

    def test_should_give_up_and_name_the_holder(self):
        self.files.set_version(7, 5)
        self.files.set_lock(7, 1 << 16 | 2)
        self.files.poke_long(self.files.slots() + 1280 + 16, 4242)
        segment = self.attach(read_timeout=0.02)
        with self.assertRaises(TornReadError) as raised:
            segment.read("a", "w")
        for part in ("segment=s", "partition=7", "arrays=['w']", "slot=1", "process=4242"):
            self.assertIn(part, str(raised.exception))
        self.assertGreaterEqual(raised.exception.values["seconds"], 0.02)
        self.assertEqual(raised.exception.values["tries"], segment.retries)
        self.assertEqual(segment.read("a")["a"].sum(), 0)

    def test_should_give_up_where_versions_never_rest(self):
        segment = self.attach(read_timeout=0)
        versions = iter(range(2, 10_000, 2))
        with self.changing([lambda: self.write_seventh(1, next(versions))] * 4_000):
            with self.assertRaisesRegex(TornReadError, "partition=7, .*lock=0"):
                segment.read("w")

    def test_should_say_at_once_that_a_partition_is_damaged(self):
        self.files.set_version(8, 7)
        segment = self.attach(read_timeout=1_000)
        with self.assertRaises(DamagedPartitionError) as raised:
            segment.read()
        for part in ("segment=s", "partition=8", "arrays=['h', 'k']", "version=7"):
            self.assertIn(part, str(raised.exception))
        self.assertEqual(segment.view("h"), 0)
        self.assertEqual(segment.read("w")["w"].sum(), 256)

    def test_should_see_removal_also_while_it_waits(self):
        self.files.set_version(7, 5)
        self.files.set_lock(7, 1 << 16 | 2)
        segment = self.attach(read_timeout=1_000)
        with mock.patch("time.sleep", lambda _seconds: self.files.poke_long(256, 1)):
            with self.assertRaisesRegex(SegmentRemovedError, "name=s"):
                segment.read("w")
        for call in (segment.read, lambda: segment.view("b"), lambda: segment.read_array("b")):
            with self.assertRaises(SegmentRemovedError):
                call()

    def test_should_read_into_memory_that_is_given(self):
        segment = self.attach()
        out = np.zeros((16, 16), np.float32, order="F")
        self.assertIs(segment.read_array("w", out), out)
        self.assertEqual(out.sum(), 256)
        for bad in (np.zeros((16, 16), np.float32), np.zeros((16, 16), order="F"),
                    np.zeros(256, np.float32)):
            with self.assertRaisesRegex(ValueError, "out does not fit: name='w'"):
                segment.read_array("w", bad)
        with self.assertRaises(ValueError):
            segment.read_array("b", segment.view("b"))

    def test_should_refuse_locked_arrays_where_loads_have_no_order(self):
        for machine in ("aarch64", "ppc64le"):
            with mock.patch("platform.machine", return_value=machine):
                segment = self.attach()
                with self.assertRaisesRegex(UnsupportedMachineError, rf"'w'\], machine={machine}"):
                    segment.read("b", "w")
                self.assertEqual(segment.read("b", "half/ß")["b"].sum(), 0)
                self.assertEqual(segment.view("w").sum(), 256)


class LookTest(SegmentTest):
    """inspect, list_segments and the command line."""

    def command(self, *arguments):
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = shmarrays.main([*arguments, "--directory", str(self.root)])
        return code, out.getvalue(), err.getvalue()

    def test_should_show_arrays_and_aliases(self):
        self.files.write()
        segment = self.attach()
        rows = segment.inspect()
        self.assertEqual([row["name"] for row in rows],
                         ["a", "b", "b/part", "c", "half/ß", "w", "w/middle", "h", "k", "z"])
        self.assertEqual(rows[6], {
            "name": "w/middle", "alias of": "w", "type": "FLOAT32", "shape": (4, 5), "order": "C",
            "mode": "LOCKED", "partitions": 2, "state_arrays": 1, "rounding": "", "bytes": 80,
            "region": 1, "offset": 64 + 120 * 4})
        lines = str(rows).splitlines()
        self.assertEqual(len(lines), 11)
        self.assertEqual(" ".join(lines[6].split()), "w FLOAT32 16 × 16 F LOCKED 2 1 1024 1 64")
        self.assertIn("LOCKED 1 2 STOCHASTIC 14", " ".join(lines[10].split()))
        self.assertIn("scalar", lines[8])
        high, low = struct.unpack("=qq", UID)
        self.assertEqual(segment.uid.int, high << 64 | low)

    def test_should_escape_names_in_tables_and_messages(self):
        self.files.arrays[0][8] = "a\u202e\u2066"
        self.files.aliases[0][3] = "b/\U000e0041"
        self.files.write()
        segment = self.attach()
        rows = segment.inspect()
        self.assertEqual(rows[0]["name"], "a\u202e\u2066")
        for text in (str(rows), repr(rows), self.command("inspect", "s")[1]):
            self.assertIn("a\\u202e\\u2066 ", text)
            self.assertIn("b/\\U000e0041 ", text)
            self.assertNotRegex(text, "[\u202e\u2066\U000e0041]")
        with self.assertRaises(NoSuchArrayError) as raised:
            segment.read("x\u202e\x1b[2J")
        self.assertIn("name=x\\u202e\\u001b[2J, ", str(raised.exception))
        self.assertNotRegex(str(raised.exception), "[\u202e\u2066\x1b]")
        self.assertEqual(raised.exception.values["name"], "x\u202e\x1b[2J")

    def test_should_list_segments_alone(self):
        for name in ("t", "s"):
            Files(self.root, name).write()
        (self.root / ".creating-u-1").mkdir()
        (self.root / "file").touch()
        (self.root / "link").symlink_to(self.root / "s")
        self.assertEqual(shmarrays.list_segments(self.root), ["s", "t"])
        self.assertEqual(shmarrays.list_segments(self.root / "nowhere"), [])

    def test_should_answer_commands(self):
        self.files.write()
        Files(self.root, "bad").write().poke_long(256, 1)
        code, out, err = self.command("ls")
        self.assertEqual((code, err), (0, ""))
        self.assertRegex(out.splitlines()[1], r"^bad +0 .*segment was removed: name=bad")
        self.assertRegex(out.splitlines()[2], r"^s +8 +169134 ")
        code, out, err = self.command("inspect", "s")
        self.assertEqual((code, err), (0, ""))
        self.assertIn("arrays=8, partitions=10, regions=3", out)
        self.assertIn(str(self.attach().inspect()), out)
        for name, part in (("x", "segment not found: name=x"), ("../s", "not a segment's name")):
            code, out, err = self.command("inspect", name)
            self.assertEqual((code, out), (1, ""))
            self.assertIn(part, err)

    def test_should_run_as_a_program(self):
        self.files.write()
        done = subprocess.run([sys.executable, shmarrays.__file__, "ls", "--directory", self.root],
                              stdout=subprocess.PIPE, timeout=60, check=True)
        self.assertIn(b"s ", done.stdout)

    def test_should_choose_this_users_directory(self):
        with mock.patch("os.access", return_value=True):
            directory = shmarrays.default_directory()
        self.assertEqual(directory.parent, pathlib.Path("/dev/shm"))
        self.assertRegex(directory.name, "^shmarrays-.")
        with mock.patch("os.access", return_value=False), \
                mock.patch("pwd.getpwuid", side_effect=KeyError):
            self.assertEqual(shmarrays.default_directory(), pathlib.Path(f"/tmp/shmarrays-{os.geteuid()}"))


class Bfloat16Test(unittest.TestCase):
    def test_should_widen_exactly(self):
        bits = np.uint16([0x0000, 0x8000, 0x3F80, 0xC000, 0x3EAB, 0x7F80, 0xFF80, 0x0001])
        expected = [0, -0.0, 1, -2, 0.333984375, np.inf, -np.inf, 2.0**-133]
        np.testing.assert_array_equal(shmarrays.bfloat16_to_float32(bits), np.float32(expected))
        self.assertTrue(np.isnan(shmarrays.bfloat16_to_float32(np.array(0x7FC0, np.uint16))))
        with self.assertRaisesRegex(ValueError, "dtype=float32"):
            shmarrays.bfloat16_to_float32(np.zeros(1, np.float32))

    def test_should_round_to_nearest_and_ties_to_even(self):
        # 1 + 2^-8 lies between 0x3F80 (1) and 0x3F81 (1 + 2^-7), 1 + 3 * 2^-8 between this and
        # 0x3F82.
        values = np.array([1, 1 + 2**-8, 1 + 3 * 2**-8, 1 + 2**-8 + 2**-20, 3.4e38, -1e-45, 0.1],
                          np.float32)
        np.testing.assert_array_equal(shmarrays.float32_to_bfloat16(values),
                                      [0x3F80, 0x3F80, 0x3F82, 0x3F81, 0x7F80, 0x8000, 0x3DCD])
        nans = np.array([0x7FFFFFFF, 0xFFFFFFFF, 0x7F800001], np.uint32).view(np.float32)
        widened = shmarrays.bfloat16_to_float32(shmarrays.float32_to_bfloat16(nans))
        self.assertTrue(np.isnan(widened).all())

    def test_should_keep_every_bfloat16(self):
        bits = np.arange(2**16).astype(np.uint16)
        values = shmarrays.bfloat16_to_float32(bits)
        kept = shmarrays.float32_to_bfloat16(values)
        np.testing.assert_array_equal(kept[~np.isnan(values)], bits[~np.isnan(values)])


if __name__ == "__main__":
    unittest.main()
