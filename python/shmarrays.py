#!/usr/bin/env python3
"""Segments of shmarrays, read from Python; arrays of mode HOGWILD are changed in place, too.

    import shmarrays

    with shmarrays.attach("mnist") as segment:
        print(segment.inspect())
        values = segment.read("dense/W", "dense/b")      # copies, each partition of one instant
        live = segment.view("dense/W")                   # a numpy.memmap: the shared memory itself
        hits = segment.view("hits", writeable=True)      # mode HOGWILD alone
        hits += 1                                        # racy, as Hogwild is

Needs Python 3.9 and numpy 1.24 or newer, and nothing else. Written from docs/format, layout
version 3; V1, A5 and the like are steps of its pages. A segment is attached to read-only, without
a slot and without locks, and no other process sees that it is attached. There are no updates under locks from
Python.

What holds, and on which machine:

* Each element that is read or stored is whole, on every machine: elements are aligned to their
  size, and numpy loads and stores them in units of that size at least. `view` promises no more in
  any mode, and `read` no more of HOGWILD and ATOMIC arrays. `view += x` loads, adds and stores:
  what another process adds to the same element meanwhile may be lost.
* `read` copies each partition of LOCKED and ORDERED arrays as it was at one version, on x86-64.
  It rests on the loads of version, values and version again being done in this order (V1 to V4).
  x86-64 does loads in program order, and no compiler moves one call of numpy over another. ARM64
  may load the second version before the values, and Python has no fence against that; so there,
  and on all other machines, `read` of these arrays raises UnsupportedMachineError rather than
  make a check that proves nothing. Everything else works there.
* Several partitions are not of one instant; nor are several arrays, unless they share a partition.

Threads may share a Segment, closing apart; `partitions_read` and `retries` may lack some counts
then.

Views, parts of views and Segments may be handed to other processes of this host: they are pickled
as references, and the other process maps the same memory. See `View`.
"""

from __future__ import annotations

import argparse
import json
import mmap
import os
import platform
import re
import stat
import struct
import sys
import tempfile
import time
import unicodedata
import uuid
import zipfile
import zlib
from pathlib import Path
from typing import (
    Any, BinaryIO, Dict, List, Mapping, NamedTuple, Optional, Sequence, Set, Tuple, Union)

import numpy as np

__all__ = [
    "attach", "list_segments", "default_directory", "Segment", "View", "Table", "Event",
    "bfloat16_to_float32", "float32_to_bfloat16",
    "ShmArraysError", "SegmentNotFoundError", "InvalidSegmentError", "SegmentRemovedError",
    "SegmentVanishedError",
    "NoSuchArrayError", "DamagedPartitionError", "TornReadError", "UnsupportedMachineError",
    "InvalidArrayFileError",
]

# docs/format/layout.md. Offsets are in bytes; those of a structure count from its own start.
LAYOUT_VERSION = 3
MAGIC = b"SHMARRAY"
BYTE_ORDER_MARK = 0x01020304
HEADER = struct.Struct("=8siIqqqqqiII")  # magic to checksum
HEADER_LENGTH = 512
UID = slice(16, 32)  # in the header; the first 16 bytes of data and state files
CHECKED = slice(12, 64)
STATE_OFFSET = 256
CATALOG_OFFSET = 1536
PARTITION_LENGTH, LOCK_OFFSET, VERSION_OFFSET = 256, 0, 128
SLOT_LENGTH, PROCESS_OFFSET = 1280, 16
SLOT_ARRAY_LENGTH = 64
LOCK_TIMES_LENGTH = 512
EVENTS_LENGTH, EVENT_RECORDS, EVENT_LENGTH, EVENT_CAPACITY = 262_656, 512, 256, 1024
EVENT = struct.Struct("=qqqqqqiiii188sI")  # sequence to checksum
REGION_HEADER_LENGTH = 64
ARRAY_ALIGNMENT = 64

MAX_FILE_BYTES = 2**31 - 1
MAX_SLOTS = 4096
MAX_STATE_ARRAYS = 8
MAX_RANK = 32
MAX_PARTITION_BYTES = 262_144
MAX_NAME_BYTES = 255

TYPES = {
    1: ("FLOAT32", np.dtype(np.float32)),
    2: ("FLOAT64", np.dtype(np.float64)),
    3: ("INT32", np.dtype(np.int32)),
    4: ("INT64", np.dtype(np.int64)),
    5: ("FLOAT16", np.dtype(np.float16)),
    6: ("BFLOAT16", np.dtype(np.uint16)),  # numpy has none: the raw bits
}
MODES = {1: "HOGWILD", 2: "ATOMIC", 3: "LOCKED", 4: "ORDERED"}
EVENT_KINDS = {
    1: "created", 2: "joined", 3: "left", 4: "failed", 5: "restarted", 6: "recovered",
    7: "damaged", 8: "set", 9: "stop-asked", 10: "resumed", 11: "checkpoint-written",
    12: "restored", 13: "imported", 14: "worker-stopped", 15: "worker-continued", 16: "measured",
    17: "note",
}
DOUBLE_VALUES = ("set", "measured")  # kinds whose value is a double in a long
ROUNDINGS = {1: "NEAREST", 2: "STOCHASTIC"}
SIXTEEN_BITS = ("FLOAT16", "BFLOAT16")
LOCKED_FAMILY = ("LOCKED", "ORDERED")
ORDERS = {1: "C", 2: "F"}
UNPRINTABLE = ("Cc", "Cf", "Cs", "Zl", "Zp")  # categories of characters that are shown as escapes

_SEGMENT_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,99}")
_CONTROL_CHARACTER = re.compile("[\x00-\x1f\x7f-\x9f]")

# Bytes of partitions that are read between two looks at their versions: with less, many short
# copies cost a fifth of the bandwidth; with more there is little to gain, and more to read again.
_ROUND_BYTES = 4 << 20
_YIELDS = 100
_PARK_SECONDS = 50e-6

_Directory = Union[str, "os.PathLike[str]", None]


class ShmArraysError(Exception):
    """What is wrong, and the values that show it: also as the dictionary `values`."""

    def __init__(self, what: str, **values: Any) -> None:
        shown = ", ".join(f"{name}={_printable(value)}" for name, value in values.items())
        super().__init__(f"{what}: {shown}" if values else what)
        self.values = values


class SegmentNotFoundError(ShmArraysError):
    """There is no segment of this name in the directory."""


class InvalidSegmentError(ShmArraysError):
    """A file is not what docs/format says, or it belongs to another user."""


class SegmentRemovedError(ShmArraysError):
    """The segment was removed. Views go on showing its memory."""


class SegmentVanishedError(SegmentRemovedError):
    """The segment's files were deleted, renamed or replaced from outside."""


class NoSuchArrayError(ShmArraysError, LookupError):
    """The segment has no array and no alias of this name."""


class DamagedPartitionError(ShmArraysError):
    """A partition is half changed, and can't be repaired: restore a checkpoint into it."""


class TornReadError(ShmArraysError):
    """A partition was being changed at each try in time; its holder may be stopped or dead."""


class UnsupportedMachineError(ShmArraysError):
    """What was asked for can't be done on this machine, or by this Python on it."""


class InvalidArrayFileError(ShmArraysError):
    """A file to import is damaged, or its arrays don't match those of the segment."""


class Region(NamedTuple):
    """A data file, and the number of state files that mirror it. `length` is in bytes.

    A state file is `scale` times as long, and so are the offsets in it: 2 for 16-bit arrays.
    """

    length: int
    state_arrays: int
    scale: int

    def file_length(self, state: Optional[int]) -> int:
        return self.length if state is None else self.length * self.scale


class Partition(NamedTuple):
    """A part of a region with a lock and a version of its own. Offset and length are in bytes."""

    region: int
    offset: int
    length: int

    @property
    def end(self) -> int:
        return self.offset + self.length


