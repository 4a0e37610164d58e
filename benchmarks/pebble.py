"""Speed of the storage of format v3: entries a second of CPU time, written and read, by kind of table.

Run from the root of the repository: `python -m benchmarks.pebble [ENTRIES]`. Tables of others are made by the encoder
of the tests. Each figure is the best of three.
"""

import sys
import tempfile
import time
from pathlib import Path

from connector_host.c1z.pebble import compression, envelope
from connector_host.c1z.pebble.pebble_database import open_pebble, write_database
from tests.c1z.pebble.making import NONE, SET, SNAPPY, ZSTD, Entry, lay, table

NAMES = {NONE: "not compressed", SNAPPY: "Snappy", ZSTD: "zstd"}


def grants(count):
    """Yield keys and values like those of grants, 50 to a group."""
    for n in range(count):
        group, user = n // 50, n % 50 * 977
        key = b"\x03\x04\x00group\x00g%06d\x001\x00member\x00user\x00u%07d" % (group, user)
        yield key, b"\x12\x40group:g%06d:member:user:u%07d\x1a\x20" % (group, user) + key[:30] + b"\x2a\x0c" + bytes(12)


def best(work, times=3):
    """Return the least CPU seconds of several runs."""
    times_taken = []
    for _ in range(times):
        started = time.process_time()
        work()
        times_taken.append(time.process_time() - started)
    return min(times_taken)


def tell(label, entries, seconds):
    print(f"{label:<44} {entries / seconds / 1000:8.0f} k entries/s")


def count(folder, by_block=True):
    with open_pebble(folder) as db:
        if by_block:
            return sum(map(len, db.blocks()))
        return sum(1 for _ in db.items())


def look_up(folder, keys):
    with open_pebble(folder) as db:
        for key in keys:
            assert db.get(key) is not None


def ours(base, entries):
    def write():
        folder = Path(tempfile.mkdtemp(dir=base))
        write_database(folder, grants(entries))
        folder.rename(base / f"ours {time.monotonic_ns()}")

    generating = best(lambda: sum(1 for _ in grants(entries)))
    tell("write, without making the entries", entries, best(write) - generating)
    folder = next(base.glob("ours *"))
    tell("read, by block", entries, best(lambda: count(folder)))
    tell("read, entry by entry", entries, best(lambda: count(folder, by_block=False)))
    keys = [key for n, (key, _) in enumerate(grants(entries)) if n % (entries // 1000) == 0]
    tell("look up, far from each other", len(keys), best(lambda: look_up(folder, keys)))
    near = [key for key, _ in grants(1000)]
    tell("look up, near each other", len(near), best(lambda: look_up(folder, near)))
    raw = sum(path.stat().st_size for path in folder.iterdir())
    packed = base / "packed.c1z"

    def pack():
        packed.unlink(missing_ok=True)
        envelope.pack(folder, packed, envelope.Manifest(engine="pebble3", payload_encoding=envelope.INDEXED))

    print(f"{'pack':<44} {raw / best(pack) / 1e6:8.0f} MB/s, to {packed.stat().st_size / raw:.0%}")
    unpack = best(lambda: envelope.unpack(packed, Path(tempfile.mkdtemp(dir=base))))
    print(f"{'unpack':<44} {raw / unpack / 1e6:8.0f} MB/s")


def others(base, entries):
    rows = [Entry(key, 10 + n, SET, value) for n, (key, value) in enumerate(grants(entries))]
    for version in (4, 7):
        for compressor in (NONE, SNAPPY, ZSTD):
            data = table(rows, version=version, compression=compressor, rows=200, two_levels=True)
            folder = lay(base / f"{version} {compressor}", data, rows)
            label = f"read a {'columnar' if version > 4 else 'row'} table, {NAMES[compressor]}"
            tell(label, entries, best(lambda folder=folder: count(folder)))
            if compressor == SNAPPY:
                library, compression._snappy = compression._snappy, lambda: compression.python_snappy
                tell(f"{label} by Python", entries, best(lambda folder=folder: count(folder)))
                compression._snappy = library


def main():
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as name:
        ours(Path(name), entries)
        others(Path(name), entries)


if __name__ == "__main__":
    main()
