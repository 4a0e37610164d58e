"""Databases as Pebble leaves them and we do not: old versions, deletions, every kind of table, virtual ones.

An encoder of the formats by itself, for tests: what it makes is read by the code under test.
"""

import itertools
import struct
from typing import NamedTuple

import cramjam
import zstandard

from connector_host.c1z.pebble.checksums import block_checksum, masked_crc32c
from connector_host.c1z.pebble.record_log import RecordWriter

DELETE, SET, MERGE, SINGLE, RANGE, SETDEL, SIZED = 0, 1, 2, 7, 15, 18, 23
NONE, SNAPPY, ZSTD = 0, 1, 7
PEBBLE = bytes.fromhex("f09faab3f09faab3")
ROCKSDB = bytes.fromhex("f7cff485b741e288")
COMPARER = b"leveldb.BytewiseComparator"
VERSIONS = (0, 1, 2, 3, 4, 5, 6, 7)
"""0 stands for RocksDB's version 2."""

SENTINEL = (1 << 56) - 1


class Entry(NamedTuple):
    key: bytes
    sequence: int
    kind: int
    value: bytes = b""


def varint(number):
    out = bytearray()
    while number > 0x7F:
        out.append(number & 0x7F | 0x80)
        number >>= 7
    out.append(number)
    return bytes(out)


def string(data):
    return varint(len(data)) + data


def in_order(entries):
    return sorted(entries, key=lambda one: (one.key, -one.sequence, -one.kind))


# ------------------------------------------------------------------------------------------------------ rows


def shared(one, two):
    size = min(len(one), len(two))
    if one[:size] == two[:size]:
        return size
    return next(n for n in range(size) if one[n] != two[n])


def row_block(pairs, restart=16):
    """Keys as they are, prefixes shared as far as they go."""
    out, offsets, last = bytearray(), [], b""
    for number, (key, value) in enumerate(pairs):
        common = shared(last, key)
        if number % restart == 0:
            offsets.append(len(out))
            common = 0
        out += varint(common) + varint(len(key) - common) + varint(len(value)) + key[common:] + value
        last = key
    offsets = offsets or [0]
    return bytes(out) + struct.pack(f"<{len(offsets) + 1}I", *offsets, len(offsets))


def internal(entry):
    return entry.key + trailer(entry).to_bytes(8, "little")


def trailer(entry):
    return entry.sequence << 8 | entry.kind


def row_data(entries, version):
    def value(one):
        return b"\x20" + one.value if version >= 3 and one.kind & 0xBF == SET else one.value

    return row_block([(internal(one), value(one)) for one in entries])


# --------------------------------------------------------------------------------------------------- columns


def align(at, width):
    return -at % width


def numbers(values, at):
    """A column of numbers at an offset, in the narrowest of the forms."""
    values = list(values)
    if not values:
        return b""
    low, high = min(values), max(values)
    if low == high:
        return b"\x00" if not low else b"\x80" + low.to_bytes(8, "little")
    plain = next(width for width in (1, 2, 4, 8) if high < 1 << 8 * width)
    based = next(width for width in (1, 2, 4, 8) if high - low < 1 << 8 * width)
    width, base, head = (based, low, bytes((based | 0x80,)) + low.to_bytes(8, "little"))
    if based >= plain:
        width, base, head = plain, 0, bytes((plain,))
    pad = bytes(align(at + len(head), width))
    letter = {1: "B", 2: "H", 4: "I", 8: "Q"}[width]
    return head + pad + struct.pack(f"<{len(values)}{letter}", *(value - base for value in values))


def ends(sizes):
    total, out = 0, []
    for size in sizes:
        total += size
        out.append(total)
    return out


def strings(items, at):
    items = list(items)
    if not items:
        return b""
    return offsets([0, *ends(map(len, items))], at) + b"".join(items)


def offsets(values, at):
    """As `numbers`, which for offsets never has a base."""
    high = max(values)
    if not high:
        return b"\x00"
    width = next(width for width in (1, 2, 4) if high < 1 << 8 * width)
    pad = bytes(align(at + 1, width))
    return bytes((width,)) + pad + struct.pack(f"<{len(values)}{ {1: 'B', 2: 'H', 4: 'I'}[width] }", *values)


def sorted_strings(keys, at, shift=4):
    size = 1 << shift
    whole = shared(keys[0], keys[-1])
    slices = [keys[0][:whole]]
    for start in range(0, len(keys), size):
        bundle = [key[whole:] for key in keys[start : start + size]]
        prefix = shared(bundle[0], bundle[-1])
        slices.append(bundle[0][:prefix])
        for number, key in enumerate(bundle):
            slices.append(b"" if number and key == bundle[number - 1] else key[prefix:])
    return bytes((shift,)) + offsets(ends(map(len, slices)), at + 1) + b"".join(slices)


