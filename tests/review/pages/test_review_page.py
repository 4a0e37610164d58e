"""The page as a file: what is in it is what the queries say, and nothing in it is anybody's but ours.

How it behaves in a browser is in tests/browser/test_review_page.py.
"""

import base64
import copy
import hashlib
import io
import json
import re
from html.parser import HTMLParser

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector_host.c1z.opening import open_store
from connector_host.errors import ConfigError, FileError
from connector_host.query.access.principal_access import list_access
from connector_host.query.lookup.object_cache import SyncObjects
from connector_host.review import writer
from connector_host.review.pages import review_page as made
from connector_host.review.pages.page_data import script_safe

HOSTILE = "</script><img src=x onerror=alert(1)>\u202e\u2028\x00 & '\""
SHOWN = "</script><img src=x onerror=alert(1)>\\u202e\\u2028\\x00 & '\""


class Reader(HTMLParser):
    """The elements of a page: (tag, attributes, text directly inside), in order."""

    def __init__(self, text):
        super().__init__()
        self.elements, self._open = [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.elements.append([tag, dict(attrs), ""])
        if tag not in {"meta", "br", "input"}:
            self._open.append(self.elements[-1])

    def handle_endtag(self, tag):
        assert self._open.pop()[0] == tag

    def handle_data(self, data):
        if self._open:
            self._open[-1][2] += data

    def texts(self, tag, cls=None):
        return [text for name, attrs, text in self.elements if name == tag and attrs.get("class") == cls]


@pytest.fixture
def page_of(reviewed):
    """`page_of(path, ...)`: the text of the page."""

    def make(*paths, **wanted):
        out = io.BytesIO()
        with reviewed(*paths, unit="resource", **wanted) as review:
            writer(paths[0].with_suffix(".html"))(review, out)
        return out.getvalue().decode()

    return make


def data_of(text):
    """The value that the script reads."""
    return json.loads(re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)[1])


def held_in(data):
    """(principal, entitlement) -> (direct, the entitlements it comes through), by ids."""
    on = {at: f"{data['types'][kind][0]}:{name}" for at, (kind, name, _) in enumerate(data["res"])}
    ids = [name or f"{on[place]}:{level}" for name, place, level, *_ in data["ent"]]
    found = {}
    for (kind, name, *_), flat in zip(data["who"], data["held"], strict=True):
        for what, way in zip(flat[::2], flat[1::2], strict=True):
            direct, *sources = data["ways"][way]
            found[f"{data['types'][kind][0]}:{name}", ids[what]] = (bool(direct), {ids[each] for each in sources})
    return found


def held_by_the_file(path):
    with open_store(path) as store:
        view = store.view(store.syncs()[-1])
        objects = SyncObjects(view)
        return {
            (str(who), held.row.entitlement): (held.direct, {via.id for via in held.via})
            for who in view.principals()
            for held in list_access(view, objects, who)
        }


def test_the_script_is_given_what_access_says(page_of, sync_file):
    data = data_of(page_of(sync_file))
    found = held_in(data)
    assert found == held_by_the_file(sync_file)
    assert found["user:u1", "app:a1:read"] == (False, {"group:g1:member"})
    ids = [f"{data['res'][on][1]}:{level}" for _, on, level, *_ in data["ent"]]
    passed = [(ids[source], ids[target], shallow, only) for source, target, shallow, only in data["edges"]]
    assert sorted(passed) == [("g1:member", "a1:read", 0, []), ("g2:member", "g1:member", 0, [])]


@pytest.mark.golden
@pytest.mark.parametrize("name", ["onepassword-team", "scenario-nested", "scenario-cycles"])
def test_so_it_is_of_the_files_of_the_go_tools(page_of, golden_folder, name):
    path = golden_folder / name / "sync.c1z"
    assert held_in(data_of(page_of(path))) == held_by_the_file(path)


