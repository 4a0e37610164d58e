"""Mutations of c1z files and workbooks that know what is in them."""

import io
import shutil
import warnings
import zipfile

import apsw
import zstandard
from byte_mutations import NUMBERS, TEXTS, mutate_bytes, mutate_json, mutate_message
from lake_mutations import mutate_lake

from connector_host.c1z.pebble import envelope
from connector_host.c1z.pebble.pebble_database import open_pebble, write_database

MAGIC = 5  # bytes
HOSTILE_SQL = (
    "create trigger t after insert on v1_grants begin delete from v1_grants; end",
    "create trigger t after update on v1_sync_runs begin select raise(abort, 'x'); end",
    "create view v1_assets2 as select load_extension('x')",
    "create view endless as with recursive c(x) as (select 1 union all select x+1 from c) select x from c",
    "create table wide ({})".format(", ".join(f"c{number} text" for number in range(1_900))),
    "create virtual table words using fts5(a)",
    "create index odd on v1_grants (random())",
    "create index part on v1_grants (external_id) where length(data) > 2",
    "alter table v1_grants add column extra text default 'x'",
    "alter table v1_grants add column made text as (upper(external_id))",
    "alter table v1_resources rename column data to content",
    "alter table v1_entitlements rename to entitlements",
    "drop table v1_sync_runs",
    "drop table v1_entitlements",
    "delete from v1_sync_runs",
    "create table host_earlier (record text); insert into host_earlier values ('x')",
    "create table host_queue (id integer, token blob); insert into host_queue values (1, x'00')",
    "update v1_sync_runs set sync_type = 'partial'",
    "update v1_sync_runs set parent_sync_id = sync_id",
    "update v1_grants set sync_id = 'x'",
    "pragma user_version = 99",
    "pragma application_id = 99",
    "pragma encoding = 'UTF-16'; vacuum",
    "pragma page_size = 512; vacuum",
    "pragma auto_vacuum = 1; vacuum",
    "pragma journal_mode = wal",
)


# ----------------------------------------------------------------------------------------------- format v1


def mutate_v1(random_, packed, folder):
    """Change the zstd data, the bytes of the database, its cells, its messages or its schema."""
    draw = random_.random()
    if draw < 0.08:
        return mutate_bytes(random_, packed)
    image = zstandard.ZstdDecompressor().stream_reader(packed[MAGIC:]).read()
    if draw < 0.14:
        return packed[:MAGIC] + _frames(random_, image)
    if draw < 0.4:
        return packed[:MAGIC] + zstandard.compress(mutate_bytes(random_, image))
    changed = image
    try:
        changed = _edit_database(random_, image, folder / "edited.db", draw)
    except apsw.Error:
        changed = mutate_bytes(random_, image)
    return packed[:MAGIC] + zstandard.compress(changed)


