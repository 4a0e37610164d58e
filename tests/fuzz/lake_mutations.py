"""Mutations of a lake: its records, its Parquet files, and what commits say about them.

The lake travels as a ZIP archive of its files, because an attempt mutates one content.
"""

import hashlib
import io
import json
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
from byte_mutations import TEXTS, mutate_bytes, mutate_json

HOSTILE_KEYS = (
    "../../etc/passwd",
    "/etc/passwd",
    "data/../lake.json",
    "data/grants/*.parquet",
    "data/x'; select 1",
    "",
)


def pack_folder(folder):
    """Return the files of a folder as a ZIP archive."""
    return _pack({str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()})


def unpack_folder(content, folder):
    """Write the files of an archive of `pack_folder` into a folder."""
    for name, data in _members(content).items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _pack(members):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, data in sorted(members.items()):
            archive.writestr(zipfile.ZipInfo(name), data)
    return out.getvalue()


def _members(content):
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def mutate_lake(random_, content, _folder):
    """Change a record, the bytes or the rows of a Parquet file, a key, or the list of files."""
    members = _members(content)
    records = sorted(name for name in members if name.endswith(".json"))
    tables = sorted(name for name in members if name.endswith(".parquet"))
    way = random_.randrange(10)
    name = random_.choice(records if way < 5 else tables)
    if way < 4:
        members[name] = mutate_json(random_, members[name])
    elif way == 4:
        _edit_commit(random_, members)
    elif way == 5:
        members[name] = mutate_bytes(random_, members[name])
        _correct_hashes(members)
    elif way < 9:
        members[name] = _edit_rows(random_, members[name])
        if random_.random() < 0.8:
            _correct_hashes(members)
    else:
        other = random_.choice(sorted(members))
        members[random_.choice((name, f"{name}.1.json", other))] = members.pop(other)
    return _pack(members)


def _commits(members):
    return sorted(name for name in members if name.startswith("commits/"))


def _edit_commit(random_, members):
    """Let a commit name another file, another table or another number of rows."""
    name = random_.choice(_commits(members))
    commit = json.loads(members[name])
    file = random_.choice(commit["files"])
    field, value = random_.choice(
        (
            ("key", random_.choice((*HOSTILE_KEYS, random_.choice(sorted(members))))),
            ("table", random_.choice((*TEXTS, "grants", "accounts"))),
            ("rows", random_.choice((0, 2**62, -1))),
            ("size", random_.choice((0, 2**62, -1))),
            ("shared", True),
            ("columns", random_.choice((0, 10**9))),
        )
    )
    file[field] = value
    members[name] = json.dumps(commit).encode("utf-8", "surrogatepass")


def _edit_rows(random_, data):
    """Change the values or the columns of a Parquet file."""
    table = pq.read_table(io.BytesIO(data))
    place = random_.randrange(table.num_columns)
    column, name = table.column(place), table.column_names[place]
    text = random_.choice(TEXTS).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    way = random_.randrange(7)
    if way == 0:
        table = table.drop_columns([name])
    elif way == 1:
        table = table.append_column(random_.choice(("more", name, "sync_id")), column)
    elif way == 2:
        table = table.rename_columns([text[:200] if old == name else old for old in table.column_names])
    elif way == 3:
        table = pa.concat_tables([table] * random_.choice((2, 2_000)))
    elif way == 4:
        table = table.set_column(place, name, pa.array([1.5] * table.num_rows))
    else:
        value = None if way == 5 else text
        table = table.set_column(place, name, pa.array([value] * table.num_rows, pa.string()))
    out = io.BytesIO()
    pq.write_table(table, out, compression="zstd")
    return out.getvalue()


def _correct_hashes(members):
    """Let the commits name the sizes and hashes that the files have now."""
    for name in _commits(members):
        commit = json.loads(members[name])
        for file in commit["files"]:
            data = members[file["key"]]
            file |= {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
        members[name] = json.dumps(commit).encode()
