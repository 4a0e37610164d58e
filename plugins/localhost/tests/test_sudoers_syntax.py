"""The syntax of sudoers, piece by piece."""

from contextlib import suppress

import pytest
from connector_host_localhost.sudoers_syntax import (
    ListElement,
    Privilege,
    Scanner,
    SudoCommand,
    SudoersError,
    logical_lines,
    plain,
)
from hypothesis import given
from hypothesis import strategies as st


def lines(text):
    return [line for _, line in logical_lines(text)]


def spec(line):
    scanner = Scanner(line)
    return scanner.items(), scanner.privileges()


def commands(text):
    return spec(f"u ALL={text}")[1][0].commands


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a b\n", ["a b"]),
        ("a # comment\n# comment\n  \nb", ["a", "b"]),
        ("#1000 ALL=ALL", ["#1000 ALL=ALL"]),
        ("%#100 ALL=ALL # 100", ["%#100 ALL=ALL"]),
        ("#include a\n#includedir b\n#included not", ["#include a", "#includedir b"]),
        ("a, \\\n  b # c \\\nc", ["a,    b", "c"]),
        ("a\\\r\nb\r\n", ["a b"]),
        ("a \\# b", ["a \\# b"]),
        ('"a # b" c # d', ['"a # b" c']),
        ("a\\\\\nb", ["a\\\\", "b"]),
        ("a \\", ["a"]),
        ("a \\\n\nb", ["a", "b"]),
        ("", []),
    ],
)
def test_lines_are_joined_and_comments_left_out(text, wanted):
    assert lines(text) == wanted


def test_a_line_has_the_number_it_begins_at():
    assert list(logical_lines("a\n\nb \\\nc\nd")) == [(1, "a"), (3, "b  c"), (5, "d")]


def test_users_hosts_and_commands_are_told_apart():
    users, privileges = spec("ada , !%wheel,#0 web1,!db = /bin/ls : ALL=ALL")
    assert users == (ListElement("ada"), ListElement("%wheel", True), ListElement("#0"))
    assert privileges == (
        Privilege((ListElement("web1"), ListElement("db", True)), (SudoCommand("/bin/ls"),)),
        Privilege((ListElement("ALL"),), (SudoCommand("ALL"),)),
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('"%domain admins"', ListElement("%domain admins")),
        ('%"domain admins"', ListElement("%domain admins")),
        ('%:"Domain Admins"', ListElement("%:Domain Admins")),
        ("domain\\ admins", ListElement("domain admins")),
        ("+netgroup", ListElement("+netgroup")),
        ("%#27", ListElement("%#27")),
        ("!!ada", ListElement("ada")),
        ("! ada", ListElement("ada", True)),
        ("a\\x20b", ListElement("a b")),
        ("DOMAIN\\\\ada", ListElement("DOMAIN\\ada")),
        ("ada@example.com", ListElement("ada@example.com")),
        ("2001:db8::/32", ListElement("2001:db8::/32")),
        ("::1", ListElement("::1")),
    ],
)
def test_names(text, wanted):
    assert Scanner(text).items() == (wanted,)


@pytest.mark.parametrize(
    ("text", "runas"),
    [
        ("(root) /ls", ((ListElement("root"),), ())),
        ("(ALL:ALL) /ls", ((ListElement("ALL"),), (ListElement("ALL"),))),
        ("( a , !b : c ) /ls", ((ListElement("a"), ListElement("b", True)), (ListElement("c"),))),
        ("(:adm) /ls", ((), (ListElement("adm"),))),
        ("() /ls", ((), ())),
        ("(:) /ls", ((), ())),
        ("(root:) /ls", ((ListElement("root"),), ())),
        ("/ls", None),
    ],
)
def test_who_it_is_run_as(text, runas):
    assert commands(text) == (SudoCommand("/ls", runas=runas),)


def test_tags_and_who_hold_for_the_commands_after_them():
    found = commands("(root) NOPASSWD: NOEXEC: /a, PASSWD: /b, (op) /c, EXEC:!/d")
    root, op = ((ListElement("root"),), ()), ((ListElement("op"),), ())
    assert found == (
        SudoCommand("/a", runas=root, tags=("NOPASSWD", "NOEXEC")),
        SudoCommand("/b", runas=root, tags=("NOEXEC", "PASSWD")),
        SudoCommand("/c", runas=op, tags=("NOEXEC", "PASSWD")),
        SudoCommand("/d", no=True, runas=op, tags=("PASSWD", "EXEC")),
    )


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("/bin/a x\\,y, /bin/b", ["/bin/a x\\,y", "/bin/b"]),
        ("/bin/a --b=c (d)", ["/bin/a --b=c (d)"]),
        ("/bin/a   b\t c ", ["/bin/a b c"]),
        ("/bin/ls ^a{1,2}:b$, /bin/cat", ["/bin/ls ^a{1,2}:b$", "/bin/cat"]),
        ("^/bin/(ls|cat)$ ^-[al]+,x$", ["^/bin/(ls|cat)$ ^-[al]+,x$"]),
        ("/bin/a b^c, /bin/d$", ["/bin/a b^c", "/bin/d$"]),
        ("sudoedit /etc/motd", ["sudoedit /etc/motd"]),
        ('/bin/a ""', ['/bin/a ""']),
    ],
)
def test_where_a_command_ends(text, wanted):
    assert [one.text for one in commands(text)] == wanted


