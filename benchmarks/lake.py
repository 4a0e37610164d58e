"""Speed, memory and size of a lake: adding a large file, and questions to many syncs of it.

    python benchmarks/lake.py [--users 50000 --groups 2000 --members 500] [--syncs 30] [--runs 3] [--growth 1]

The fake connector makes a file with 1,000,000 grants by default. `lake add` is compared with what people do without a
lake: `export csv`, and DuckDB's reader of CSV. Then the lake gets `--syncs` syncs of the same size, of which each has
lost a few grants of the one before, and is asked. `--growth 5` also adds a file with five times the grants.
"""

from __future__ import annotations

import argparse
import hashlib
import multiprocessing
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from datetime import timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from measure import Cost, median, run
from msgspec.json import encode

from connector_host.lake.lake_catalog import Lake
from connector_host.lake.parquet_files import store_parquet
from connector_host.lake.sync_commits import SyncCommit

PERSON = "u0000100@example.com"


def make_file(folder: Path, users: int, groups: int, members: int) -> Path:
    path = folder / f"{users}-{groups}-{members}.c1z"
    sizes = ["--users", str(users), "--groups", str(groups), "--members", str(members)]
    run("sync", "fake", *sizes, "-f", str(path))
    return path


def add(path: Path, lake: Path) -> Cost:
    return run("lake", "add", str(path), "--lake", str(lake), "--replace", "-o", "csv")


def export_and_read(path: Path, folder: Path) -> Cost:
    """Return the cost of `export csv` and of reading the file once with DuckDB."""
    target = folder / "grants.csv"
    cost = run("export", "csv", "-f", str(path), "--out", str(target))
    started, processor = time.monotonic(), time.process_time()
    duckdb.sql(f"select count(*), count(distinct columns(*)) from read_csv('{target}')").fetchall()
    return Cost(
        cost.wall + time.monotonic() - started, cost.processor + time.process_time() - processor, cost.memory, ""
    )


def multiply(place: str, number: int) -> None:
    """Add syncs like the only one of the lake, a day apart, each without some grants that the one before has."""
    lake = Lake.open(place)
    first = lake.commits[0]
    tables = {
        file.table: pa.concat_tables(
            pq.read_table(lake.store.location(part.key)) for part in first.files if part.table == file.table
        )
        for file in first.files
    }
    for day in range(1, number):
        sync_id = hashlib.sha256(str(day).encode()).hexdigest()[:27]
        files = []
        for name, table in tables.items():
            column = pa.repeat(sync_id, len(table))
            copy = table.set_column(1, table.schema.field(1), column)
            rows = copy.slice(0, len(copy) - 100 * day) if name == "grants" else copy
            files.append(store_parquet(lake.store, f"data/{name}/copy/{sync_id}.parquet", name, iter([rows])))
        shift = timedelta(days=day)
        commit = SyncCommit(
            **{
                **{name: getattr(first, name) for name in SyncCommit.__struct_fields__},
                "sync_id": sync_id,
                "revision": 1,
                "ended_at": first.end + shift,
                "files": tuple(files),
            }
        )
        lake.store.create(commit.key, encode(commit))


def show(name: str, cost: Cost, note: str = "") -> None:
    print(f"{name:<58} {cost.wall:6.2f} s {cost.processor:6.2f} s CPU {cost.memory:5.0f} MB  {note}", flush=True)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name, default in (("users", 50_000), ("groups", 2_000), ("members", 500), ("syncs", 30), ("runs", 3)):
        arguments.add_argument(f"--{name}", type=int, default=default)
    arguments.add_argument("--growth", type=int, default=1)
    options = arguments.parse_args()
    grants = options.groups * options.members
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "lake"
        path = make_file(folder, options.users, options.groups, options.members)
        baseline = median([export_and_read(path, folder) for _ in range(options.runs)])
        show(f"export csv and DuckDB's reader, {grants:,} grants", baseline)
        cost = median([add(path, place) for _ in range(options.runs)])
        ratio = f"{cost.processor / baseline.processor:.2f} of the processor time of export csv and reader"
        show(f"lake add, {grants:,} grants", cost, ratio)
        lake = Lake.open(str(place))
        print(f"size of the lake: {lake.commits[0].size / 1e6:.1f} MB for {grants:,} grants")
        if options.growth > 1:
            large = make_file(folder, options.users, options.groups * options.growth, options.members)
            larger = add(large, folder / "large")
            per_grant = larger.processor / cost.processor / options.growth
            show(f"lake add, {grants * options.growth:,} grants", larger, f"{per_grant:.2f} of the time for each grant")
        with ProcessPoolExecutor(1, multiprocessing.get_context("spawn")) as other:  # its memory counts for no child
            other.submit(multiply, lake.store.url, options.syncs).result()
        lake = Lake.open(str(place))
        total = sum(commit.counts["grants"] for commit in lake.commits)
        print(
            f"{len(lake.commits)} syncs, {total:,} grants, {sum(commit.size for commit in lake.commits) / 1e6:.0f} MB"
        )
        day = lake.commits[-2].end.isoformat().replace("+00:00", "Z")
        end = (lake.commits[-1].end + timedelta(hours=1)).isoformat().replace("+00:00", "Z")
        for words in (
            ("access", PERSON),
            ("who", "g000001"),
            ("diff", "--from", day, "--to", end),
            ("timeline", PERSON),
            ("privileged",),
        ):
            asked = [run("lake", *words, "--lake", str(place), discard=True) for _ in range(options.runs)]
            show(f"lake {words[0]}", median(asked))


if __name__ == "__main__":
    main()
