"""What sudoers files allow, where, and to whom."""

import pytest
from connector_host_localhost.root_folder import RootFolder
from connector_host_localhost.sudo_rights import _expanded, _last_match, read_rights
from connector_host_localhost.sudoers_syntax import ListElement
from connector_host_localhost.user_database import read_database
from hypothesis import given
from hypothesis import strategies as st

from connector_host import NotFound, NotPermitted


@pytest.fixture
def rights(machine):
    """`rights(text)`: {(runas, tags, commands): holders} and the limits, of a sudoers file with this text."""

    (machine.folder / "etc/sudoers.d/10-backup").unlink()

    def read(text, hostname="web1.example.com"):
        machine.write("etc/sudoers", text)
        root, limits = RootFolder(machine.folder), []
        found = read_rights(root, read_database(root), hostname, limits)
        assert all(key == one.id for key, one in found.items())
        return {(one.runas, one.tags, one.commands): list(map(str, one.holders)) for one in found.values()}, limits

    return read


def only(found):
    rights, limits = found
    assert limits == []
    ((right, holders),) = rights.items()
    return right, holders


def holders(found):
    return only(found)[1]


@pytest.mark.parametrize(
    ("who", "wanted"),
    [
        ("ada", ["user:1000"]),
        ("toor", ["user:0"]),
        ("#1001", ["user:1001"]),
        ("%sudo", ["group:27"]),
        ("%#27", ["group:27"]),
        ("ada, %dba, alan", ["user:1000", "group:200", "user:1001"]),
        ("USERS", ["user:1000", "group:200"]),
        ("stranger", ["user:name:stranger"]),
        ("#77", ["user:name:#77"]),
        ("%strangers", ["group:name:strangers"]),
        ("%#77", ["group:name:#77"]),
        ("%:sudo", ["group:name:sudo"]),
        ("+net", ["group:name:+net"]),
        ("ALL, !ada, !%dba, !root, !daemon, !nobody", ["user:1003", "user:1004", "user:1005"]),
        ("%dba, !alan", ["user:1002"]),
        ("!ada, ada", ["user:1000"]),
        ("ada, !USERS", []),
        ("USERS, !OTHERS", ["user:1000", "user:1001"]),
        ("%#100, !leaver", ["user:1002", "user:1003", "user:1005"]),  # primary group
        ("NOWHERE", ["user:name:NOWHERE"]),
    ],
)
def test_who(rights, who, wanted):
    text = f"{who} ALL=/bin/ls\nUser_Alias USERS = ada, %dba : OTHERS = grace\n"
    assert holders(rights(text)) == wanted


def test_all_is_every_account(rights):
    assert len(holders(rights("ALL ALL=ALL"))) == 9


@pytest.mark.parametrize(
    ("hosts", "here"),
    [
        ("ALL", True),
        ("web1", True),
        ("WEB1", False),  # an alias that is not defined is a name; see below
        ("web1.example.com", True),
        ("web1.other.com", False),
        ("web*", True),
        ("*.example.com", True),
        ("db1", False),
        ("ALL, !web1", False),
        ("!web1, ALL", True),
        ("SERVERS", True),
        ("ALL, !SERVERS", False),
        ("OTHERS", False),
    ],
)
def test_where(rights, hosts, here):
    text = f"Host_Alias SERVERS = db1, web[0-9] : OTHERS = db1\nada {hosts} = ALL\n"
    found, limits = rights(text)
    assert bool(found) == (here or hosts == "WEB1")  # names of machines have no case
    assert limits == []


@pytest.mark.parametrize("hosts", ["10.0.0.0/8", "fe80::1", "+servers", "db1, 192.168.1.1"])
def test_where_it_cannot_be_known_it_is_taken_to_be_here_and_said(rights, hosts):
    found, limits = rights(f"ada {hosts} = ALL\n")
    assert len(found) == 1
    (limit,) = limits
    assert "etc/sudoers line 1" in limit
    assert "as if it named this machine" in limit


def test_a_machine_without_name_is_any(rights):
    found, limits = rights("ada db1 = ALL\nalan ALL = ALL\n", hostname="")
    assert holders((found, [])) == ["user:1000", "user:1001"]
    assert len(limits) == 1


def test_what_is_run_as_whom_and_how(rights):
    text = """
    Runas_Alias OP = operator, %adm
    Cmnd_Alias SHELLS = /bin/sh, /bin/bash : SAFE = /bin/ls, !SHELLS
    Cmd_Alias MORE = SAFE
    ada ALL = (OP, root : disk) NOPASSWD: MORE, PASSWD: ALL, !SHELLS, (:adm) /bin/a, () /bin/b
    ada ALL = CWD=/srv sha256:aa /bin/c
    """
    found, limits = rights(text)
    assert limits == []
    assert list(found) == [
        ("operator, %adm, root : disk", ("NOPASSWD",), ("/bin/ls", "!/bin/sh", "!/bin/bash")),
        ("operator, %adm, root : disk", ("PASSWD",), ("ALL", "!/bin/sh", "!/bin/bash")),
        ("themselves : adm", ("PASSWD",), ("/bin/a",)),
        ("themselves", ("PASSWD",), ("/bin/b",)),
        ("root", (), ("sha256:aa /bin/c",)),
    ]


def test_equal_rights_are_one_however_they_are_written(rights, machine):
    machine.write("etc/sudoers.d/a", "alan ALL = (root)   LS\n")
    text = "Cmnd_Alias LS = /bin/ls  -l\nada ALL = /bin/ls -l\n@includedir sudoers.d\n"
    right, who = only(rights(text))
    assert right == ("root", (), ("/bin/ls -l",))
    assert who == ["user:1000", "user:1001"]
    assert only(rights("alan ALL = /bin/ls\n"))[0] != right


