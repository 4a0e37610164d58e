"""Accounts and groups, as the files have them."""

from datetime import UTC, date, datetime

import pytest
from connector_host_localhost.root_folder import RootFolder
from connector_host_localhost.user_database import read_database
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connector_host import AccountType, BadResponse, ConfigError, NotFound, NotPermitted, ResourceStatus

TODAY = date(2026, 1, 1)


@pytest.fixture
def database(machine):
    return read_database(RootFolder(machine.folder))


def test_accounts_by_uid_with_all_their_names(database):
    assert sorted(database.accounts) == [0, 1, 1000, 1001, 1002, 1003, 1004, 1005, 65534]
    root = database.accounts[0]
    assert (root.login, root.aliases, root.name) == ("root", ["toor"], "root")
    assert database.uids["toor"] == 0
    assert database.accounts[1000].name == "Ada Lovelace"
    assert database.accounts[1001].name == "Alan Turing"
    assert database.limits == []


@pytest.mark.parametrize(
    ("uid", "kind", "status", "details"),
    [
        (0, AccountType.SYSTEM, ResourceStatus.ENABLED, "password: none"),
        (1, AccountType.SYSTEM, ResourceStatus.ENABLED, "password: none"),
        (1000, AccountType.HUMAN, ResourceStatus.ENABLED, ""),
        (1001, AccountType.HUMAN, ResourceStatus.ENABLED, "password: none"),  # by key
        (1002, AccountType.HUMAN, ResourceStatus.DISABLED, "no login shell"),
        (1003, AccountType.SERVICE, ResourceStatus.ENABLED, "password: none"),
        (1004, AccountType.HUMAN, ResourceStatus.DISABLED, "expired 1970-01-02"),
        (1005, AccountType.HUMAN, ResourceStatus.ENABLED, "password: empty"),
        (65534, AccountType.SYSTEM, ResourceStatus.ENABLED, "password: none"),
    ],
)
def test_what_kind_and_whether_it_can_be_used(database, uid, kind, status, details):
    account = database.accounts[uid]
    assert database.account_type(account) is kind
    found = account.status(kind, TODAY)
    assert (found.status, found.details) == (status, details)


def test_a_locked_password(machine):
    machine.write("etc/shadow", "leaver:!$6$x$y:1:0:9:7:::\n")
    account = read_database(RootFolder(machine.folder)).accounts[1004]
    assert account.status(AccountType.HUMAN, TODAY).details == "password locked"


def test_no_hash_is_kept(machine, database):
    machine.write("etc/passwd", "old:$1$c4nary-in-passwd:5:5:::\n")
    old = read_database(RootFolder(machine.folder))
    assert old.accounts[5].password == "set"
    assert "c4nary" not in repr(database) + repr(old)


def test_without_shadow_the_status_is_unknown_and_that_is_said(machine):
    (machine.folder / "etc/shadow").unlink()
    found = read_database(RootFolder(machine.folder))
    assert found.limits == ["Locked and expired accounts are not known: etc/shadow does not exist."]
    assert found.accounts[1000].status(AccountType.HUMAN, TODAY).status is ResourceStatus.UNSPECIFIED


def test_groups(database):
    assert database.groups[27].listed == ["ada", "leaver", "stranger"]
    assert database.primary[100] == [1002, 1003, 1004, 1005]
    assert database.memberships["alan"] == [200]


def test_the_last_login(database):
    assert database.accounts[1000].last_login == datetime.fromtimestamp(1_700_000_000, UTC)
    assert database.accounts[1001].last_login is None


def test_uids_of_people_are_those_of_login_defs(machine):
    machine.write("etc/login.defs", "UID_MIN 500\n#UID_MAX 9\n")
    assert read_database(RootFolder(machine.folder)).people == range(500, 60001)