def test_the_list_says_what_gives_what_without_script(page_of, make_c1z, organisation):
    organisation.grants[-1] = organisation.grant(
        "app:a1:write", "user", "u1", sources={"app:a1:write": True, "group:g1:member": False}
    )
    read = Reader(page_of(make_c1z(organisation)))
    lists, ways = [], {}
    for tag, attrs, text in read.elements:
        if tag == "details" and attrs.get("class") == "entry":
            lists.append((attrs["id"], ways := {}))
        elif tag == "dt" and lists:
            way = text
        elif tag == "dd" and lists and way not in ways:
            ways[way] = text
    found = dict(zip(read.texts("span", "name"), [ways for _, ways in lists], strict=True))
    assert found["Ada Lovelace"] == {
        "Directly": "Payroll: write;\nPlatform: member",
        "Through Engineering member": "Payroll: read, write",
        "Through Platform member": "Engineering: member",
    }
    assert [list(ways) for _, ways in lists] == [list(dict.fromkeys(ways)) for _, ways in lists]
    assert any(text.endswith("2 direct, 4 in all") for text in read.texts("span", "soft"))


def test_what_is_new_and_what_is_privileged_is_said(page_of, make_c1z, organisation):
    later = copy.deepcopy(organisation)
    later.entitlements.append(later.entitlement("app", "a1", "admin", purpose=later.m.Purpose.PERMISSION))
    later.grants.append(later.grant("app:a1:admin", "user", "u3"))
    text = page_of(make_c1z(organisation, later))
    assert "Payroll: admin (privileged, new)" in text
    data = data_of(text)
    [(who, words)] = data["fresh"].items()
    assert data["who"][int(who)][1] == "u3"
    assert [(data["ent"][int(at)][2], data["ent"][int(at)][4], word) for at, word in words.items()] == [
        ("admin", "admin", "new")
    ]
    assert '<span class="tag tag-added">added</span> <strong>Bob</strong>' in text
    assert "Nothing has changed" not in text


def test_without_an_earlier_sync_it_says_so(page_of, sync_file, make_c1z, organisation):
    assert page_of(sync_file).count("There is no earlier sync to compare with.") == 2
    same = page_of(make_c1z(organisation, organisation))
    assert same.count("Nothing has changed.") == 2
    assert data_of(same)["fresh"] == {}


def test_names_are_text_only(page_of, make_c1z, organisation):
    m = organisation.m
    organisation.types.append(m.ResourceType("vault", HOSTILE))
    organisation.resources[0] = m.Resource(
        m.ResourceId("user", HOSTILE), HOSTILE, traits=(m.UserTrait(emails=(m.Email(HOSTILE),), login=HOSTILE),)
    )
    organisation.resources.append(m.Resource(m.ResourceId("vault", HOSTILE), HOSTILE))
    held = organisation.entitlement("vault", HOSTILE, "open", display_name=HOSTILE)
    organisation.entitlements.append(held)
    organisation.grants.append(organisation.grant(held.id, "user", HOSTILE))
    text = page_of(make_c1z(organisation))
    read = Reader(text)
    tags = {tag for tag, *_ in read.elements}
    assert tags.isdisjoint({"img", "iframe", "link", "base", "object"})
    assert text.count("<script") == text.count("</script>") == 3
    assert SHOWN in read.texts("span", "name")
    assert [row[2] for row in data_of(text)["who"]].count(SHOWN) == 1
    block = re.search(r'id="data">(.*?)</script>', text, re.S)[1]
    assert not set("<>&\u2028\u2029\u202e\x00") & set(block)
    for _, attrs, _ in read.elements:
        assert not [name for name in attrs if name.startswith("on") or name in {"src", "style"}]


@settings(max_examples=40)
@given(st.dictionaries(st.text(), st.lists(st.text())))
def test_safe_json_says_the_same(value):
    text = script_safe(json.dumps(value, ensure_ascii=False))
    assert json.loads(text) == value
    assert not set("<>&\u2028\u2029") & set(text)


def test_only_our_style_and_scripts_are_let_in(page_of, sync_file):
    text = page_of(sync_file)
    policy = re.search(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)[1]
    rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    named = set(re.findall(r"'sha256-([^']+)'", policy))
    parts = re.findall(r"<(?:script|style)>(.*?)</(?:script|style)>", text, re.S)
    assert {base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in parts} == named
    assert len(parts) == len(named) == 3
    assert set(rules) == {"default-src", "base-uri", "form-action", "style-src", "script-src"}
    assert not re.search(r"https?://|url\(|@import|\{\{\w+\}\}", text)
    assert len(re.findall(r"</style", text)) == 1  # no file of ours ends its own element


