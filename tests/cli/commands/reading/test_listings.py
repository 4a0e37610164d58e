"""The listing commands: resource-types, resources, entitlements, grants, principals."""

import json
import os
from pathlib import Path

import pytest

from connector_host.cli.command_table import built_in
from connector_host.output import screen

FORMATS = ("table", "json", "jsonl", "csv", "md", "html")
COMMANDS = ("resource-types", "resources", "entitlements", "grants", "principals", "stats", "syncs")


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_writes_every_format(ask, sync_file, command, form):
    told = ask(command, "-f", sync_file, "-o", form)
    assert told.code == 0
    assert told.err == ""
    assert "group" in told.out.lower() or command == "syncs"
    if form == "json":
        assert isinstance(told.json, dict)
    if form == "jsonl":
        assert all(isinstance(one, dict) for one in told.records)


def test_tables_have_names_first_and_ids_whole(ask, sync_file):
    assert ask("resource-types", "-f", sync_file).lines[:2] == ["NAME         TRAITS  ID", "User         user    user"]
    found = ask("resources", "-f", sync_file).lines
    assert found[0] == "NAME          TYPE         PARENT       E-MAIL (USERS)      ID"
    assert found[-1].split() == ["Payroll", "Application", "Engineering", "app:a1"]
    assert ask("entitlements", "-f", sync_file).lines[3].split("  ")[0] == "Payroll read"
    assert ask("grants", "-f", sync_file).lines[1].endswith("group:g2:member:user:u1")


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["resources", "-t", "group"], ["group:g1", "group:g2"]),
        (["resources", "--resource-type", ""], ["user:u1", "user:u2", "user:u3", "group:g1", "group:g2", "app:a1"]),
        (["resources", "-t", "GROUP"], ["group:g1", "group:g2"]),
        (["resources", "-t", "Application"], ["app:a1"]),
        (["resources", "--text", "lace  ada"], ["user:u1"]),
        (["resources", "--text", "LOVE"], ["user:u1"]),
        (["resources", "--text", "g2"], ["group:g2"]),
        (["principals"], ["user:u1", "group:g2", "user:u2", "group:g1"]),
        (["principals", "-e", "app:a1:read"], ["group:g1", "user:u2", "user:u1"]),
        (["principals", "-t", "group", "-r", "g1"], ["group:g2", "user:u2", "user:u1"]),
        (["principals", "-e", "payroll write"], ["user:u1"]),
        (["principals", "-r", "group:g1"], ["group:g2", "user:u2", "user:u1"]),
        (["principals", "-t", "group", "-r", "engineering"], ["group:g2", "user:u2", "user:u1"]),
        (["principals", "--text", "bob"], ["user:u2"]),
    ],
)
def test_resources_and_principals_are_filtered(ask, sync_file, words, wanted):
    told = ask(*words, "-f", sync_file, "-o", "json")
    found = [one["resource"]["id"] for one in told.json.get("resources", [])]
    assert [f"{one['resourceType']}:{one['resource']}" for one in found] == wanted


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["-t", "app"], ["app:a1:read", "app:a1:write"]),
        (["-t", "group", "-r", "g2"], ["group:g2:member"]),
        (["--text", "write"], ["app:a1:write"]),
        (["-t", "app", "--text", "member"], []),
    ],
)
def test_entitlements_are_filtered(ask, sync_file, words, wanted):
    told = ask("entitlements", "-f", sync_file, "-o", "jsonl", *words)
    assert [one["entitlement"]["id"] for one in told.records] == wanted


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (["-e", "app:a1:write"], ["app:a1:write:user:u1"]),
        (["-t", "group", "-r", "g2"], ["group:g2:member:user:u1"]),
        (["-r", "g2"], ["group:g2:member:user:u1"]),
        (["-r", "group:g2"], ["group:g2:member:user:u1"]),
        (["-r", "platform"], ["group:g2:member:user:u1"]),
        (["-t", "app", "-e", "group:g2:member"], []),
        (["-t", "app", "-e", "app:a1:write"], ["app:a1:write:user:u1"]),
        (["-p", "bob@example.com"], ["group:g1:member:user:u2", "app:a1:read:user:u2"]),
        (["-p", "Bob", "-t", "app"], ["app:a1:read:user:u2"]),
        (["--text", "PLATFORM"], ["group:g2:member:user:u1", "group:g1:member:group:g2"]),
        (["-p", "u1", "--text", "PLATFORM"], ["group:g2:member:user:u1"]),
        (["-e", "group:g2:member", "--text", "PLATFORM"], []),
        (["--state", "disabled", "--text", "nobody"], []),
    ],
)
def test_grants_are_filtered(ask, sync_file, words, wanted):
    told = ask("grants", "-f", sync_file, "-o", "jsonl", *words)
    assert [one["grant"]["id"] for one in told.records] == wanted


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["grants", "-r", "", "-t", "group"], "--resource is empty"),
        (["principals", "-r", ""], "--resource is empty"),
        (["entitlements", "-r", ""], "--resource is empty"),
        (["grants", "-t", ""], "--resource-type is empty"),
        (["grants", "-e", ""], "--entitlement is empty"),
        (["grants", "-t", "group", "-r", "g1", "-e", "x"], "exclude each other"),
        (["grants", "-o", "yaml"], "no output format is called 'yaml'"),
    ],
)
def test_what_cannot_be_meant_is_a_usage_error(ask, sync_file, words, message):
    told = ask(*words, "-f", sync_file)
    assert (told.code, told.out) == (2, "")
    assert message in told.err