def test_digests_and_settings():
    (first, second) = commands("CWD=/srv TIMEOUT=1h NOPASSWD: sha224:aa==, sha256 : bb /bin/a, ROLE=x /bin/b")
    assert first == SudoCommand(
        "/bin/a", tags=("NOPASSWD",), settings=(("CWD", "/srv"), ("TIMEOUT", "1h")), digest="sha224:aa==,sha256:bb"
    )
    assert second.settings == (("CWD", "/srv"), ("ROLE", "x"), ("TIMEOUT", "1h"))
    assert second.digest == ""


@pytest.mark.parametrize(
    "line",
    ["ada", "ada ALL", "ada ALL=", "ada ALL=(root", "ada ALL=/a,", "ada ALL=NOPASSWD:", "= a", "ada ALL=/a :", "ada ALL=a", "ada ALL=ALL x", "ada ALL=lists", "ada ALL=!",
     "a,, b ALL=/c", "ada ALL=/a : b", '"ada ALL=a', "ada ALL=(root) (op) /a : =", "this is no rule"],
)  # fmt: skip
def test_what_is_not_of_the_syntax_is_one_error(line):
    with pytest.raises(SudoersError, match="expected|too much"):
        spec(line)


NAMES = st.sampled_from(["ada", "a.b-c_1", "x@example.com", "ALL", "%wheel", "%#27", "#1000", "+net", "web*", "[a-z]1"])
ITEMS = st.lists(st.builds(ListElement, NAMES, st.booleans()), min_size=1, max_size=3).map(tuple)
TEXTS = st.builds(
    lambda *words: " ".join(words),
    st.sampled_from(["/a", "/usr/bin/b*", "/c/[d-e]?", "^/f(g|h)$"]),
    st.sampled_from(["i", "--j=k", "(l)", "^m,n:o{1,2}$", "p^q$", '""', "r\\,s\\:t"]),
)
RUNAS = st.none() | st.tuples(st.just(()) | ITEMS, st.just(()) | ITEMS)


def written(items, space=""):
    return f"{space},{space}".join("!" * item.no + item.name for item in items)


@given(ITEMS, st.lists(st.tuples(ITEMS, RUNAS, st.lists(st.tuples(TEXTS, st.booleans()), min_size=1, max_size=3)), min_size=1, max_size=3), st.sampled_from(["", " ", "  "]))  # fmt: skip
def test_what_is_written_is_read(users, privileges, space):
    line = written(users, space) + " "
    parts = []
    for hosts, runas, texts in privileges:
        who = "" if runas is None else f"({written(runas[0])}{':' * bool(runas[1])}{written(runas[1])})"
        allowed = f"{space},{space}".join("!" * no + text for text, no in texts)
        parts.append(f"{written(hosts)}{space}={space}{who}{space}{allowed}")
    found = spec(line + f"{space}:{space}".join(parts))
    assert found == (
        users,
        tuple(
            Privilege(hosts, tuple(SudoCommand(text, no, runas) for text, no in texts))
            for hosts, runas, texts in privileges
        ),
    )


@given(st.text(alphabet=st.sampled_from('ab%#+!,:=() \\\n\t"^$/@*') | st.characters(), max_size=60))
def test_any_text_is_read_or_is_one_error(text):
    numbers = []
    for number, line in logical_lines(text):
        numbers.append(number)
        assert line == line.strip() != ""
        with suppress(SudoersError):
            spec(line)
    assert numbers == sorted(set(numbers))


@given(st.text())
def test_a_word_with_every_character_escaped_is_itself(text):
    escaped = "".join(f"\\{char}" if char not in "x\n" else char for char in text)
    assert plain(escaped) == text


@pytest.mark.parametrize("line", ["u ALL=" + "^a$ " * 20_000 + "\\", "a" * 200_000, "#" * 1 + "1" * 200_000, "!" * 200_000, '"' * 100_001, "u ALL=" + " " * 100_000 + "x" + " " * 100_000])  # fmt: skip
def test_long_lines_take_no_long_time(line):
    """Work is in proportion to the length: quadratic work would take minutes here."""
    for _, one in logical_lines(line):
        with suppress(SudoersError):
            spec(one)