class Array(NamedTuple):
    """An array of the catalog: elements side by side, from `offset` (bytes) of its region on."""

    name: str
    type: str
    dtype: np.dtype
    mode: str
    order: Any
    state_arrays: int
    region: int
    offset: int
    first_partition: int
    partition_count: int
    rounding: str
    seed: int
    shape: Tuple[int, ...]

    @property
    def state_dtype(self) -> np.dtype:
        """The type of the optimizer's state: float32 for 16-bit arrays."""
        return np.dtype(np.float32) if self.type in SIXTEEN_BITS else self.dtype

    @property
    def element_count(self) -> int:
        return _product(self.shape)

    @property
    def end(self) -> int:
        return self.offset + self.element_count * self.dtype.itemsize

    @property
    def partitions(self) -> range:
        return range(self.first_partition, self.first_partition + self.partition_count)


class Alias(NamedTuple):
    """A run of an array's elements under a name, a shape and an order of its own."""

    name: str
    array: str
    element_offset: int
    order: Any
    shape: Tuple[int, ...]


class Event(NamedTuple):
    """Something that happened to the segment or its workers: docs/format/events.md.

    number: from 0 on. time_ms: since 1970. kind: as the page has it. slot, rank, run, process: whom
    it is about; slot and rank -1 and run 0 for none. value, second_value, text: what the kind says.
    """

    number: int
    time_ms: int
    kind: str
    slot: int
    rank: int
    run: int
    process: int
    value: Union[int, float]
    second_value: int
    text: str


class Table(List[Dict[str, Any]]):
    """Rows, as dictionaries of the same keys; printed, they are a table."""

    def __str__(self) -> str:
        if not self:
            return ""
        cells = [list(self[0])] + [[_cell(value) for value in row.values()] for row in self]
        widths = [max(map(len, column)) for column in zip(*cells)]
        right = [isinstance(value, int) for value in self[0].values()]
        lines = ("  ".join(cell.rjust(width) if number else cell.ljust(width)
                           for cell, width, number in zip(row, widths, right)) for row in cells)
        return "\n".join(line.rstrip() for line in lines)

    __repr__ = __str__


def _cell(value: Any) -> str:
    return " × ".join(map(str, value)) or "scalar" if isinstance(value, tuple) else _printable(value)


def _printable(value: Any) -> str:
    """Text that others have chosen, with control characters, and those that are invisible or turn
    the direction of writing, as \\u001b."""
    return "".join(character if unicodedata.category(character) not in UNPRINTABLE
                   else f"\\u{ord(character):04x}" if ord(character) <= 0xffff
                   else f"\\U{ord(character):08x}" for character in str(value))


def _product(shape: Sequence[int]) -> int:
    product = 1
    for length in shape:
        product *= length
    return product