# ----------------------------------------------------------------------------------------------- common to all


def test_the_file_comes_from_flag_environment_or_the_default(ask, sync_file, monkeypatch, tmp_path):
    monkeypatch.chdir(sync_file.parent)
    assert ask("resources").code == 0
    monkeypatch.chdir(tmp_path.parent)
    assert "sync.c1z does not exist" in ask("resources").err
    monkeypatch.setenv("BATON_FILE", str(sync_file))
    assert ask("resources").code == 0
    assert ask("resources", "-f", "other.c1z").code == 2


@pytest.mark.parametrize("command", [*COMMANDS, "validate"])
@pytest.mark.parametrize("content", [None, b"", b"nonsense", b"C1ZF\x00\x28\xb5\x2f\xfd"])
def test_a_file_that_is_none_is_one_clear_error(ask, tmp_path, command, content):
    path = tmp_path / "bad.c1z"
    if content is not None:
        path.write_bytes(content)
    told = ask(command, "-f", path)
    assert (told.code, told.out) == (2, "")
    assert str(path) in told.err
    assert "Traceback" not in told.err
    assert len(told.err.splitlines()) == 2  # what is wrong, and what to do


def test_an_unfinished_or_partial_sync_is_shown_and_said(ask, make_c1z, organisation):
    told = ask("resources", "-f", make_c1z(organisation, ended_at=None))
    assert told.code == 0
    assert "No sync of this file is finished" in told.err
    told = ask("resources", "-f", make_c1z(organisation, sync_type="partial"))
    assert "of type partial, not full" in told.err


@pytest.mark.parametrize("flag", ["--sync-id", "--sync"])
def test_a_sync_can_be_named(ask, make_c1z, organisation, flag):
    import copy

    other = copy.deepcopy(organisation)
    other.resources = other.resources[:1]
    path = make_c1z(organisation, other)
    first = ask("syncs", "-f", path, "-o", "json").json["syncs"][0]["id"]
    assert len(ask("resources", "-f", path).lines) == 2
    assert len(ask("resources", "-f", path, flag, first).lines) == 7
    told = ask("resources", "-f", path, flag, "unknown")
    assert told.code == 5
    assert "holds no sync 'unknown'" in told.err


def test_a_file_without_syncs_is_a_precondition(ask, make_c1z):
    path = make_c1z(ids=())
    assert ask("resources", "-f", path).code == 9
    assert ask("syncs", "-f", path).lines == ["ID  TYPE  STARTED  ENDED  TOOK  PARENT"]


def test_damaged_messages_are_one_error(ask, make_c1z, organisation):
    path = make_c1z(organisation, tweak=lambda db: db.execute("update v1_grants set data = x'0a7f' where id = 5"))
    told = ask("grants", "-f", path, "-o", "json")
    assert told.code == 2
    assert "app:a1:read:group:g1" in told.err
    assert "validate" in told.err


def test_control_characters_in_names_do_not_reach_the_screen(ask, make_c1z, organisation):
    organisation.resources[0] = organisation.user("u1", "\x1b[2Jgone\nnext", "ada@example.com")
    path = make_c1z(organisation)
    told = ask("resources", "-f", path)
    assert "\\x1b[2Jgone\\nnext" in told.out
    assert len(told.lines) == 7
    assert (
        ask("resources", "-f", path, "-o", "json").json["resources"][0]["resource"]["displayName"]
        == "\x1b[2Jgone\nnext"
    )