def flags(values, at):
    values = list(values)
    if not any(values):
        return b"\x00"
    words = -(-len(values) // 64)
    bits = sum(1 << number for number, value in enumerate(values) if value)
    data = bits.to_bytes(8 * words, "little")
    summary = sum(1 << number for number in range(words) if any(data[8 * number : 8 * number + 8]))
    return b"\x01" + bytes(align(at + 1, 8)) + data + summary.to_bytes(8 * -(-words // 64), "little")


def columns(rows, parts, custom=b""):
    """A columnar block; `parts` are (type, function from the column's offset to its bytes)."""
    at = len(custom) + 7 + 5 * len(parts)
    head, body = custom + struct.pack("<BHI", 1, len(parts), rows), b""
    for kind, make in parts:
        head += struct.pack("<BI", kind, at)
        part = make(at)
        body += part
        at += len(part)
    return head + body + b"\x00"


def column_data(entries, shift=4, external=()):
    keys = [one.key for one in entries]
    fresh = [number == 0 or keys[number - 1] != key for number, key in enumerate(keys)]
    return columns(
        len(entries),
        [
            (4, lambda at: sorted_strings(keys, at, shift)),
            (3, lambda at: strings([b""] * len(keys), at)),
            (2, lambda at: numbers(map(trailer, entries), at)),
            (1, lambda at: flags(fresh, at)),
            (3, lambda at: strings([one.value for one in entries], at)),
            (1, lambda at: flags([number in external for number in range(len(keys))], at)),
            (1, lambda at: flags([one.kind & 64 for one in entries], at)),
        ],
        custom=max(map(len, keys)).to_bytes(4, "little"),
    )


def column_index(entries):
    return columns(
        len(entries),
        [
            (3, lambda at: strings([key for key, *_ in entries], at)),
            (2, lambda at: numbers([offset for _, offset, _ in entries], at)),
            (2, lambda at: numbers([size for *_, size in entries], at)),
            (3, lambda at: strings([b""] * len(entries), at)),
        ],
    )


def column_pairs(pairs):
    pairs = list(pairs)
    return columns(
        len(pairs),
        [
            (3, lambda at: strings([one for one, _ in pairs], at)),
            (3, lambda at: strings([two for _, two in pairs], at)),
        ],
    )


def column_spans(spans):
    """Range deletions, (start, end, sequence), which must not overlap unless they are of the same stretch."""
    bounds, firsts, trailers = [], [], []
    for start, end, sequence in spans:
        if bounds and bounds[-1] == end and len(bounds) > 1 and bounds[-2] == start:
            firsts[-1] += 1
        else:
            if not bounds or bounds[-1] != start:
                bounds.append(start)
                firsts.append(len(trailers))
            bounds.append(end)
            firsts.append(len(trailers) + 1)
        trailers.append(sequence << 8 | RANGE)
    return columns(
        len(trailers),
        [
            (3, lambda at: strings(bounds, at)),
            (2, lambda at: numbers(firsts, at)),
            (2, lambda at: numbers(trailers, at)),
            (3, lambda at: strings([b""] * len(trailers), at)),
            (3, lambda at: strings([b""] * len(trailers), at)),
        ],
        custom=len(bounds).to_bytes(4, "little"),
    )


def fragments(spans):
    """Range deletions cut where others start or end, the newest first."""
    bounds = sorted({bound for start, end, _ in spans for bound in (start, end)})
    return [
        (low, high, sequence)
        for low, high in itertools.pairwise(bounds)
        for sequence in sorted({q for start, end, q in spans if start <= low and high <= end}, reverse=True)
    ]


# ---------------------------------------------------------------------------------------------------- tables


def compressed(kind, data):
    if kind == SNAPPY:
        return bytes(cramjam.snappy.compress_raw(data))
    if kind == ZSTD:
        return varint(len(data)) + zstandard.ZstdCompressor().compress(data)
    return data


def table(
    entries,
    deletes=(),
    *,
    version=4,
    compression=NONE,
    checksum=1,
    two_levels=False,
    rows=20,
    shift=4,
    properties=(),
    meta=(),
    external=(),
    footer=None,
):
    """A table of entries in order and of range deletions (start, end, sequence)."""
    out = bytearray()

    def write(data, kind=compression):
        data = compressed(kind, data) + bytes((kind,))
        out.extend(data + block_checksum(checksum, data).to_bytes(4, "little"))
        return (len(out) - len(data) - 4, len(data) - 1)

    def write_index(places):
        if version >= 5:
            return write(column_index([(key, *where) for key, where in places]))
        return write(row_block([(key + b"\xff" * 7 + b"\x11", handle(where)) for key, where in places], restart=1))

    columnar = version >= 5
    places = []
    for start in range(0, len(entries), rows):
        part = entries[start : start + rows]
        data = column_data(part, shift, external) if columnar else row_data(part, version)
        places.append((part[-1].key, write(data)))
    if two_levels:
        groups = [places[n : n + 3] for n in range(0, len(places), 3)]
        places = [(group[-1][0], write_index(group)) for group in groups]
    names = dict(meta)
    index = write_index(places)
    if deletes:
        spans = fragments(deletes)
        rows_of = [(start + (q << 8 | RANGE).to_bytes(8, "little"), end) for start, end, q in spans]
        names[b"rocksdb.range_del2"] = write(column_spans(spans) if columnar else row_block(rows_of), NONE)
    told = {
        b"rocksdb.block.based.table.index.type": (2 if two_levels else 0).to_bytes(4, "little"),
        b"rocksdb.comparator": COMPARER,
        b"rocksdb.merge.operator": b"pebble.concatenate",
        **({b"pebble.colblk.schema": b"DefaultKeySchema(leveldb.BytewiseComparator,16)"} if columnar else {}),
        **dict(properties),
    }
    pairs = sorted((name, value) for name, value in told.items() if value is not None)
    names[b"rocksdb.properties"] = write(column_pairs(pairs) if version >= 7 else row_block(pairs, 1 << 30), NONE)
    metas = sorted((name, where if isinstance(where, bytes) else handle(where)) for name, where in names.items())
    top = write(column_pairs(metas) if version >= 6 else row_block(metas, 1), NONE)
    return bytes(out) + (footer or make_footer)(version, checksum, top, index)


def handle(where):
    return varint(where[0]) + varint(where[1])


def make_footer(version, checksum, top, index, *, magic=None, number=None):
    data = (bytes((checksum,)) + handle(top) + handle(index)).ljust(41, b"\x00")
    number = number or version or 2
    tail = number.to_bytes(4, "little") + (magic or (PEBBLE if version else ROCKSDB))
    if version >= 7:
        data += bytes(4)
    if version >= 6:
        data += masked_crc32c(data + tail).to_bytes(4, "little")
    return data + tail


# -------------------------------------------------------------------------------------------------- MANIFEST


class Edit:
    """One record of a MANIFEST."""

    def __init__(self):
        self.data = b""

    def field(self, tag, *parts):
        self.data += varint(tag) + b"".join(string(one) if isinstance(one, bytes) else varint(one) for one in parts)
        return self

    def start(self, log=1, next_file=1000, last=1 << 30):
        return self.field(1, COMPARER).field(2, log).field(3, next_file).field(4, last)

    def new(self, level, number, size, bounds, sequences, *, backing=None, custom=((6, b"\x05"),), tag=103):
        """`bounds` are user keys, the last one exclusive if it is a tuple of one."""
        smallest, largest = bounds
        low = smallest + (sequences[0] << 8 | SET).to_bytes(8, "little")
        exclusive = isinstance(largest, tuple)
        high_trailer = (SENTINEL << 8 | RANGE) if exclusive else (sequences[1] << 8 | SET)
        high = (largest[0] if exclusive else largest) + high_trailer.to_bytes(8, "little")
        self.field(tag, level, number, size, low, high, *sequences)
        if tag == 103:
            for name, value in custom:
                self.field(name, value)
            if backing is not None:
                self.field(66, backing)
            self.data += b"\x01"
        return self


def write_manifest(folder, edits, number=1, format_version=24, family=0):
    writer = RecordWriter(0, family)
    for edit in edits:
        writer.add(edit.data)
    name = f"MANIFEST-{number:06d}"
    (folder / name).write_bytes(writer.data)
    (folder / f"marker.format-version.000001.{format_version:03d}").touch()
    (folder / f"marker.manifest.000001.{name}").touch()


def lay(folder, data, entries, *, sequences=None, number=5, level=6, bounds=None):
    """A database of one table."""
    folder.mkdir(exist_ok=True)
    (folder / f"{number:06d}.sst").write_bytes(data)
    sequences = sequences or (min(one.sequence for one in entries), max(one.sequence for one in entries))
    bounds = bounds or (entries[0].key, entries[-1].key)
    write_manifest(folder, [Edit().start().new(level, number, len(data), bounds, sequences)])
    return folder