def _frames(random_, image):
    compress = zstandard.ZstdCompressor(level=1).compress
    skippable = b"\x50\x2a\x4d\x18" + (8).to_bytes(4, "little") + b"skipped!"
    parts = [compress(image[: len(image) // 2]), compress(image[len(image) // 2 :])]
    ways = (
        skippable + b"".join(parts),
        parts[0] + skippable * 1_000 + parts[1],
        b"".join(reversed(parts)),
        b"".join(parts) + compress(image),
        b"".join(parts) + b"rest",
        parts[0],
        compress(b"\x00" * 200_000_000) if random_.random() < 0.1 else compress(b""),
        zstandard.ZstdCompressor(write_content_size=False).compress(image)[:-1],
        zstandard.ZstdCompressor(compression_params=zstandard.ZstdCompressionParameters(window_log=27)).compress(image),
        mutate_bytes(random_, parts[0]) + parts[1],
    )
    return random_.choice(ways)


def _edit_database(random_, image, path, draw):
    path.write_bytes(image)
    connection = apsw.Connection(str(path))
    try:
        connection.execute("pragma journal_mode = off")
        for _ in range(random_.choice((1, 1, 2, 5))):
            if draw < 0.6:
                _edit_cell(random_, connection)
            elif draw < 0.85:
                _edit_message(random_, connection)
            else:
                _edit_schema(random_, connection)
    finally:
        connection.close()
    return path.read_bytes()


def _tables(connection):
    query = "select name from sqlite_master where type = 'table' and name like 'v1%'"
    return sorted(name for (name,) in connection.execute(query))


def _edit_cell(random_, connection):
    table = random_.choice(_tables(connection))
    column = random_.choice([row[1] for row in connection.execute(f'pragma table_info("{table}")')])
    value = random_.choice(
        (
            None,
            random_.choice(TEXTS).encode("utf-8", "surrogatepass").decode("utf-8", "replace"),
            max(-(2**63), min(2**63 - 1, int(random_.choice(NUMBERS[:-2])))),
            1.5,
            random_.randbytes(40),
            b"\x00" * random_.choice((0, 1, 100_000)),
        )
    )
    condition = random_.choice(("", " where rowid = (select max(rowid) from {})", " where rowid % 3 = 0")).format(table)
    connection.execute(f'update or replace "{table}" set "{column}" = ?{condition}', (value,))


def _edit_message(random_, connection):
    table = random_.choice([name for name in _tables(connection) if "sync_runs" not in name and "session" not in name])
    column = random_.choice(["data", "data", "data", *(["expansion"] if table.endswith("grants") else [])])
    rows = list(connection.execute(f'select rowid, "{column}" from "{table}" where length("{column}") > 0'))
    for rowid, data in random_.sample(rows, min(len(rows), random_.choice((1, 3)))):
        connection.execute(
            f'update "{table}" set "{column}" = ? where rowid = ?', (mutate_message(random_, data), rowid)
        )


def _edit_schema(random_, connection):
    if random_.random() < 0.6:
        connection.execute(random_.choice(HOSTILE_SQL))
        return
    connection.config(apsw.SQLITE_DBCONFIG_DEFENSIVE, 0)
    connection.execute("pragma writable_schema = on")
    rows = list(connection.execute("select rowid, sql, rootpage from sqlite_master where sql is not null"))
    rowid, sql, root = random_.choice(rows)
    text = mutate_bytes(random_, sql.encode()).decode("utf-8", "replace")
    other = random_.choice(rows)
    ways = (
        ("sql", text),
        ("sql", other[1]),
        ("rootpage", random_.choice((0, 1, other[2], root + 1, 2**31))),
        ("name", random_.choice(TEXTS)[:50].encode("utf-8", "replace").decode()),
        ("type", random_.choice(("view", "trigger", "index", "x"))),
    )
    column, value = random_.choice(ways)
    connection.execute(f"update sqlite_master set {column} = ? where rowid = ?", (value, rowid))


# ----------------------------------------------------------------------------------------------- format v3


def mutate_v3(random_, packed, folder):
    """Change the envelope, the files of the Pebble database, or records in it."""
    draw = random_.random()
    if draw < 0.1:
        return mutate_bytes(random_, packed)
    if draw < 0.2:  # the manifest is near the beginning
        return mutate_bytes(random_, packed[:200]) + packed[200:]
    place = folder / "v3"
    shutil.rmtree(place, ignore_errors=True)
    (place / "read").mkdir(parents=True)
    (place / "written").mkdir()
    (place / "packed.c1z").write_bytes(packed)
    manifest = envelope.unpack(place / "packed.c1z", place / "read")
    if draw < 0.45:
        path = random_.choice(sorted(path for path in (place / "read").iterdir() if path.stat().st_size))
        path.write_bytes(mutate_bytes(random_, path.read_bytes()))
        if random_.random() < 0.1:
            path.rename(
                path.with_name(random_.choice(("000001.sst", "CURRENT", "MANIFEST-000009", "a b", ".."[:1] + "x")))
            )
        envelope.pack(place / "read", place / "new.c1z", manifest)
        return (place / "new.c1z").read_bytes()
    with open_pebble(place / "read") as database:
        entries = dict(database.items())
    _edit_entries(random_, entries)
    write_database(place / "written", sorted(entries.items()))
    envelope.pack(place / "written", place / "new.c1z", manifest)
    return (place / "new.c1z").read_bytes()


def _edit_entries(random_, entries):
    for key in random_.sample(sorted(entries), random_.choice((1, 2, 5))):
        way = random_.randrange(8)
        if way == 0:
            del entries[key]
        elif way == 1:
            entries[mutate_bytes(random_, key)] = entries[key]
        elif way == 2:
            entries[key] = entries[random_.choice(sorted(entries))]
        elif way < 4:
            entries[key] = mutate_bytes(random_, entries[key])
        elif entries[key]:
            entries[key] = mutate_message(random_, entries[key])


# ----------------------------------------------------------------------------------------------- workbooks

XML_PARTS = (
    (b'r="A', b'r="ZZZZZ'),
    (b'<row r="', b'<row r="' + b"9" * 5_000),
    (b"<c ", b"<c t='n' "),
    (b't="s"', b't="inlineStr"'),
    (b"<v>", b"<v>-"),
    (b"<v>", b"<v>1e999"),
    (b"<sheetData>", b"<sheetData><sheetData>"),
    (b"</row>", b""),
    (b"<?xml ", b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><?xml '),
    (b"standalone", b"encoding='utf-16' standalone"),
    (b"UTF-8", b"UTF-16"),
    (b"<t>", b"<t>&#0;"),
    (b"<t>", b"<t>" + b"x" * 40_000),
    (b'sheetId="1"', b'sheetId="x"'),
    (b'Target="', b'Target="../../../'),
)


def mutate_workbook(random_, content, _folder):
    """Change the bytes of the archive, a member, or the list of members."""
    if random_.random() < 0.15:
        return mutate_bytes(random_, content)
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    sheets = [name for name in members if "sheet" in name or "sharedStrings" in name or "docProps" in name]
    name = random_.choice(sheets if sheets and random_.random() < 0.7 else sorted(members))
    way, extra = random_.randrange(7), []
    if way == 0:
        del members[name]
    elif way == 1:
        members[name] = mutate_bytes(random_, members[name])
    elif way == 2:
        extra = [(name, members[name])]
    elif way == 3:
        members[random_.choice(("../x", "xl/workbook2.xml", "/abs", "xl/worksheets/sheet99.xml"))] = members.pop(name)
    elif way == 4:
        members[name] = random_.choice((b"", b"<", b"<a>" * 50_000, b" " * 20_000_000, b"\xff\xfe<\x00"))
    else:
        for _ in range(random_.choice((1, 3))):
            before, after = random_.choice(XML_PARTS)
            members[name] = members[name].replace(before, after, random_.choice((1, 1, -1)))[: 30 << 20]
    return _archive([*members.items(), *extra], stored=random_.random() < 0.1)


def _archive(members, *, stored):
    out = io.BytesIO()
    with (
        warnings.catch_warnings(action="ignore"),
        zipfile.ZipFile(out, "w", zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED) as archive,
    ):
        for name, data in members:
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_STORED if stored else zipfile.ZIP_DEFLATED)
    return out.getvalue()


def mutate_text(random_, content, _folder):
    """Change a text: bytes, a line, or a value in it."""
    if random_.random() < 0.5:
        return mutate_bytes(random_, content)
    lines = content.splitlines(keepends=True)
    place = random_.randrange(len(lines))
    value = random_.choice((*TEXTS, "x = " + "[" * 20_000, "x" + ".a" * 20_000 + " = 1", "1979-13-41")).encode(
        "utf-8", "replace"
    )
    lines[place] = random_.choice(
        (value, value + b"\n", lines[place] * 2, b"", lines[place].replace(b"=", b"=" + value), b"[" * 50_000)
    )
    return b"".join(lines)


def mutate_lines(random_, content, _folder):
    return mutate_json(random_, content)


MUTATIONS = {
    "v1": mutate_v1,
    "v3": mutate_v3,
    "workbook": mutate_workbook,
    "campaign": mutate_lines,
    "plan": mutate_lines,
    "record": mutate_lines,
    "config": mutate_text,
    "evidence": mutate_workbook,
    "ticket": mutate_lines,
    "profile": mutate_lines,
    **dict.fromkeys(("people", "query", "password"), mutate_text),
    "rules": mutate_text,
    "owners": mutate_text,
    "decisions": mutate_lines,
    "damaged_lake": mutate_lake,
    "cursor": mutate_text,
    "json": mutate_lines,
}