def test_control_characters_in_names_do_not_reach_the_screen_in_errors_either(ask, make_c1z, organisation):
    organisation.resources[0] = organisation.user("\x1b[31mx", "Ada \x1b[2J", "ada@example.com")
    organisation.grants[0] = organisation.grant("group:g2:member", "user", "\x1b]0;y\x07")
    path = make_c1z(organisation)
    for told in (
        ask("access", "ada \x1b", "-f", path),
        ask("grants", "-f", path),
        ask("access", "lovelace\x1b", "-f", path),
    ):
        assert "\x1b" not in told.err
        assert "\\x1b" in told.err


def test_a_closed_pipe_ends_quietly(site, make_c1z, organisation):
    import subprocess
    import sys

    organisation.resources += [organisation.user(f"n{number}", "Name" * 20, "x@example.com") for number in range(3000)]
    path = make_c1z(organisation)
    for form in ("table", "json", "csv"):
        command = f"{sys.executable} -m connector_host resources -f {path} -o {form} | head -c 100 > /dev/null"
        done = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {command}"], capture_output=True, text=True, check=False, timeout=60
        )
        assert (done.returncode, done.stderr) == (0, "")


def test_unbuffered_output_is_complete(site, sync_file):
    done = site.run("grants", "-f", sync_file, "-o", "json", environ={"PYTHONUNBUFFERED": "1"})
    assert len(json.loads(done.stdout)["grants"]) == 8


def test_the_reference_names_every_command_and_option():
    import click

    from connector_host.cli.lazy_group import LazyGroup
    from connector_host.cli.main import root

    text = (Path(__file__).resolve().parents[4] / "docs" / "reading.md").read_text(encoding="utf-8")
    context = click.Context(root)
    for name, (_, summary) in built_in().items():
        if summary and name in READING:
            command = LazyGroup.get_command(root, context, name)
            assert f"`{name}" in text or f"connector-host {name}" in text, name
            for option in (
                option for one in parts(command) for option in one.params if isinstance(option, click.Option)
            ):
                long = [flag for flag in option.opts if flag.startswith("--")]
                short = [flag for flag in option.opts if not flag.startswith("--")]
                known = {
                    "--config",
                    "--plugins-dir",
                    "--trace-hooks",
                    "--debug",
                    "--log-format",
                    "--log-level",
                    "--help",
                }
                assert known & set(long) or any(flag in text for flag in [*long, *(f"`{one} " for one in short)]), long


READING = {"resource-types", "resources", "entitlements", "grants", "principals", "access", "why", "stats", "syncs"} | {
    *("diff", "export", "validate")
}


def parts(command):
    """The command and, of a group, its subcommands."""
    yield command
    for sub in getattr(command, "commands", {}).values():
        yield from parts(sub)


def test_every_reading_command_has_help(ask):
    for name in built_in():
        if name not in {"sync", "plugins"}:
            told = ask(name, "--help")
            assert told.code == 0
            assert "Usage:" in told.out


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_memory_does_not_grow_with_the_rows(ask, make_c1z, organisation, form, monkeypatch):
    """Ten times the grants, and all of them written: the peak of what Python holds stays."""
    import sys
    import tracemalloc

    m = organisation.m
    organisation.resources += [
        organisation.user(f"p{number}", f"Person {number}", "x@example.com") for number in range(200)
    ]
    held = [organisation.entitlement("app", "a1", f"e{number}") for number in range(100)]
    organisation.entitlements += held
    peaks = []
    for many in (10, 100):
        people = [m.ResourceId("user", f"p{number}") for number in range(200)]
        organisation.grants = [m.Grant(one, who, id=f"{one.id}:{who}") for one in held[:many] for who in people]
        path = make_c1z(organisation)
        assert ask("resources", "-f", path).code == 0  # imports everything
        with Path(os.devnull).open("w") as nowhere, monkeypatch.context() as patched:
            patched.setattr(sys, "stdout", nowhere)
            patched.setattr(screen, "LARGEST_BATCH", 1 << 14)
            tracemalloc.start()
            assert ask("grants", "-f", path, "-o", form).code == 0
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert peaks[1] < peaks[0] * 1.5


# ----------------------------------------------------------------------------------------------- the Go tools


@pytest.mark.golden
@pytest.mark.parametrize(
    "command", ["resource-types", "resources", "entitlements", "grants", "principals", "stats", "syncs"]
)
def test_json_equals_that_of_the_go_tools(ask, golden_syncs, command):
    compared = 0
    for folder in golden_syncs:
        wanted = folder / f"{command}.json"
        if wanted.exists():
            assert ask(command, "-f", folder / "sync.c1z", "-o", "json").json == json.loads(wanted.read_text()), folder
            compared += 1
    assert compared >= 6