def test_lines_that_are_no_entries_are_left_out_and_said(machine):
    machine.write(
        "etc/passwd",
        "# comment\n\nroot:x:0:0:::\nbad\nx:x:no:0:::\n:x:1:1:::\ny:x:٣:0:::\n+::::::\nz:x:99999999999:0:::\n",
    )
    machine.write("etc/group", "root:x:0:\nlost:x\n")
    found = read_database(RootFolder(machine.folder))
    assert list(found.accounts) == [0]
    assert found.limits == [
        *(f"etc/passwd line {n} is no valid entry and was left out." for n in (4, 5, 6, 7)),
        "etc/passwd line 8 includes entries of NIS, which are not read.",
        "etc/passwd line 9 is no valid entry and was left out.",
        "etc/group line 2 is no valid entry and was left out.",
    ]


def test_what_other_sources_have_is_said(machine):
    machine.write(
        "etc/nsswitch.conf", "passwd: files systemd sss [NOTFOUND=return] ldap # x\ngroup: files\nsudoers: files sss\n"
    )
    assert read_database(RootFolder(machine.folder)).limits == [
        "Only files are read: this machine also takes accounts from sss, ldap.",
        "Only files are read: this machine also takes sudo rights from sss.",
    ]


def test_a_primary_group_that_is_not_there_is_said(machine):
    machine.write("etc/group", "root:x:0:\n")
    assert "5 primary group(s) of accounts are not in etc/group." in read_database(RootFolder(machine.folder)).limits


def test_without_accounts_it_is_no_machine(bare):
    with pytest.raises(NotFound, match="etc/passwd does not exist"):
        read_database(RootFolder(bare.folder))
    bare.write("etc/passwd", "\n")
    with pytest.raises(ConfigError, match="no account"):
        read_database(RootFolder(bare.folder))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(alphabet="a1:x\n,!*+-", max_size=200).map(str.encode), st.binary(max_size=100))
def test_any_content_is_read_or_is_one_clear_error(bare, content, other):
    for name in ("passwd", "group", "shadow"):
        bare.write(f"etc/{name}", content)
    bare.write("etc/passwd", b"root:x:0:0:::\n" + content)
    for name in ("etc/login.defs", "etc/nsswitch.conf", "var/log/lastlog"):
        bare.write(name, other)
    found = read_database(RootFolder(bare.folder))
    entries = content.decode("utf-8", "backslashreplace").split("\n")
    said = [limit for limit in found.limits if limit.startswith("etc/passwd")]
    meant = [line for line in entries if line.strip() and not line.lstrip().startswith("#")]
    assert len({*found.uids}) <= 1 + len(meant) - len(said)
    assert 0 in found.accounts


# ------------------------------------------------------------------------------------------------- the root


def test_links_stay_inside_the_root(bare):
    bare.write("etc/static/sudoers", "inside")
    (bare.folder / "etc/sudoers").symlink_to("/etc/static/sudoers")
    (bare.folder / "etc/passwd").symlink_to("../../../etc/static/../passwd.real")
    bare.write("etc/passwd.real", "also inside")
    (bare.folder / "usr").mkdir()
    (bare.folder / "usr/etc").symlink_to("/etc")
    (bare.folder / "etc/hostname").symlink_to("/proc/self/status")
    root = RootFolder(bare.folder)
    assert root.text("etc/sudoers") == "inside"
    assert root.text("etc/passwd") == "also inside"
    assert root.text("usr/etc/sudoers") == "inside"
    with pytest.raises(NotFound):
        root.text("etc/hostname")


def test_what_cannot_be_read(bare, monkeypatch):
    root = RootFolder(bare.folder)
    (bare.folder / "a").symlink_to("b")
    (bare.folder / "b").symlink_to("a")
    with pytest.raises(ConfigError, match="form a loop"):
        root.text("a")
    with pytest.raises(ConfigError, match="no regular file"):
        root.text("/")
    bare.write("f", b"\xff")
    assert root.text("f") == "\\xff"
    with pytest.raises(NotFound):
        root.text("f/x")
    assert root.names("gone") == []
    monkeypatch.setattr("connector_host_localhost.root_folder.MOST_BYTES", 0)
    with pytest.raises(ConfigError, match="larger"):
        root.text("f")
    for number, kind in ((13, NotPermitted), (5, BadResponse)):
        error = OSError(number, "it failed")

        def fail(*_, error=error):
            raise error

        monkeypatch.setattr("connector_host_localhost.root_folder.os.open", fail)
        with pytest.raises(kind):
            root.text("f")