def test_it_says_what_it_was_made_from(page_of, sync_file):
    read = Reader(page_of(sync_file))
    facts = dict(zip(read.texts("dt"), read.texts("dd"), strict=False))
    assert facts["SHA-256 of the file"] == hashlib.sha256(sync_file.read_bytes()).hexdigest()
    assert facts["File"].startswith(str(sync_file))
    assert read.texts("h1", "brand") == ["Access review"]
    assert "as of 2026-01-01 10:00" in " ".join(read.texts("p", "subtitle"))


def test_several_systems_stay_apart(page_of, make_c1z, organisation):
    first = make_c1z(organisation, name="first.c1z")
    organisation.resources[0] = organisation.user("u1", "Grace", "grace@example.com")
    organisation.grants.pop()
    second = make_c1z(organisation, name="second.c1z")
    text = page_of(first, second)
    data = data_of(text)
    names = [row[2] for row in data["who"]]
    assert names.count("Ada Lovelace") == names.count("Grace") == 1
    assert len(data["who"]) == 2 * len(set(names) - {"Grace"})
    held = {row[2]: flat for row, flat in zip(data["who"], data["held"], strict=True)}
    assert len(held["Ada Lovelace"]) == len(held["Grace"]) + 2
    assert set(held["Ada Lovelace"][::2]).isdisjoint(held["Grace"][::2])
    ids = [attrs["id"] for _, attrs, _ in Reader(text).elements if attrs.get("class") == "entry"]
    assert len(set(ids)) == len(ids) == len(names)
    assert "<h2>first</h2>" in text
    assert "<h2>second</h2>" in text


def test_of_two_grants_of_one_thing_the_direct_one_counts(page_of, make_c1z, organisation):
    derived = organisation.grant("app:a1:write", "user", "u1", sources={"group:g1:member": True})
    organisation.grants[-1:] = [msgspec.structs.replace(derived, id="twice"), organisation.grants[-1]]
    found = held_in(data_of(page_of(make_c1z(organisation))))
    assert found["user:u1", "app:a1:write"] == (True, set())


def test_an_empty_file_has_a_page(page_of, make_c1z, organisation):
    organisation.grants.clear()
    text = page_of(make_c1z(organisation))
    assert data_of(text)["held"] == []
    assert 'class="entry"' not in text


def test_a_review_of_single_grants_has_no_page(reviewed, sync_file):
    out = io.BytesIO()
    with reviewed(sync_file) as review, pytest.raises(ConfigError, match="a row for each principal and resource"):
        made.write(review, out)
    assert out.getvalue() == b""


def test_a_missing_part_is_said(reviewed, sync_file, monkeypatch, tmp_path):
    monkeypatch.setattr(made, "LOOK", tmp_path / "style.css")
    with (
        reviewed(sync_file, unit="resource") as review,
        pytest.raises(FileError, match=r"style\.css cannot be read") as caught,
    ):
        made.write(review, io.BytesIO())
    assert caught.value.hint


def test_a_small_matrix_is_on_paper_and_a_large_one_says_what_to_do(page_of, sync_file, monkeypatch):
    text = page_of(sync_file)
    assert '<tr><th scope="row">Ada Lovelace</th><td class=held>member</td><td class=held>read, write</td>' in text
    monkeypatch.setattr(made, "SMALL", (200, 2))
    text = page_of(sync_file)
    assert "The matrix of 4 principals and 3 resources is not printed" in text
    assert "connector-host review -o review.xlsx" in text


def test_the_command_writes_it_with_no_extra(site, sync_file, tmp_path):
    out = tmp_path / "review.html"
    done = site.run("review", "-f", sync_file, "-o", out)
    assert (done.returncode, done.stdout) == (0, "")
    assert "Wrote" in done.stderr
    assert out.read_text(encoding="utf-8").endswith("</html>\n")
    extras = "{'jinja2', 'starlette', 'xlsxwriter', 'openpyxl'} & set(sys.modules)"
    code = f"import sys; from connector_host.review import writer; writer(__import__('pathlib').Path('a.html')); print({extras})"
    assert site.run("-c", code, python=()).stdout == "set()\n"