@pytest.mark.golden
@pytest.mark.parametrize("name", ["old-schema", "two-frames-no-size", "wal-mode"])
@pytest.mark.parametrize("command", ["resources", "entitlements", "grants", "principals"])
def test_json_of_the_variants_equals_that_of_the_file_they_were_made_from(ask, golden_folder, name, command):
    told = ask(command, "-f", golden_folder / "variants" / f"{name}.c1z", "-o", "json")
    assert told.json == json.loads((golden_folder / "onepassword-team" / f"{command}.json").read_text())


@pytest.mark.golden
@pytest.mark.parametrize("command", ["grants", "principals"])
def test_json_of_damaged_rows_equals_that_of_the_go_tools(ask, golden_folder, command):
    """One grant of the demonstration connector has a principal without an id."""
    folder = golden_folder / "connector-service"
    told = ask(command, "-f", folder / "demo.c1z", "-o", "json")
    assert told.json == json.loads((folder / f"demo-{command}.json").read_text())


V3 = [("two-syncs", "grants"), ("two-syncs", "resources"), ("scenario-nested", "grants"), ("scenario-cycles", "grants")]


@pytest.mark.golden
@pytest.mark.parametrize(("folder", "command"), V3)
def test_json_of_a_v3_file_equals_batons(ask, golden_folder, folder, command):
    told = ask(command, "-f", golden_folder / folder / "sync-v3.c1z", "-o", "json")
    assert told.json == json.loads((golden_folder / folder / f"{command}-v3.json").read_text())


# ----------------------------------------------------------------------------------------------- names and searches


@pytest.mark.parametrize("form", ["table", "json", "csv"])
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["resources", "-t", "users"], "No resource type matches 'users'."),
        (["entitlements", "-t", "apps"], "No resource type matches 'apps'."),
        (["entitlements", "-t", "app", "-r", "Nothing"], "No resource of type 'app' matches 'Nothing'."),
        (["grants", "-t", "vaults"], "No resource type matches 'vaults'."),
        (["grants", "-e", "nosuch"], "No entitlement matches 'nosuch'."),
        (["grants", "-t", "app", "-r", "Nothing"], "No resource of type 'app' matches 'Nothing'."),
        (["grants", "-p", "nobody"], "No principal or resource matches 'nobody'."),
        (["principals", "-e", "none"], "No entitlement matches 'none'."),
        (["principals", "--principal-type", "users"], "No resource type matches 'users'."),
        (["principals", "compare", "-e", "none", "--compare-entitlement", "none"], "No entitlement matches 'none'."),
        (["matrix", "-t", "apps"], "No resource type matches 'apps'."),
        (["matrix", "--principal-type", "users"], "No resource type matches 'users'."),
    ],
)
def test_a_filter_that_names_nothing_is_not_found(ask, sync_file, words, message, form):
    told = ask(*words, "-f", sync_file, "-o", form)
    assert (told.code, told.out) == (5, "")
    assert f"Error: {message}" in told.err


@pytest.mark.parametrize(
    ("words", "suggestion"),
    [
        (["resources", "-t", "users"], "Did you mean 'user'? The file has: user, group, app."),
        (["resources", "-t", "applicaton"], "Did you mean 'app'?"),
        (["grants", "-e", "app:a1:reed"], "Did you mean app:a1:read"),
        (["grants", "-t", "app", "-r", "Payrol"], "Did you mean Payroll, app:a1?"),
        (["access", "ada lovelase"], "Did you mean Ada Lovelace, ada@example.com, user:u1?"),
    ],
)
def test_the_probable_name_is_offered(ask, sync_file, words, suggestion):
    assert suggestion in ask(*words, "-f", sync_file).err


def test_an_exact_address_is_offered_before_others(ask, make_c1z, organisation):
    m = organisation.m
    organisation.resources += [
        m.Resource(
            m.ResourceId("user", f"i{n}"), f"Person {n}", traits=(m.UserTrait(emails=(m.Email(f"z{n}@example.com"),)),)
        )
        for n in (30, 31, 300, 3, 33)
    ]
    told = ask("access", "z3", "-f", make_c1z(organisation))
    assert told.code == 5
    assert "Did you mean Person 3, z3@example.com, user:i3; Person 30" in told.err


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["resources", "--text", "zzz"], "0 of 6 resources match."),
        (["entitlements", "--text", "zzz"], "0 of 4 entitlements match."),
        (["grants", "-t", "app", "-e", "group:g2:member"], "0 of 8 grants match."),
        (["grants", "--text", "zzz", "-o", "csv"], "0 of 8 grants match."),
        (["grants", "--by-resource", "--text", "zzz"], "0 of 8 grants match."),
        (["matrix", "--text", "zzz"], "0 principals match"),
        (["principals", "--state", "deleted"], "0 principals match"),
        (["stats", "--text", "zzz"], "0 of 3 resource types match."),
        (["access", "u1", "--text", "zzz"], "0 of 8 grants match."),
    ],
)
def test_a_filter_that_matches_nothing_says_so(ask, sync_file, words, message):
    told = ask(*words, "-f", sync_file)
    assert told.code == 0
    assert message in told.err