def test_what_only_forbids_is_no_right_and_is_said(rights):
    found, limits = rights("ada ALL = ALL\nada ALL = !/bin/su\n")
    assert list(found) == [("root", (), ("ALL",))]
    assert limits == [
        "etc/sudoers line 2 only forbids commands; the rights that other lines give are not reduced by it."
    ]


def test_somebody_unknown_cannot_be_weighed_against_an_exclusion(rights):
    found, limits = rights("ada, stranger, !alan ALL = ALL\n")
    assert holders((found, [])) == ["user:1000"]
    assert limits == ["etc/sudoers line 1 names stranger, who is in no file; the other names were resolved."]


def test_aliases_that_lead_to_themselves_or_to_too_many_are_survived(rights):
    doubling = "".join(f"User_Alias A{n} = A{n + 1}, A{n + 1}\n" for n in range(40))
    found, limits = rights(
        f"{doubling}User_Alias A40 = ada\nA0 ALL = ALL\nUser_Alias X = Y : Y = X, ada\nX ALL = /ls\n"
    )
    assert holders((found, [])) == ["user:name:X", "user:1000"]
    assert limits == ["etc/sudoers line 42 was left out: its aliases stand for more than 100000 names."]


# ------------------------------------------------------------------------------------------------- files


def test_included_files(rights, machine):
    for name in ("20", "10", "has.dot", "backup~"):
        machine.write(f"etc/sudoers.d/{name}", f"ada ALL = /bin/{name}\n")
    machine.write("etc/more web1", "#include /opt/rules\n")
    machine.write("opt/rules", "ada ALL = /bin/more\n")
    found, limits = rights(
        "ada ALL = /bin/first\n#includedir /etc/sudoers.d\n@include more\\ %h\nada ALL = /bin/last\n"
    )
    assert [one[2] for one in found] == [("/bin/first",), ("/bin/10",), ("/bin/20",), ("/bin/more",), ("/bin/last",)]
    assert limits == []


def test_a_missing_include_is_said_a_missing_folder_is_nothing(rights):
    found, limits = rights("@include gone\n@includedir gone.d\nada ALL = ALL\n")
    assert len(found) == 1
    assert limits == ["etc/sudoers line 1: etc/gone does not exist."]


def test_files_that_include_themselves_or_too_many(rights, machine):
    machine.write("etc/a", "@include sudoers\nada ALL = ALL\n")
    found, limits = rights("@include a\n")
    assert len(found) == 1
    assert limits == ["etc/a line 1 includes etc/sudoers within itself; that was left out."]
    for n in range(40):
        machine.write(f"etc/n{n}", f"@include n{n + 1}\n" * 2)
    _, limits = rights("@include n0\n")
    assert "etc/sudoers includes more than 1000 files; the remaining files were not read." in limits


def test_a_folder_among_the_files_is_said(rights, machine):
    machine.write("etc/sudoers.d/folder/x", "")
    _, limits = rights("@includedir sudoers.d\n")
    assert limits == ["etc/sudoers line 1: etc/sudoers.d/folder is no regular file."]


def test_bad_lines_are_left_out_and_said(rights):
    found, limits = rights("ada ALL\nthis is no rule\nUser_Alias lower = a\nada ALL = /bin/ls\n")
    assert list(found) == [("root", (), ("/bin/ls",))]
    assert [limit.partition(":")[0] for limit in limits] == [
        f"etc/sudoers line {n} is not understood and was left out, as sudo does" for n in (1, 2, 3)
    ]


def test_settings_are_passed_over(rights):
    text = "Defaults x\nDefaults:ada !y\nDefaults@web1 z\nDefaults!/bin/ls a=b\nDefaults>root c\nDefaulted ALL=ALL\n"
    assert holders(rights(text)) == ["user:name:Defaulted"]


def test_no_file_and_one_that_may_not_be_read(rights, machine, monkeypatch):
    rights("")
    (machine.folder / "etc/sudoers").unlink()
    root = RootFolder(machine.folder)
    with pytest.raises(NotFound):
        read_rights(root, read_database(root), "", [])

    def denied(self, name):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(RootFolder, "_resolved", denied)
    with pytest.raises(NotPermitted, match="etc/sudoers may not be read"):
        read_rights(root, None, "", [])


# ------------------------------------------------------------------------------------------------- a law

LETTERS = ["a", "b", "c", "A", "B", "C"]
LISTS = st.lists(st.builds(ListElement, st.sampled_from(LETTERS), st.booleans()), max_size=4)
ALIASES = st.fixed_dictionaries(
    {  # B may use C, A may use both: no circles
        "A": LISTS,
        "B": LISTS.map(lambda items: [one for one in items if one.name not in ("A", "B")]),
        "C": LISTS.map(lambda items: [one for one in items if one.name.islower()]),
    }
).map(lambda made: made | {"A": [one for one in made["A"] if one.name != "A"]})


def weighed(items, name, aliases):
    """As sudo weighs a list: the last element that matches decides, an alias by weighing its own list."""
    for item in reversed(items):
        found = weighed(aliases[item.name], name, aliases) if item.name in aliases else (item.name == name or None)
        if found is not None:
            return found != item.no
    return None


@given(LISTS, ALIASES, st.sampled_from("abc"))
def test_replacing_aliases_by_their_names_changes_no_verdict(items, aliases, name):
    flat = _expanded(items, aliases)
    assert all(one not in aliases for one, _ in flat)
    assert _last_match(flat, name.__eq__) == weighed(items, name, aliases)
