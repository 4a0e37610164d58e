"""What the tests of the wire package share: the rows of the golden files, read without any of our own code."""

import io
from functools import cache
from pathlib import Path

import apsw
import pytest
import zstandard

GOLDEN = Path(__file__).resolve().parents[3] / "shared" / "golden"
TABLES = ("resource_types", "resources", "entitlements", "grants")


@cache
def read_rows(path: Path) -> dict[str, list[dict]]:
    """Every row of the object tables of a v1 file, as dicts by column."""
    packed = path.read_bytes()
    assert packed[:5] == b"C1ZF\x00"
    reader = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(packed[5:]), read_across_frames=True)
    image = bytearray(reader.read())
    image[18:20] = b"\x01\x01"  # a database in write-ahead mode cannot be read from memory
    with apsw.Connection(":memory:") as db:
        db.deserialize("main", bytes(image))
        found = {}
        for table in TABLES:
            cursor = db.execute(f"select * from v1_{table} order by id")
            names = (
                [column[0] for column in cursor.get_description()]
                if db.execute(f"select 1 from v1_{table}").get
                else []
            )
            found[table] = [
                dict(zip(names, row, strict=True)) for row in db.execute(f"select * from v1_{table} order by id")
            ]
        return found


def golden_files() -> list[Path]:
    return [path for path in sorted(GOLDEN.glob("*/*.c1z")) if path.read_bytes()[:5] == b"C1ZF\x00"]


def checked(path: Path | None) -> Path:
    if path is None:
        pytest.skip("the golden files are not there (../shared/golden)")
    return path


def short(path: Path | None) -> str:
    return "/".join(path.parts[-2:]) if path else "absent"


OTHER_WRITERS = frozenset(("connector-service", "files", "sql"))
"""Folders whose rows come from connectors of other SDK versions: profile and status on the trait, another order of
annotations. We write such a resource in today's form, so its bytes change and its values stay."""


@pytest.fixture(params=[path for path in golden_files() if path.parent.name not in OTHER_WRITERS] or [None], ids=short)
def golden_of_same_form(request) -> dict[str, list[dict]]:
    """The rows of one golden file whose messages have the form that we write."""
    return read_rows(checked(request.param))


@pytest.fixture(params=[path for path in golden_files() if path.parent.name in OTHER_WRITERS] or [None], ids=short)
def golden_of_other_form(request) -> dict[str, list[dict]]:
    """The rows of one golden file of `OTHER_WRITERS`."""
    return read_rows(checked(request.param))


@pytest.fixture(params=golden_files() or [None], ids=short)
def golden(request) -> dict[str, list[dict]]:
    """The rows of one golden file; the tests run for each."""
    return read_rows(checked(request.param))


@pytest.fixture(params=[path.parent for path in golden_files() if path.name == "sync.c1z"] or [None], ids=short)
def printed(request) -> tuple[Path, dict[str, list[dict]]]:
    """One golden folder, which has the JSON that the Go tools print of its file, and the rows of that file."""
    folder = checked(request.param)
    return folder, read_rows(folder / "sync.c1z")