def _align128(length: int) -> int:
    return -(-length // 128) * 128


def bfloat16_to_float32(bits: np.ndarray) -> np.ndarray:
    """A copy as float32, exact, of the raw bits (uint16) that views and reads of BFLOAT16 give."""
    if bits.dtype != np.uint16:
        raise ValueError(f"bits of bfloat16 are uint16: dtype={bits.dtype}")
    wide = np.asarray(np.left_shift(bits.astype(np.uint32), np.uint32(16)))
    return np.asarray(wide.view(np.float32))


def float32_to_bfloat16(values: np.ndarray) -> np.ndarray:
    """The raw bits (uint16) of the nearest bfloat16s, ties to even, as shmarrays stores them."""
    values = np.asarray(values, dtype=np.float32)
    bits = values.view(np.uint32)
    upper = np.right_shift(bits, np.uint32(16))
    with np.errstate(over="ignore"):  # of NaNs, which are replaced
        rounded = np.right_shift(bits + (upper & np.uint32(1)) + np.uint32(0x7FFF), np.uint32(16))
    return np.where(np.isnan(values), upper | np.uint32(0x40), rounded).astype(np.uint16)


class _Catalog:
    """The catalog, decoded. Refuses one of which not all holds that layout.md lists."""

    def __init__(self, data: bytes, file: Path) -> None:
        self._data = data
        self._file = file
        self._position = 0
        *counts, self.slots, _ = self._ints(6)
        self._check(min(counts) >= 0, "negative count", counts=counts)
        self._check(1 <= self.slots <= MAX_SLOTS, "slots out of range", slots=self.slots)
        regions, partitions, arrays, aliases = counts
        self.regions = [Region(*self._ints(3)) for _ in range(regions)]
        self.partitions = [Partition(*self._ints(3)) for _ in range(partitions)]
        self.arrays = [self._array() for _ in range(arrays)]
        self.aliases = [self._alias() for _ in range(aliases)]
        self._check(self._position == len(data), "bytes left over", read=self._position,
                    length=len(data))
        self._check_regions()
        self._check_partitions()
        self._check_arrays()
        self._check_names()

    # Offsets and lengths in control.dat, in bytes.

    @property
    def partition_blocks(self) -> int:
        return _align128(CATALOG_OFFSET + len(self._data))

    @property
    def slot_records(self) -> int:
        return self.partition_blocks + PARTITION_LENGTH * len(self.partitions)

    @property
    def events(self) -> int:
        stride = _align128(SLOT_ARRAY_LENGTH * len(self.arrays))
        pieces = sum(array.partition_count for array in self.arrays)
        steps_end = self.slot_records + (SLOT_LENGTH + stride) * self.slots + 8 * pieces
        return _align128(steps_end) + LOCK_TIMES_LENGTH * len(self.partitions)

    @property
    def control_length(self) -> int:
        return self.events + EVENTS_LENGTH

    # Decoding.

    def _check(self, condition: bool, what: str, **values: Any) -> None:
        if not condition:
            raise InvalidSegmentError(f"catalog makes no sense: {what}", **values, file=self._file)

    def _bytes(self, length: int) -> bytes:
        begin, self._position = self._position, self._position + length
        self._check(self._position <= len(self._data), "cut short", needed=self._position,
                    length=len(self._data))
        return self._data[begin:self._position]

    def _ints(self, count: int) -> Tuple[int, ...]:
        return struct.unpack(f"={count}i", self._bytes(4 * count))

    def _name_and_shape(self, rank: int) -> Tuple[str, Tuple[int, ...]]:
        self._check(0 <= rank <= MAX_RANK, f"dimensions are not 0 to {MAX_RANK}", rank=rank)
        (length,) = self._ints(1)
        self._check(1 <= length <= MAX_NAME_BYTES, f"name not of 1 to {MAX_NAME_BYTES} bytes",
                    length=length)
        encoded = self._bytes(length + -length % 4)[:length]
        name = encoded.decode("utf-8", "replace")
        self._check(name.encode("utf-8") == encoded, "name is not UTF-8", name=encoded)
        self._check(not _CONTROL_CHARACTER.search(name), "control characters", name=encoded)
        shape = self._ints(rank)
        self._check(min(shape, default=1) >= 1, "dimension below 1", name=name, shape=shape)
        return name, shape

    def _coded(self, codes: Dict[int, Any], what: str, code: int) -> Any:
        self._check(code in codes, f"unknown {what}", code=code, known=list(codes))
        return codes[code]

    def _array(self) -> Array:
        kind, mode, order, state_arrays, region, offset, first, count = self._ints(8)
        rounding, upper, lower, rank = self._ints(4)
        seed = upper << 32 | lower & 0xFFFFFFFF
        name, shape = self._name_and_shape(rank)
        type_name, dtype = self._coded(TYPES, "element type", kind)
        return Array(name, type_name, dtype, self._coded(MODES, "mode", mode),
                     self._coded(ORDERS, "order", order), state_arrays, region, offset, first, count,
                     self._coded(ROUNDINGS, "rounding", rounding), seed, shape)

    def _alias(self) -> Alias:
        array, element_offset, order_and_rank = self._ints(3)
        name, shape = self._name_and_shape(order_and_rank >> 16)
        self._check(0 <= array < len(self.arrays), "alias of no array", name=name, array=array)
        order = self._coded(ORDERS, "order", order_and_rank & 0xFFFF)
        return Alias(name, self.arrays[array].name, element_offset, order, shape)

    # Checking.

    def _check_regions(self) -> None:
        for i, region in enumerate(self.regions):
            self._check(region.length >= REGION_HEADER_LENGTH
                        and region.length % ARRAY_ALIGNMENT == 0
                        and 0 <= region.state_arrays <= MAX_STATE_ARRAYS
                        and 1 <= region.scale <= (2 if region.state_arrays else 1)
                        and region.file_length(0) <= MAX_FILE_BYTES,
                        "no such region can be", number=i, region=region)

    def _check_partitions(self) -> None:
        before = Partition(0, 0, 0)
        for i, partition in enumerate(self.partitions):
            self._check(0 <= partition.region < len(self.regions)
                        and partition.offset >= REGION_HEADER_LENGTH
                        and 1 <= partition.length <= MAX_PARTITION_BYTES
                        and partition.end <= self.regions[partition.region].length,
                        "partition outside its region, or too large", number=i,
                        partition=partition)
            self._check((before.region, before.end) <= (partition.region, partition.offset),
                        "partitions are not sorted, or overlap", number=i, partition=partition,
                        before=before)
            before = partition

    def _check_arrays(self) -> None:
        modes: Dict[int, str] = {}
        for array in self.arrays:
            self._check(0 <= array.region < len(self.regions)
                        and array.offset >= REGION_HEADER_LENGTH
                        and array.offset % ARRAY_ALIGNMENT == 0
                        and array.end <= self.regions[array.region].length
                        and array.state_arrays == self.regions[array.region].state_arrays
                        and (not array.state_arrays or self.regions[array.region].scale
                             == array.state_dtype.itemsize // array.dtype.itemsize),
                        "array does not fit its region", array=array)
            self._check(array.type in SIXTEEN_BITS if array.rounding == "STOCHASTIC"
                        else array.seed == 0, "no such rounding can be", array=array)
            self._check(self._is_covered(array), "array not covered by partitions", array=array)
            for p in array.partitions:
                self._check(modes.setdefault(p, array.mode) == array.mode,
                            "arrays of two modes in a partition", partition=p, array=array)
        self._check(len(modes) == len(self.partitions), "partition without an array",
                    partitions=len(self.partitions), used=len(modes))
        by_place = sorted(self.arrays, key=lambda array: (array.region, array.offset))
        for array, following in zip(by_place, by_place[1:]):
            self._check(array.region < following.region or array.end <= following.offset,
                        "arrays overlap", array=array, following=following)

    def _is_covered(self, array: Array) -> bool:
        """Its partitions go from its first to its last byte without a gap, and cut no element."""
        first, end = array.first_partition, array.first_partition + array.partition_count
        if not 0 <= first < end <= len(self.partitions):
            return False
        pieces = self.partitions[first:end]
        return (all(piece.region == array.region for piece in pieces)
                and pieces[0].offset <= array.offset < pieces[0].end
                and pieces[-1].offset < array.end <= pieces[-1].end
                and all(piece.end == following.offset
                        and (piece.end - array.offset) % array.dtype.itemsize == 0
                        for piece, following in zip(pieces, pieces[1:])))

    def _check_names(self) -> None:
        names: Set[str] = set()
        for name in [array.name for array in self.arrays] + [alias.name for alias in self.aliases]:
            self._check(name not in names, "two arrays or aliases of one name", name=name)
            names.add(name)
        counts = {array.name: array.element_count for array in self.arrays}
        for alias in self.aliases:
            end = alias.element_offset + _product(alias.shape)
            self._check(0 <= alias.element_offset and end <= counts[alias.array],
                        "alias outside its array", alias=alias, elements=counts[alias.array])


class _Identity(NamedTuple):
    """Tells a file from another one that has its name later."""

    device: int
    inode: int

    @staticmethod
    def of(status: os.stat_result) -> _Identity:
        return _Identity(status.st_dev, status.st_ino)

    def is_of(self, path: Union[str, Path]) -> bool:
        """Whether this file has that name now."""
        try:
            return _Identity.of(os.stat(path, follow_symlinks=False)) == self
        except (FileNotFoundError, NotADirectoryError):
            return False


class _Files:
    """A segment's directory, held open, so that all its files are of one creation (A2 to A4)."""

    def __init__(self, root: Path, name: str, foreign_owner: bool) -> None:
        self.path = root / name
        self._allowed = None if foreign_owner else {os.geteuid()}
        root_fd = self._open_directory(root, root, None)
        try:
            self._fd = self._open_directory(Path(name), self.path, root_fd)
        finally:
            os.close(root_fd)
        self._allowed = {os.geteuid(), os.fstat(self._fd).st_uid}

    def _open_directory(self, path: Path, shown: Path, parent_fd: Optional[int]) -> int:
        try:
            fd = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC,
                         dir_fd=parent_fd)
        except (FileNotFoundError, NotADirectoryError) as e:
            if parent_fd is None and shown.is_symlink():
                raise InvalidSegmentError("links are not followed", directory=shown) from e
            raise SegmentNotFoundError(
                "segment not found", name=self.path.name, directory=self.path.parent,
                segments=list_segments(self.path.parent)) from e
        except OSError as e:
            raise InvalidSegmentError("can't be opened", directory=shown, error=e.strerror) from e
        return self._checked(fd, shown)

    def open(self, name: str, flags: int = os.O_RDONLY) -> int:
        """Opens a regular file that passes A3. The caller closes it."""
        try:
            # Non-blocking: a pipe in the file's place must not hold us up.
            fd = os.open(name, flags | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC,
                         dir_fd=self._fd)
        except OSError as e:
            raise InvalidSegmentError("file can't be opened", file=self.path / name,
                                      error=e.strerror) from e
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            os.close(fd)
            raise InvalidSegmentError("not a regular file", file=self.path / name)
        return self._checked(fd, self.path / name)

    def _checked(self, fd: int, path: Path) -> int:
        """Returns the descriptor if A3 holds, and closes it if not."""
        status = os.fstat(fd)
        mode = stat.S_IMODE(status.st_mode)
        if self._allowed is not None and status.st_uid not in self._allowed:
            os.close(fd)
            raise InvalidSegmentError("it belongs to another user; foreign_owner=True allows that",
                                      file=path, owner=status.st_uid, user=os.geteuid())
        if mode & (stat.S_IWGRP | stat.S_IWOTH):
            os.close(fd)
            raise InvalidSegmentError("others may write to it; chmod go-w it", file=path,
                                      mode=f"{mode:04o}")
        return fd

    def close(self) -> None:
        os.close(self._fd)


def default_directory() -> Path:
    """The directory of this user's segments: `/dev/shm/shmarrays-USER`, if `/dev/shm` can be used.

    USER is the user's name, or number where there is no name.

    Otherwise `shmarrays-USER` in the JVM's temporary directory: /tmp on Linux, whatever TMPDIR
    says.
    """
    import pwd  # not on all systems

    try:
        user = pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        user = ""
    if not user or "/" in user or "?" in user:
        user = str(os.geteuid())  # as in containers; the JVM says "?" then
    memory = Path("/dev/shm")
    if memory.is_dir() and os.access(memory, os.W_OK):
        return memory / f"shmarrays-{user}"
    return Path("/tmp" if sys.platform == "linux" else tempfile.gettempdir()) / f"shmarrays-{user}"


def list_segments(directory: _Directory = None) -> List[str]:
    """Sorted names of the segments in a directory, by default this user's. None without it.

    `attach` may refuse some of them. Raises OSError if the directory can't be read.
    """
    root = default_directory() if directory is None else Path(directory)
    try:
        with os.scandir(root) as entries:
            return sorted(entry.name for entry in entries if _SEGMENT_NAME.fullmatch(entry.name)
                          and entry.is_dir(follow_symlinks=False))
    except (FileNotFoundError, NotADirectoryError):
        return []


def attach(name: str, directory: _Directory = None, *, foreign_owner: bool = False,
           attach_timeout: float = 0.0, read_timeout: float = 10.0) -> Segment:
    """Attaches to a segment, read-only and without a slot.

    directory: where segments stand; by default this user's, `default_directory()`.
    foreign_owner: whether the directory and the segment may belong to another user.
    attach_timeout: seconds to wait for a segment that is not there.
    read_timeout: seconds after which a consistent read gives up.

    Raises ValueError for what can't be a segment's name (so also for a path);
    SegmentNotFoundError; InvalidSegmentError for files that docs/format does not allow: of
    another layout version or byte order, not complete, altered, cut short, missing, another
    user's; SegmentRemovedError; UnsupportedMachineError on systems that can't open a file
    relative to a directory.
    """
    if not isinstance(name, str) or not _SEGMENT_NAME.fullmatch(name):
        raise ValueError(f"not a segment's name: name={name!r}; it has 1 to 100 of the characters "
                         "A-Z a-z 0-9 . _ - and does not begin with . or -")
    if os.open not in os.supports_dir_fd:
        raise UnsupportedMachineError("no files relative to a directory", system=sys.platform)
    root = default_directory() if directory is None else Path(directory)
    deadline = time.monotonic() + attach_timeout
    pause = 0.002
    tried_again = False
    while True:
        try:
            return Segment(root, name, foreign_owner, read_timeout)
        except SegmentNotFoundError:
            if time.monotonic() > deadline or attach_timeout <= 0:
                raise
        except (InvalidSegmentError, SegmentRemovedError):
            if tried_again:
                raise
            tried_again = True  # it may have been removed and made again in that moment
        time.sleep(pause)
        pause = min(2 * pause, 0.02)


class _Source(NamedTuple):
    """Where a view comes from: what another process needs to map the same memory."""

    directory: str
    segment: str
    uid: uuid.UUID
    foreign_owner: bool
    array: str
    state: Optional[int]
    file: str
    identity: _Identity


class View(np.memmap):
    """The memory of an array, mapped: what `Segment.view` gives, and each part of it.

    A slice, a reshaped or transposed view and so on is the shared memory, too. What is calculated
    from views, and what `copy`, `astype`, `copy.deepcopy`, `numpy.array` and an index by arrays
    give, is private, as in numpy.

    Pickled, a view is a reference to its segment and not a copy of values, so that a process of
    `multiprocessing` (fork or spawn), `concurrent.futures` or another library that gets it works
    on the same memory. In `multiprocessing` and `concurrent.futures` this holds for
    `numpy.asarray(view)`, too. Other programs of this host can load it as long as the segment is
    there; afterwards, or where another segment has its name, it is refused by
    SegmentNotFoundError or SegmentRemovedError. To keep values use `numpy.save`, or pickle
    `numpy.array(view)`.
    """

    _source: Optional[_Source] = None

    def __array_finalize__(self, source: Any) -> None:
        super().__array_finalize__(source)
        # numpy.memmap has found out whether this is a part of the source's memory.
        self._source = None if self._mmap is None else getattr(source, "_source", None)

    def __array_wrap__(self, array: np.ndarray, context: Any = None, return_scalar: bool = False
                       ) -> Any:
        if array is self or isinstance(array, View) and array._source is not None:
            return array
        if self._source is not None and np.may_share_memory(array, self):  # as of squeeze
            part = array.view(View)
            part.__array_finalize__(self)
            return part
        plain = array.view(np.ndarray)
        return plain[()] if return_scalar or plain.shape == () else plain

    def __getitem__(self, index: Any) -> Any:
        found = super().__getitem__(index)
        return _plain_if_private(found)

    def __copy__(self) -> np.ndarray:
        return np.array(self)

    def __deepcopy__(self, memo: Any) -> np.ndarray:
        return np.array(self)

    def __reduce_ex__(self, protocol: Any) -> Any:
        if self._source is None:
            return self.view(np.ndarray).__reduce_ex__(protocol)
        return _reference(self, self)

    def __reduce__(self) -> Any:
        return self.__reduce_ex__(2)


def _plain_if_private(array: Any) -> Any:
    is_private = isinstance(array, View) and array._source is None
    return array.view(np.ndarray) if is_private else array


def _reference(array: np.ndarray, view: View) -> Tuple[Any, ...]:
    """What pickle keeps of an array over the memory of a view."""
    source = view._source
    assert source is not None
    if not source.identity.is_of(source.file):
        raise SegmentRemovedError(
            "segment is gone, so no other process can map what the view shows; hand over a copy, "
            "numpy.array(view)", name=source.segment, directory=source.directory)
    begin = _address(np.frombuffer(view._mmap, np.uint8))
    return _view_again, (source, view.mode != "r", array.dtype, array.shape, array.strides,
                         _address(array) - begin, array.flags.writeable)


def _address(array: np.ndarray) -> int:
    return array.__array_interface__["data"][0]


def _view_again(source: _Source, is_mapped_writeable: bool, dtype: np.dtype,
                shape: Tuple[int, ...], strides: Tuple[int, ...], position: int, writeable: bool
                ) -> View:
    """Unpickles a view. position: of its first element, in bytes of the mapping."""
    with _segment_again(source.directory, source.segment, source.uid,
                        source.foreign_owner) as segment:
        whole = segment.view(source.array, writeable=is_mapped_writeable,
                             state=source.state)
    view = np.ndarray.__new__(View, shape, dtype, whole._mmap, position, strides)
    view._mmap, view._source = whole._mmap, whole._source
    view.filename, view.offset, view.mode = whole.filename, whole.offset, whole.mode
    if not writeable:
        view.flags.writeable = False
    return view


def _segment_again(directory: str, name: str, uid: uuid.UUID, foreign_owner: bool,
                   read_timeout: float = 10.0) -> Segment:
    """Unpickles a segment."""
    segment = attach(name, directory, foreign_owner=foreign_owner, read_timeout=read_timeout)
    if segment.uid != uid:
        segment.close()
        raise SegmentRemovedError("segment was removed, and another one has its name", name=name,
                                  directory=directory, uid=segment.uid, expected=uid)
    return segment


def _reduce_array(array: np.ndarray) -> Any:
    """What multiprocessing sends of a plain array: a reference if its memory is a view's."""
    base = array.base
    while isinstance(base, np.ndarray):
        if isinstance(base, View) and base._source is not None:
            return _reference(array, base)
        base = base.base
    return array.__reduce__()


class _Field(NamedTuple):
    """What stands under a name: a run of an array's elements, of its values or of a state array."""

    name: str
    array: Array
    first_element: int
    order: Any
    shape: Tuple[int, ...]
    state: Optional[int]

    @property
    def element_count(self) -> int:
        return _product(self.shape)

    @property
    def dtype(self) -> np.dtype:
        return self.array.dtype if self.state is None else self.array.state_dtype

    @property
    def offset(self) -> int:
        """In the data file, whatever the field is of."""
        return self.array.offset + self.first_element * self.array.dtype.itemsize

    @property
    def file_offset(self) -> int:
        """In the file that holds the field: elements have the same index in all files."""
        return self.offset // self.array.dtype.itemsize * self.dtype.itemsize

    @property
    def is_locked(self) -> bool:
        return self.array.mode in LOCKED_FAMILY


class _Run(NamedTuple):
    """The elements from `begin` to `end` of the field with this index."""

    field: int
    begin: int
    end: int


class _Round(NamedTuple):
    """Partitions in a row, from `first` on: what is wanted of each, and of all in as few runs."""

    first: int
    pieces: List[List[_Run]]
    runs: List[_Run]

    @property
    def end(self) -> int:
        return self.first + len(self.pieces)


class _Plan(NamedTuple):
    """How some names are read: the memory of each field, and the rounds of the locked ones."""

    fields: List[_Field]
    sources: List[np.ndarray]
    rounds: List[_Round]


class Segment:
    """An attached segment: made by `attach`, to be closed, best by `with`.

    arrays, aliases: what the catalog has, by name, in the order of creation.
    regions, partitions: where that lies.
    uid: tells this creation from others of the same name. creator: process id in its own
    namespace.
    created_ms: time of creation, ms since 1970.
    partitions_read: consistent copies of partitions. retries: how often one was tried again (V6).
    """

    def __init__(self, root: Path, name: str, foreign_owner: bool, read_timeout: float) -> None:
        self.name = name
        self.directory = root
        self.read_timeout = read_timeout
        self.partitions_read = 0
        self.retries = 0
        self._closed = False
        self._foreign_owner = foreign_owner
        self._identities: Dict[str, _Identity] = {}
        self._plans: Dict[Tuple[Tuple[str, Optional[int]], ...], _Plan] = {}
        self._maps: Dict[str, mmap.mmap] = {}
        self._files = _Files(root, name, foreign_owner)
        try:
            self._open()
        except BaseException:
            self.close()
            raise

    def _open(self) -> None:
        """A4 to A8."""
        control = self._map("control.dat", HEADER_LENGTH, MAX_FILE_BYTES)
        catalog = self._checked_catalog(control, self._files.path / "control.dat")
        self.regions = catalog.regions
        self.partitions = catalog.partitions
        self.arrays = {array.name: array for array in catalog.arrays}
        self.aliases = {alias.name: alias for alias in catalog.aliases}
        for i, region in enumerate(self.regions):
            for state in [None, *range(region.state_arrays)]:
                file = _file_name(i, state)
                length = region.file_length(state)
                found = self._map(file, length, length)[:16]
                if found != control[UID]:
                    raise InvalidSegmentError("file of another creation", uid=found.hex(),
                                              expected=control[UID].hex(),
                                              file=self._files.path / file)
        blocks, count = catalog.partition_blocks, len(self.partitions)
        # Aligned longs, each of which numpy loads at once.
        self._state = np.frombuffer(control, np.int64, 1, STATE_OFFSET)
        self._locks = np.ndarray(count, np.int64, control, blocks + LOCK_OFFSET, PARTITION_LENGTH)
        self._versions = np.ndarray(count, np.int64, control, blocks + VERSION_OFFSET,
                                    PARTITION_LENGTH)
        self._processes = np.ndarray(catalog.slots, np.int64, control,
                                     catalog.slot_records + PROCESS_OFFSET, SLOT_LENGTH)
        self._events = catalog.events
        self._check_usable()

    def _map(self, file: str, least: int, most: int) -> mmap.mmap:
        fd = self._files.open(file)
        try:
            length = os.fstat(fd).st_size
            if not least <= length <= most:
                raise InvalidSegmentError("file has a wrong length", bytes=length,
                                          expected=f"{least} to {most}",
                                          file=self._files.path / file)
            self._maps[file] = mmap.mmap(fd, length, access=mmap.ACCESS_READ)
            self._identities[file] = _Identity.of(os.fstat(fd))
            return self._maps[file]
        finally:
            os.close(fd)

    def _checked_catalog(self, control: mmap.mmap, file: Path) -> _Catalog:
        """A5, in its order."""
        (magic, version, mark, high, low, self.creator, self.created_ms, length, catalog_length,
         catalog_checksum, checksum) = HEADER.unpack_from(control)
        self.uid = uuid.UUID(int=high % 2**64 << 64 | low % 2**64)
        data = control[CATALOG_OFFSET:CATALOG_OFFSET + max(catalog_length, 0)]

        def check(what: str, found: Any, expected: Any) -> None:
            if found != expected:
                raise InvalidSegmentError(what, found=found, expected=expected, file=file)

        check("no segment, its magic is another", magic, MAGIC)
        check("segment of another byte order", f"{mark:#010x}", f"{BYTE_ORDER_MARK:#010x}")
        if version == 0:
            check("segment is not complete, it has no layout version", version, LAYOUT_VERSION)
        check("segment of another layout version", version, LAYOUT_VERSION)
        check("header is damaged, its checksum differs", zlib.crc32(control[CHECKED]), checksum)
        check("control file is not as long as it says", len(control), length)
        check("catalog reaches over the control file's end", len(data), catalog_length)
        check("catalog is damaged, its checksum differs", zlib.crc32(data), catalog_checksum)
        catalog = _Catalog(data, file)
        check("control file's length does not fit its catalog", length, catalog.control_length)
        return catalog

    def _check_usable(self) -> None:
        if self._closed:
            raise ValueError(f"segment is closed: name={self.name}")
        self._check_not_removed()
        for file, identity in self._identities.items():
            if not identity.is_of(self._files.path / file):
                self._check_not_removed()
                raise SegmentVanishedError(
                    "segment's files were deleted, renamed or replaced from outside; views still "
                    "show its memory", name=self.name,
                    file=self._files.path / file)

    def _check_not_removed(self) -> None:
        if self._state[0] != 0:
            raise SegmentRemovedError("segment was removed", name=self.name,
                                      directory=self.directory)

    def close(self) -> None:
        """Gives up the mappings; a second time does nothing. Views stay as they are."""
        if self._closed:
            return
        self._closed = True
        self._files.close()
        self._plans.clear()
        self._state = self._locks = self._versions = self._processes = np.empty(0, np.int64)
        for mapped in self._maps.values():
            try:
                mapped.close()
            except BufferError:
                pass  # another thread is reading; the mapping ends with that
        self._maps.clear()

    def __reduce__(self) -> Any:
        self._check_usable()
        return _segment_again, (os.path.abspath(self.directory), self.name, self.uid,
                                self._foreign_owner, self.read_timeout)

    def __enter__(self) -> Segment:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def __contains__(self, name: object) -> bool:
        return name in self.arrays or name in self.aliases

    def __repr__(self) -> str:
        return f"<segment {self.name} in {self.directory}: arrays={list(self.arrays)[:20]}>"

    def inspect(self) -> Table:
        """A row for each array and, behind it, for each of its aliases; prints as a table.

        partitions: how many the elements lie in. state_arrays: arrays of optimizer state beside it.
        rounding: of 16-bit arrays, when float32 is stored in them. bytes: of the values. region,
        offset: where they begin, in bytes of the region's file.
        """
        rows = Table()
        for array in self.arrays.values():
            aliases = [alias.name for alias in self.aliases.values() if alias.array == array.name]
            for name in [array.name, *aliases]:
                field = self._field(name)
                rows.append({
                    "name": name,
                    "alias of": "" if name == array.name else array.name,
                    "type": array.type,
                    "shape": field.shape,
                    "order": field.order,
                    "mode": array.mode,
                    "partitions": len(self._pieces(field, 0)),
                    "state_arrays": array.state_arrays,
                    "rounding": array.rounding if array.type in SIXTEEN_BITS else "",
                    "bytes": field.element_count * array.dtype.itemsize,
                    "region": array.region,
                    "offset": field.offset,
                })
        return rows

    def events(self, since: int = 0) -> List[Event]:
        """The events from number `since` on that the segment still has, the oldest first.

        The last 1024 are kept. A number that is missing was lost: written over, or never finished.
        Right on every machine: a copy that is not the event's own fails its checksum (Q5).
        """
        self._check_usable()
        control = self._maps["control.dat"]
        tail, = struct.unpack_from("=q", control, self._events)
        events = []
        for number in range(max(since, 0, tail - EVENT_CAPACITY), tail):
            record = self._events + EVENT_RECORDS + EVENT_LENGTH * (number % EVENT_CAPACITY)
            event = _event(control[record:record + EVENT_LENGTH], number)
            if event is not None:
                events.append(event)
        return events

    def view(self, name: str, *, writeable: bool = False, state: Optional[int] = None
             ) -> View:
        """An array or alias in place: the shared memory itself, in its type, shape and order.

        It shows what others write, while they write it, in every mode: an element is whole, an
        array may be half changed. Each call makes a mapping, so keep what it returns; that
        outlives `close`, and the removal of the segment. Another process to which it is handed
        maps the same memory, see `View`.

        writeable: for values of HOGWILD arrays alone, where racy stores are what all do. ATOMIC
        arrays never lose an addition; numpy's load, addition and store would lose those of
        others. LOCKED and ORDERED ones are changed under a lock, a version and an undo area,
        which Python has no part in. What is written is in no counter, and a snapshot of the whole
        segment does not hold it back.
        state: k for the optimizer's state k in place of the values; float32 for 16-bit arrays.

        Arrays that are rounded stochastically have no writeable views: numpy rounds to nearest.

        Raises NoSuchArrayError; SegmentRemovedError; ValueError for a writeable view of anything
        else, for a state array that is not there, and when the segment is closed.
        """
        self._check_usable()
        field = self._field(name, state)
        array = field.array
        if writeable and (array.mode != "HOGWILD" or state is not None):
            raise ValueError(f"Python changes values of HOGWILD arrays alone: name={name!r}, "
                             f"mode={array.mode}, state={state}; read-only views are "
                             "there for all")
        if writeable and array.rounding == "STOCHASTIC":
            raise ValueError("numpy would round to nearest, this array is rounded stochastically: "
                             f"name={name!r}, seed={array.seed}; push to it from Java")
        file = _file_name(array.region, state)
        expected = self.regions[array.region].file_length(state)
        with os.fdopen(self._files.open(file, os.O_RDWR if writeable else os.O_RDONLY),
                       "r+b" if writeable else "rb") as opened:
            length = os.fstat(opened.fileno()).st_size
            if length != expected:
                raise InvalidSegmentError("file has a wrong length", bytes=length,
                                          expected=expected, file=self._files.path / file)
            view = View(opened, field.dtype, "r+" if writeable else "r", field.file_offset,
                        field.shape, field.order)
            view._source = _Source(
                os.path.abspath(self.directory), self.name, self.uid, self._foreign_owner, name,
                state, os.path.abspath(self._files.path / file),
                _Identity.of(os.fstat(opened.fileno())))
        _share_with_processes()
        return view

    def import_file(self, file: Union[str, "os.PathLike[str]"],
                    names: Optional[Mapping[str, str]] = None, *,
                    allow_non_finite: bool = False) -> List[str]:
        """Copies arrays of an .npz, .npy or .safetensors file into HOGWILD arrays and aliases.

        Returns their names. The whole file is checked before the first value is stored. Values are
        stored as through a writeable view. For arrays of other modes there is `shmarrays import`,
        which takes their locks.

        names: of each array or alias to import into the name that the file has; without it every
        array of the file goes into the one of the same name. The array in W.npy has the name W.
        allow_non_finite: whether NaN and infinity are imported, which are refused otherwise.

        Orders, byte orders and types are converted if no value changes. The raw bits (uint16) of
        an .npz or .npy, and BF16 of a .safetensors file, fit BFLOAT16 arrays.

        Raises InvalidArrayFileError for a damaged file, a name that the file lacks, another shape
        and a value that the array can't hold; NoSuchArrayError; ValueError for arrays of other
        modes, arrays that are rounded stochastically, and names that overlap in memory; OSError.
        """
        self._check_usable()
        path = Path(file)
        stored = _stored_arrays(path)
        wanted = dict(names) if names else {name: name for name in stored}
        views = self._views_to_import(list(wanted))
        values = {}
        for name, file_name in wanted.items():
            if file_name not in stored:
                raise InvalidArrayFileError("the file has no such array", name=file_name,
                                            file=path, arrays=list(stored)[:20])
            try:
                values[name] = _imported(stored[file_name], self._field(name), allow_non_finite)
            except ValueError as e:
                raise InvalidArrayFileError(f"can't import an array, {e}", name=file_name,
                                            array=name, file=path) from e
        for name, view in views.items():
            view[...] = values[name]
        return list(values)

    def _views_to_import(self, names: List[str]) -> Dict[str, View]:
        views = {}
        ranges: List[Tuple[int, int, int, str]] = []
        for name in names:
            field = self._field(name)
            if field.array.mode != "HOGWILD":
                raise ValueError("Python imports into HOGWILD arrays alone, `shmarrays import` "
                                 f"into all: name={name!r}, mode={field.array.mode}")
            views[name] = self.view(name, writeable=True)
            end = field.offset + field.element_count * field.dtype.itemsize
            ranges.append((field.array.region, field.offset, end, name))
        ranges.sort()
        for before, after in zip(ranges, ranges[1:]):
            if before[0] == after[0] and after[1] < before[2]:
                raise ValueError(f"arrays overlap in memory: {before[3]!r} and {after[3]!r}")
        return views

    def read(self, *names: str) -> Dict[str, np.ndarray]:
        """Copies of arrays and aliases, by name; of all arrays if none is named.

        LOCKED, ORDERED: each partition as it was at one version; arrays that share one fit each
        other. HOGWILD, ATOMIC: each element is whole, no more. An array of order F comes in order
        F.

        A partition that is changed meanwhile is copied again, for up to `read_timeout` seconds.
        No lock
        is taken and nothing repaired: a partition that a killed worker left half changed is
        waited for until a worker has put it back.

        Raises NoSuchArrayError; TornReadError after the timeout; DamagedPartitionError at once;
        SegmentRemovedError; UnsupportedMachineError for LOCKED and ORDERED arrays on other
        machines than x86-64; ValueError when the segment is closed.
        """
        plan = self._plan(tuple((name, None) for name in names or self.arrays))
        copies = [np.empty(f.shape, f.dtype, f.order) for f in plan.fields]
        self._read(plan, copies)
        return {field.name: copy for field, copy in zip(plan.fields, copies)}

    def read_array(self, name: str, out: Optional[np.ndarray] = None, *,
                   state: Optional[int] = None) -> np.ndarray:
        """A copy of one array or alias, or of its state array k, with the promises of `read`.

        out: receives the copy and is returned; of the array's type and shape, contiguous in its
        order. To read into the same memory again and again is faster. An exception may leave it
        half filled.

        Raises what `read` raises, and ValueError for an `out` that does not fit.
        """
        plan = self._plan(((name, state),))
        field = plan.fields[0]
        if out is None:
            out = np.empty(field.shape, field.dtype, field.order)
        contiguous = out.flags.c_contiguous if field.order == "C" else out.flags.f_contiguous
        if out.dtype != field.dtype or out.shape != field.shape or not contiguous:
            raise ValueError(f"out does not fit: name={name!r}, dtype={out.dtype}, "
                             f"shape={out.shape}, expected dtype={field.dtype}, "
                             f"shape={field.shape}, contiguous in order {field.order}")
        self._read(plan, [out])
        return out

    def _read(self, plan: _Plan, copies: Sequence[np.ndarray]) -> None:
        targets = [c.reshape(-1, order=f.order) for c, f in zip(copies, plan.fields)]
        for field, source, target in zip(plan.fields, plan.sources, targets):
            if not field.is_locked:
                np.copyto(target, source)
        for partitions in plan.rounds:
            self._read_round(plan, partitions, targets)
        self._check_usable()

    def _read_round(self, plan: _Plan, partitions: _Round, targets: List[np.ndarray]) -> None:
        """V1 to V5 for all partitions of a round; those that were changed meanwhile one by one."""
        versions = self._versions[partitions.first:partitions.end]
        before = versions.copy()  # V1
        self._copy(plan, partitions.runs, targets)  # V2
        after = versions.copy()  # V3, V4: x86-64 loads them behind the values
        torn = np.flatnonzero((before & 1) | (before ^ after))  # V5
        self.partitions_read += len(before) - len(torn)
        for i in torn:
            self._read_again(plan, partitions.first + int(i), partitions.pieces[i], targets)

    def _read_again(self, plan: _Plan, partition: int, runs: List[_Run],
                    targets: List[np.ndarray]) -> None:
        """V6, then V1 to V6 for one partition, until a try begun after the timeout fails too."""
        start = began = time.monotonic()
        tries = 1
        while True:
            self.retries += 1  # V6
            if began - start > self.read_timeout:
                raise TornReadError("no consistent copy in time", **self._where(partition),
                                    seconds=round(began - start, 3), tries=tries,
                                    **self._holder(partition))
            time.sleep(0 if tries < _YIELDS else _PARK_SECONDS)
            self._check_usable()
            began = time.monotonic()
            tries += 1
            before = int(self._versions[partition])  # V1
            if before & 1 == 0:
                self._copy(plan, runs, targets)  # V2
                if int(self._versions[partition]) == before:  # V3 to V5
                    self.partitions_read += 1
                    return
            elif int(self._locks[partition]) == 0 and int(self._versions[partition]) == before:
                raise DamagedPartitionError(
                    "partition is damaged, half changed, and its lock is free; restore a checkpoint",
                    **self._where(partition), version=before)

    @staticmethod
    def _copy(plan: _Plan, runs: List[_Run], targets: List[np.ndarray]) -> None:
        for field, begin, end in runs:
            np.copyto(targets[field][begin:end], plan.sources[field][begin:end])

    def _where(self, partition: int) -> Dict[str, Any]:
        arrays = [array.name for array in self.arrays.values() if partition in array.partitions]
        return {"segment": self.name, "partition": partition, "arrays": arrays[:5]}

    def _holder(self, partition: int) -> Dict[str, Any]:
        token = int(self._locks[partition])
        slot = (token & 0xFFFF) - 1
        if not 0 <= slot < len(self._processes):
            return {"lock": token}
        return {"holder's slot": slot, "process": int(self._processes[slot])}

    def _plan(self, wanted: Tuple[Tuple[str, Optional[int]], ...]) -> _Plan:
        self._check_usable()
        plan = self._plans.get(wanted)
        if plan is not None:
            return plan
        fields = [self._field(name, state) for name, state in wanted]
        locked = [field.name for field in fields if field.is_locked]
        if locked and not _loads_are_ordered():
            raise UnsupportedMachineError(
                "LOCKED and ORDERED arrays are read consistently on x86-64 alone; view() shows "
                "them as they are, and a checkpoint has them", names=locked,
                machine=platform.machine())
        sources = [np.frombuffer(self._maps[_file_name(f.array.region, f.state)],
                                 f.dtype, f.element_count, f.file_offset) for f in fields]
        by_partition: Dict[int, List[_Run]] = {}
        for i, field in enumerate(fields):
            if field.is_locked:
                for partition, run in self._pieces(field, i):
                    by_partition.setdefault(partition, []).append(run)
        self._plans[wanted] = plan = _Plan(fields, sources, self._rounds(by_partition))
        return plan

    def _pieces(self, field: _Field, index: int) -> List[Tuple[int, _Run]]:
        """The partitions that hold elements of the field, and which ones."""
        size = field.array.dtype.itemsize
        pieces = []
        for p in field.array.partitions:
            begin = max(self.partitions[p].offset - field.offset, 0) // size
            end = min((self.partitions[p].end - field.offset) // size, field.element_count)
            if begin < end:
                pieces.append((p, _Run(index, begin, end)))
        return pieces

    def _rounds(self, by_partition: Dict[int, List[_Run]]) -> List[_Round]:
        rounds: List[_Round] = []
        room = 0
        for p, pieces in sorted(by_partition.items()):
            room -= self.partitions[p].length
            if not rounds or rounds[-1].end != p or room < 0:
                rounds.append(_Round(p, [], []))
                room = _ROUND_BYTES - self.partitions[p].length
            rounds[-1].pieces.append(pieces)
            for run in pieces:
                _append(rounds[-1].runs, run)
        return rounds

    def _field(self, name: str, state: Optional[int] = None) -> _Field:
        alias = self.aliases.get(name)
        array = self.arrays.get(name if alias is None else alias.array)
        if array is None:
            raise NoSuchArrayError("array not in segment", name=name, segment=self.name,
                                   arrays=list(self.arrays)[:20], aliases=list(self.aliases)[:20])
        if state is not None and not 0 <= state < array.state_arrays:
            raise ValueError(f"array has no such state array: name={name!r}, state={state}, "
                             f"state_arrays={array.state_arrays}")
        if alias is None:
            return _Field(name, array, 0, array.order, array.shape, state)
        return _Field(name, array, alias.element_offset, alias.order, alias.shape, state)


class _Stored(NamedTuple):
    """An array of a file: its values, and whether they are bits of bfloat16, if the file says so.

    dtype: as a .safetensors file names it, or "" for numpy's files.
    """

    values: np.ndarray
    dtype: str


def _stored_arrays(path: Path) -> Dict[str, _Stored]:
    """All arrays of a file, by name; its first bytes say which format it has."""
    with open(path, "rb") as file:
        magic = file.read(6)
        file.seek(0)
        try:
            if magic.startswith(b"PK"):
                return _npz_arrays(file)
            if magic == b"\x93NUMPY":
                return {path.name[:-4] if path.suffix == ".npy" else path.name:
                        _Stored(_npy_array(file), "")}
            return _safetensors_arrays(file)
        except (ValueError, EOFError, zipfile.BadZipFile, zlib.error, NotImplementedError,
                RecursionError) as e:
            raise InvalidArrayFileError(f"can't import the file, {e}", file=path) from e


def _npz_arrays(file: BinaryIO) -> Dict[str, _Stored]:
    """By the entries' own names: numpy.load takes w.npy for the entry of w."""
    arrays: Dict[str, _Stored] = {}
    with zipfile.ZipFile(file) as archive:
        for entry in archive.infolist():
            name = entry.filename[:-4]
            if not entry.filename.endswith(".npy"):
                continue
            if name in arrays:
                raise ValueError(f"two entries have the same name: {entry.filename!r}")
            with archive.open(entry) as content:
                arrays[name] = _Stored(_npy_array(content), "")
    if not arrays:
        raise ValueError("it is a zip file without arrays (NAME.npy)")
    if "__shmarrays__" in arrays:
        raise ValueError("it is a checkpoint; `shmarrays restore` restores it")
    return arrays


def _npy_array(file: Any) -> np.ndarray:
    values = np.lib.format.read_array(file, allow_pickle=False)
    if file.read(1):
        raise ValueError("there are bytes after an array")
    return np.asarray(values)


_SAFETENSORS_TYPES = {
    "F64": "<f8", "F32": "<f4", "F16": "<f2", "BF16": "<u2", "I64": "<i8", "I32": "<i4",
    "I16": "<i2", "I8": "<i1", "U64": "<u8", "U32": "<u4", "U16": "<u2", "U8": "<u1",
    "BOOL": "?", "C64": "<c8", "F8_E5M2": "V1", "F8_E4M3": "V1", "F8_E8M0": "V1",
    "F8_E4M3FNUZ": "V1", "F8_E5M2FNUZ": "V1"}
_LONGEST_SAFETENSORS_HEADER = 100_000_000  # of the reference implementation


def _safetensors_arrays(file: BinaryIO) -> Dict[str, _Stored]:
    prefix = file.read(8)
    length = int.from_bytes(prefix, "little")
    if len(prefix) < 8 or length > _LONGEST_SAFETENSORS_HEADER:
        raise ValueError(f"the header is too long, or it is no .npz, .npy or .safetensors file: "
                         f"bytes={length}")
    header = file.read(length)
    if len(header) < length or not header.startswith(b"{"):
        raise ValueError("the header is longer than the file, or does not begin with {")
    tensors = json.loads(header.decode("utf-8"), object_pairs_hook=_without_duplicates)
    metadata = tensors.pop("__metadata__", {})
    if not isinstance(metadata, dict) or not all(isinstance(v, str) for v in metadata.values()):
        raise ValueError("__metadata__ is not an object of strings")
    data = file.read()
    arrays = {name: _tensor(name, entry, data) for name, entry in tensors.items()}
    end = 0
    for begin, end_of_tensor in sorted(entry["data_offsets"] for entry in tensors.values()):
        if begin != end:
            raise ValueError(f"the tensors {'overlap' if begin < end else 'have a gap'}: {begin}")
        end = end_of_tensor
    if end != len(data):
        raise ValueError(f"the file has another length than its tensors: {len(data)} and {end}")
    return arrays


def _without_duplicates(pairs: List[Tuple[str, Any]]) -> Dict[str, Any]:
    found: Dict[str, Any] = {}
    for key, value in pairs:
        if key in found:
            raise ValueError(f"duplicate key in JSON: {key!r}")
        found[key] = value
    return found


def _tensor(name: str, entry: Any, data: bytes) -> _Stored:
    if not isinstance(entry, dict) or set(entry) != {"dtype", "shape", "data_offsets"}:
        raise ValueError(f"tensor {name!r}: expected dtype, shape and data_offsets")
    dtype, shape, offsets = entry["dtype"], entry["shape"], entry["data_offsets"]
    if not isinstance(dtype, str) or dtype not in _SAFETENSORS_TYPES:
        raise ValueError(f"tensor {name!r}: unknown dtype: {dtype!r}")
    if not _are_counts(shape) or not _are_counts(offsets) or len(offsets) != 2:
        raise ValueError(f"tensor {name!r}: shape or data_offsets are no whole numbers: "
                         f"{shape!r}, {offsets!r}")
    begin, end = offsets
    count = _product(shape)
    if begin > end or end - begin != count * np.dtype(_SAFETENSORS_TYPES[dtype]).itemsize:
        raise ValueError(f"tensor {name!r}: data_offsets don't match the shape: {dtype} {shape}, "
                         f"{offsets}")
    if end > len(data):
        raise ValueError(f"tensor {name!r}: data_offsets lead out of the file: {offsets}")
    values = np.frombuffer(data, _SAFETENSORS_TYPES[dtype], count, begin) if count else np.empty(0)
    return _Stored(values.reshape(shape), dtype)


def _are_counts(value: Any) -> bool:
    return isinstance(value, list) and all(type(count) is int and count >= 0 for count in value)


def _imported(stored: _Stored, field: _Field, allow_non_finite: bool) -> np.ndarray:
    """The values of a file as elements of a field. Raises ValueError unless each is exact."""
    values = stored.values
    if values.shape != field.shape and not (field.shape == () and values.shape == (1,)):
        raise ValueError(f"it has another shape, found={values.shape}, expected={field.shape}")
    values = values.reshape(field.shape)
    is_16_bits = values.dtype.kind == "u" and values.dtype.itemsize == 2
    if values.dtype.kind not in "iuf" or values.dtype.itemsize > 8:
        raise ValueError(f"its type can't be converted, dtype={stored.dtype or values.dtype}")
    if field.array.type == "BFLOAT16":
        if values.dtype.kind != "f" and (not is_16_bits or stored.dtype == "U16"):
            raise ValueError(f"integers are no bfloat16s, dtype={stored.dtype or values.dtype}")
        with np.errstate(all="ignore"):
            bits = values if is_16_bits else float32_to_bfloat16(values.astype(np.float32))
        converted = bits.astype(np.uint16)
        shown = bfloat16_to_float32(converted)
        exact = np.full(field.shape, True) if is_16_bits else _are_equal(values, shown)
    else:
        if is_16_bits and stored.dtype == "BF16":
            values = bfloat16_to_float32(values.astype(np.uint16))
        elif is_16_bits and field.dtype.kind == "f":
            raise ValueError(f"uint16 may be numbers or bits of bfloat16, type={field.array.type}")
        converted, exact = _converted(values, field.dtype)
        shown = converted
    _check_all(exact, values, f"a value is not one of {field.array.type}, convert it first")
    if not allow_non_finite and field.array.type not in ("INT32", "INT64"):
        _check_all(np.isfinite(shown), shown, "a value is not finite")
    return converted


def _check_all(condition: np.ndarray, values: np.ndarray, what: str) -> None:
    if not condition.all():
        place = tuple(int(index) for index in np.argwhere(np.atleast_1d(~condition))[0])
        raise ValueError(f"{what}, element={list(place[:condition.ndim])}, "
                         f"value={np.atleast_1d(values)[place]}")


def _are_equal(values: np.ndarray, others: np.ndarray) -> np.ndarray:
    """Of floats: any NaN equals any NaN."""
    return np.asarray((values == others) | np.isnan(values) & np.isnan(others))


def _converted(values: np.ndarray, dtype: np.dtype) -> Tuple[np.ndarray, np.ndarray]:
    """The values in another type, and which of them are the same numbers there."""
    with np.errstate(all="ignore"):
        converted = values.astype(dtype)
        if values.dtype.kind == "f" and dtype.kind == "f":
            return converted, _are_equal(values, converted.astype(values.dtype))
        if dtype.kind == "f":
            fits = _is_within(converted, values.dtype)
            return converted, fits & (np.where(fits, converted, 0).astype(values.dtype) == values)
        if values.dtype.kind == "f":
            is_minus_zero = (values == 0) & np.signbit(values)
            return converted, (_is_within(values, dtype) & (np.trunc(values) == values)
                               & ~is_minus_zero)
        limits, own = np.iinfo(dtype), np.iinfo(values.dtype)
        return converted, ((values >= max(limits.min, own.min))
                           & (values <= min(limits.max, own.max)))


def _is_within(floats: np.ndarray, dtype: np.dtype) -> np.ndarray:
    """Which floats lie in the range of an integer type; its limits are powers of two as floats."""
    limits = np.iinfo(dtype)
    wide = floats.astype(np.float64)
    return np.asarray((wide >= float(limits.min)) & (wide < float(limits.max + 1)))


def _share_with_processes() -> None:
    """Has multiprocessing send plain arrays over views by reference, which it asks the type."""
    from multiprocessing.reduction import ForkingPickler

    ForkingPickler.register(np.ndarray, _reduce_array)


def _append(runs: List[_Run], run: _Run) -> None:
    """Appends a run, or lengthens by it the one of its field that ends where it begins."""
    if run.begin > 0:
        for i in reversed(range(len(runs))):
            if runs[i].field == run.field and runs[i].end == run.begin:
                runs[i] = runs[i]._replace(end=run.end)
                return
    runs.append(run)


def _file_name(region: int, state: Optional[int]) -> str:
    return f"data-{region}.dat" if state is None else f"state-{state}-{region}.dat"


def _event(record: bytes, number: int) -> Optional[Event]:
    """Q5: the event of this number, or None if the record is not its own."""
    (sequence, time_ms, run, process, value, second_value, kind, slot, rank, length, text,
     checksum) = EVENT.unpack(record)
    if (sequence != number + 1 or zlib.crc32(record[:252]) != checksum or kind not in EVENT_KINDS
            or not 0 <= length <= len(text)):
        return None
    name = EVENT_KINDS[kind]
    if name in DOUBLE_VALUES:
        value, = struct.unpack("=d", struct.pack("=q", value))
    return Event(number, time_ms, name, slot, rank, run, process, value, second_value,
                 text[:length].decode("utf-8", "replace"))


def _loads_are_ordered() -> bool:
    """Whether loads are done in program order, and longs at once. Emulators keep that, too."""
    return platform.machine().lower() in ("x86_64", "amd64") and sys.maxsize > 2**32


def _list(directory: Optional[str], foreign_owner: bool) -> None:
    rows = Table()
    for name in list_segments(directory):
        arrays = size = age = 0
        remark = ""
        try:
            with attach(name, directory, foreign_owner=foreign_owner) as segment:
                arrays = len(segment.arrays)
                size = sum(array.end - array.offset for array in segment.arrays.values())
                age = max(0, int(time.time() - segment.created_ms / 1000))
        except ShmArraysError as e:
            remark = str(e)
        rows.append({"name": name, "arrays": arrays, "bytes": size, "age/s": age, "": remark})
    if rows:
        print(rows)


def _inspect(name: str, directory: Optional[str], foreign_owner: bool) -> None:
    with attach(name, directory, foreign_owner=foreign_owner) as segment:
        print(f"{name} in {segment.directory}: arrays={len(segment.arrays)}, "
              f"partitions={len(segment.partitions)}, regions={len(segment.regions)}\n")
        print(segment.inspect())


def main(arguments: Optional[Sequence[str]] = None) -> int:
    """Runs a command. Returns 0, or 1 behind a message if something is missing or refused."""
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--directory", metavar="DIR", help="where segments stand")
    common.add_argument("--foreign-owner", action="store_true", help="allow another user's")
    parser = argparse.ArgumentParser(prog="shmarrays.py", description="Looks at segments.")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("ls", parents=[common], help="list the segments")
    shown = commands.add_parser("inspect", parents=[common], help="show arrays and aliases")
    shown.add_argument("name", metavar="NAME")
    options = parser.parse_args(arguments)
    try:
        if options.command == "ls":
            _list(options.directory, options.foreign_owner)
        else:
            _inspect(options.name, options.directory, options.foreign_owner)
    except (ShmArraysError, ValueError, OSError) as e:
        print(f"shmarrays.py: {e}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