def test_a_comparison_needs_two_entitlements(ask, sync_file):
    for words in ([], ["-e", "app:a1:read"], ["--compare-entitlement", "app:a1:read"]):
        told = ask("principals", "compare", *words, "-f", sync_file)
        assert (told.code, told.out) == (2, "")
        assert "Two entitlements are required" in told.err
    told = ask("principals", "compare", "-e", "app:a1:read", "--compare-file", sync_file, "-f", sync_file)
    assert "The principals of these entitlements match." in told.out


@pytest.fixture
def accents(make_c1z, organisation):
    organisation.resources += [
        organisation.user("u8", "Zoë Ångström", "z@example.com"),
        organisation.user("u9", "Łukasz Straße", "l@example.com"),
    ]
    organisation.grants.append(organisation.grant("app:a1:write", "user", "u8"))
    return make_c1z(organisation)


@pytest.mark.parametrize("text", ["zoe", "  zoë ", "angstrom zoe", "ＺＯＥ".lower()])  # noqa: RUF001 - full width
def test_people_are_found_as_their_names_are_typed(ask, accents, text):
    for words in (["resources"], ["principals", "--holding", "any"]):
        rows = ask(*words, "-f", accents, "--text", text, "-o", "json").json["resources"]
        assert [row["resource"]["id"]["resource"] for row in rows] == ["u8"]
    rows = ask("grants", "-f", accents, "--text", f"{text} payroll write", "-o", "jsonl").records
    assert [row["grant"]["principal"]["id"]["resource"] for row in rows] == ["u8"]


@pytest.mark.parametrize("name", ["zoe angstrom", "ANGSTROM, ZOE", "Zoë Ångström", "lukasz strasse"])
def test_a_person_is_named_without_accents(ask, accents, name):
    assert ask("access", name, "-f", accents).code == 0


# ----------------------------------------------------------------------------------------------- by resource


def test_one_row_for_each_principal_and_resource(ask, sync_file):
    rows = ask("grants", "-f", sync_file, "--by-resource", "-o", "jsonl").records
    pairs = [(row["principal"]["id"], row["resource"]["id"]) for row in rows]
    assert len(pairs) == len(set(pairs))
    assert sum(len(row["grants"]) for row in rows) == 8
    ada = next(row for row in rows if (row["principal"]["id"], row["resource"]["id"]) == ("user:u1", "app:a1"))
    assert ada["levels"] == ["read", "write"]
    assert ada["held"] == ["direct", "inherited"]
    assert ada["through"] == ["Engineering member"]
    assert {grant["entitlementId"]: grant["held"] for grant in ada["grants"]} == {
        "app:a1:read": ["inherited"],
        "app:a1:write": ["direct"],
    }


def test_access_by_resource_is_that_of_one_principal(ask, sync_file):
    every = ask("grants", "-f", sync_file, "--by-resource", "-p", "u1", "-o", "json").json
    assert ask("access", "u1", "-f", sync_file, "--by-resource", "-o", "json").json == every
    table = ask("access", "u1", "-f", sync_file, "--by-resource").lines
    assert table[0].split() == [
        "RESOURCE",
        "TYPE",
        "ACCESS",
        "PRIVILEGED",
        "HELD",
        "THROUGH",
        "GRANTS",
        "RESOURCE",
        "ID",
    ]
    assert table[2].split("  ")[0] == "Payroll"
    assert "read, write" in table[2]


def test_tables_of_commands_have_the_columns_of_pages(ask, sync_file):
    """A column is defined once: with a filter or an order, a command shows what the page shows."""
    from connector_host.query.listing import listing_columns as columns

    for command, shown in (
        ("resources", columns.RESOURCE_COLUMNS),
        ("principals", columns.PRINCIPAL_COLUMNS),
        ("entitlements", columns.ENTITLEMENT_COLUMNS),
        ("grants", columns.grant_columns()),
    ):
        heading = ask(command, "-f", sync_file, "--desc", "-o", "csv").lines[0]
        assert heading == ",".join(column.title for column in shown)
