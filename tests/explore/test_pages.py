"""The pages: that they say what the file says, as HTML and as files, whatever the names in it are."""

import copy
import csv
import io
import json
import re
from urllib.parse import urljoin

import pytest

from connector_host.explore.page_content import address

HOSTILE = "<script>alert(1)</script>\"'&\u202e\x1b[31m"


def names(answer):
    return [row[0] for row in csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))][1:]


def test_overview_counts_and_finds_what_stands_out(pages, organisation):
    text = pages(organisation).get("overview").text
    assert re.search(r"Grants</span><strong>8</strong>", text)
    assert "Disabled accounts with grants" in text
    assert "There is no earlier sync" in text
    assert "accounts without grants" in text
    assert "connector-host stats -f" in text


def test_person_page_says_what_via_what_and_why(pages, organisation):
    site = pages(organisation)
    rows = json.loads(site.get("principal.json", type="user", id="u1").text)["rows"]
    held = {(row["resource"], row["entitlement"]): (row["held"], row["via"]) for row in rows}
    assert held == {
        ("Engineering", "Engineering member"): ("inherited", "Platform member"),
        ("Payroll", "Payroll read"): ("inherited", "Engineering member"),
        ("Payroll", "Payroll write"): ("direct", ""),
        ("Platform", "Platform member"): ("direct", ""),
    }
    why = site.get("why", type="user", id="u1", what="app:a1:read").text
    path = re.search(r'<section class="path">.*?</section>', why, re.S)[0]
    assert re.findall(r">([^<]+)</a>", path) == [
        "Ada Lovelace",
        "Platform member",
        "Engineering member",
        "Payroll read",
    ]


def test_resource_and_entitlement_pages_say_who(pages, organisation):
    site = pages(organisation)
    assert names(site.get("resource.csv", type="app", id="a1")) == [
        "Ada Lovelace",
        "Ada Lovelace",
        "Bob",
        "Engineering",
    ]
    assert names(site.get("entitlement.csv", id="app:a1:write")) == ["Ada Lovelace"]
    assert site.get("resource.csv", type="app", id="a1", q="bob").text.count("\n") == 2


def test_lists_search_sort_filter_and_page(pages, organisation):
    organisation.resources += [organisation.user(f"x{n:03}", f"Extra {n:03}", f"x{n}@example.com") for n in range(60)]
    organisation.grants += [organisation.grant("group:g2:member", "user", f"x{n:03}") for n in range(60)]
    site = pages(organisation)
    assert len(names(site.get("principals.csv"))) == 64
    first = site.get("principals", size=25).text
    assert re.search("1.25 of 64", first)
    assert "Extra 000" in first
    assert re.search("51.64 of 64", site.get("principals", size=25, page=3).text)
    assert "Extra 030" not in first
    assert names(site.get("principals.csv", q="05 EXTRA")) == ["Extra 005", *(f"Extra 05{n}" for n in range(10))]
    assert names(site.get("principals.csv", sort="held", desc="1"))[0] == "Ada Lovelace"
    assert names(site.get("principals.csv", type="group")) == ["Engineering", "Platform"]
    assert names(site.get("principals.csv", state="disabled")) == ["Bob"]
    assert names(site.get("principals.csv", holding="none", type="user")) == ["Bob"]
    assert len(names(site.get("grants.csv"))) == 68
    assert names(site.get("grants.csv", q="payroll", sort="who")) == [
        "Ada Lovelace",
        "Ada Lovelace",
        "Bob",
        "Engineering",
    ]
    assert 'aria-sort="descending"' in site.get("principals", sort="name", desc="1").text
    assert "No principals match these filters." in site.get("principals", q="nobody at all").text


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999", "9" * 400, "٣"])
def test_odd_numbers_in_addresses_are_taken_for_what_they_can_mean(pages, organisation, page):
    site = pages(organisation)
    for name in ("principals", "grants", "matrix", "changes", "types"):
        site.get(name, page=page, size=page, across=page)


@pytest.mark.parametrize(
    "name", ["nothing", "overview.exe", "principals.svg", "principal", "entitlement", "graph", "why"]
)
def test_what_is_not_there_is_a_page_that_says_so(pages, organisation, name):
    site = pages(organisation)
    answer = site.ask(f"/s/{site.key}/{name}")
    assert answer.status_code == 404
    assert "Go to the overview" in answer.text
    assert site.ask("/s/unknown/overview").status_code == 404


def test_hostile_names_stay_text_in_every_form(pages, organisation):
    m = organisation.m
    organisation.resources[0] = organisation.user("u1", HOSTILE, "=cmd@example.com")
    organisation.resources.append(m.Resource(m.ResourceId("group", '"/../\r\nX: y'), "=1+1", traits=(m.GroupTrait(),)))
    odd = m.Entitlement(organisation.resources[-1], HOSTILE, id='group:"/../\r\nX: y:member')
    organisation.entitlements.append(odd)
    organisation.grants.append(m.Grant(odd, m.ResourceId("user", "u1")))
    site = pages(organisation)
    ids = {"type": "group", "id": '"/../\r\nX: y'}
    asked = [
        ("principals", {}),
        ("grants", {}),
        ("matrix", {}),
        ("graph", {"type": "user", "id": "u1"}),
        ("resource", ids),
    ]
    asked += [("why", {"type": "user", "id": "u1", "what": odd.id}), ("principals", {"q": HOSTILE}), ("resources", {})]
    for name, parameters in asked:
        text = site.get(name, **parameters).text
        assert "<script>alert" not in text, name
        assert "\u202e" not in text, name
        assert "\x1b" not in text, name
    drawn = site.get("graph.svg", type="user", id="u1")
    assert "<script>" not in drawn.text
    assert drawn.headers["content-security-policy"].endswith("sandbox")
    table = site.get("resource.csv", **ids)
    assert table.headers["content-disposition"] == 'attachment; filename="resource.csv"'
    assert "X" not in table.headers
    assert "'=1+1" in names(site.get("resources.csv"))
    cells = [cell for row in csv.reader(io.StringIO(site.get("principals.csv").text)) for cell in row]
    assert "'=cmd@example.com" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@"))]
    found = json.loads(site.get("principals.json").text)["rows"]
    assert HOSTILE in [row["name"] for row in found]


def test_matrix_is_paged_both_ways(pages, organisation):
    m = organisation.m
    for number in range(14):
        box = m.Resource(m.ResourceId("app", f"b{number:02}"), f"Box {number:02}", traits=(m.AppTrait(),))
        organisation.resources.append(box)
        organisation.entitlements.append(m.Entitlement(box, "open", display_name="Open"))
        organisation.grants.append(m.Grant(m.EntitlementRef(box, "open"), m.ResourceId("user", "u1")))
    site = pages(organisation)
    first, second = site.get("matrix").text, site.get("matrix", across=2).text
    assert "Box 03" in first
    assert "Box 13" not in first
    assert "Next resources" in first
    assert "Platform" in second
    assert "Previous resources" in second
    rows = json.loads(site.get("matrix.json", type="app").text)["rows"]
    assert [row["principal"] for row in rows] == ["Ada Lovelace", "Bob"]
    assert rows[0]["app:a1"] == "read, write"
    assert rows[1]["app:b00"] == ""
    assert len(json.loads(site.get("matrix.json", who="*").text)["rows"]) == 4


def test_matrix_marks_inherited_and_privileged_access_and_leads_to_the_grants(pages, organisation):
    organisation.entitlements += [organisation.entitlement("app", "a1", f"level{n}") for n in range(6)]
    organisation.entitlements.append(organisation.entitlement("app", "a1", "admin"))
    levels = [*(f"level{n}" for n in range(6)), "admin"]
    organisation.grants += [organisation.grant(f"app:a1:{level}", "user", "u1") for level in levels]
    site = pages(organisation)
    cells = re.findall(r'<td class="held">(.*?)</td>', site.get("matrix", type="app").text, re.S)
    ada, bob = (re.sub(r"<[^>]+>", " ", cell).split() for cell in cells)
    assert ada[:2] == ["admin,", "level0,"]
    assert ada[-3:] == ["privileged", "direct", "inherited"]
    assert "+5" in ada
    assert bob[0] == "read"
    assert bob[-1] == "inherited"
    link = re.search(r'href="([^"]+)"', cells[0])[1].replace("&amp;", "&")
    assert "of Ada Lovelace on Payroll" in site.ask(link).text
    row = json.loads(site.get("matrix.json", type="app").text)["rows"][0]
    assert set(row["app:a1"].split(", ")) == {"read", "write", *levels}


def test_changes_between_two_syncs_and_between_two_files(pages, organisation, make_c1z):
    import copy

    later = copy.deepcopy(organisation)
    later.grants.append(later.grant("app:a1:write", "user", "u3"))
    site = pages(organisation, later)
    rows = json.loads(site.get("changes.json").text)["rows"]
    assert [(row["change"], row["name"], row["where"]) for row in rows] == [
        ("added", "Bob", "Payroll write on Payroll")
    ]
    assert "+1 since" in site.get("overview").text
    assert "Still" not in site.get("overview").text
    old, new = (
        make_c1z(organisation, name="a.c1z", ids=["a" * 27]),
        make_c1z(later, name="b.c1z", ids=["b" * 27], ended_at="2026-02-01 00:00:00"),
    )
    both = pages(paths=[new, old])
    assert both.key == "b" * 27
    assert len(json.loads(both.get("changes.json").text)["rows"]) == 1
    text = both.get("changes").text
    assert "connector-host diff -f" in text
    assert "a.c1z" in text
    assert "There is no earlier sync" in both.ask(f"/s/{'a' * 27}/changes").text


def test_same_sync_in_two_files_has_two_addresses(pages, organisation, make_c1z):
    one, two = make_c1z(organisation, name="a.c1z"), make_c1z(organisation, name="b.c1z")
    site = pages(paths=[one, two])
    assert site.key.startswith("1-")
    assert site.ask(f"/s/2{site.key[1:]}/overview").status_code == 200
    assert json.loads(site.ask(f"/s/2{site.key[1:]}/changes.json").text)["rows"] == []


def test_graph_stands_behind_the_groups_it_comes_through(pages, organisation):
    site = pages(organisation)
    lines = {
        (row["from"], row["to"]): (row["entitlement"], row["how"])
        for row in json.loads(site.get("graph.json", type="user", id="u1").text)["rows"]
    }
    assert lines == {
        ("Ada Lovelace", "Platform"): ("member", "direct"),
        ("Platform", "Engineering"): ("member", "inherited"),
        ("Engineering", "Payroll read"): ("read", "inherited"),
        ("Ada Lovelace", "Payroll write"): ("write", "direct"),
        ("Payroll read", "Payroll"): ("read", "direct"),
        ("Payroll write", "Payroll"): ("write", "direct"),
    }
    drawn = site.get("graph.svg", type="user", id="u1").text
    assert drawn.count("<a href=") == 6
    assert "style=" not in drawn
    assert (
        "Bob" in site.get("graph", type="app", id="a1").text
        or "Engineering" in site.get("graph", type="app", id="a1").text
    )
    assert "Platform" in site.get("graph", type="group", id="g1").text
    assert "Payroll" in site.get("graph", what="app:a1:write").text


def test_what_grants_name_and_the_sync_lacks_has_a_page(pages, organisation):
    organisation.grants.append(organisation.grant("app:a1:write", "user", "gone"))
    organisation.grants.append(organisation.grant("app:gone:read", "user", "u3"))
    site = pages(organisation)
    assert "Resources that grants name but the sync does not hold" in site.get("overview").text
    assert sorted(names(site.get("resources.csv", missing="1"))) == ["app:gone", "user:gone"]
    assert names(site.get("entitlements.csv", show="missing")) == ["app:gone:read"]
    assert "the sync does not hold it" in site.get("principal", type="user", id="gone").text
    assert "app:gone:read" in site.get("grants", q="gone").text


def test_replaced_file_is_said_and_the_pages_go_on(pages, organisation, make_c1z):
    path = make_c1z(organisation)
    site = pages(paths=[path])
    assert "was replaced" not in site.get("overview").text
    path.unlink()
    path.write_bytes(b"something else")
    text = site.get("principals").text
    assert "was replaced" in text
    assert "Ada Lovelace" in text


def test_command_lines_give_the_answer(pages, organisation, site):
    import html
    import shlex

    asked = pages(organisation)
    for name, parameters in (
        ("principal", {"type": "user", "id": "u1"}),
        ("why", {"type": "user", "id": "u1", "what": "app:a1:read"}),
        ("entitlement", {"id": "app:a1:write"}),
    ):
        text = asked.get(name, **parameters).text
        words = shlex.split(html.unescape(re.search(r"<code[^>]*>(.*?)</code>", text, re.S)[1]))
        assert words[0] == "connector-host"
        answer = site.run("-m", "connector_host", *words[1:], python=())
        assert answer.returncode == 0, answer.stderr
        assert "Ada Lovelace" in answer.stdout


def test_files_have_ids_beside_names(pages, organisation):
    site = pages(organisation)
    row = json.loads(site.get("grants.json", q="write").text)["rows"][0]
    assert row == {
        "principal": "Ada Lovelace",
        "principal_id": "user:u1",
        "resource": "Payroll",
        "resource_id": "app:a1",
        "resource_type": "Application",
        "entitlement": "Payroll write",
        "entitlement_id": "app:a1:write",
        "held": "direct",
        "via": "",
    }
    lines = list(csv.reader(io.StringIO(site.get("grants.csv", q="write").content.decode("utf-8-sig"))))
    assert lines[0][:4] == ["Principal", "Principal ID", "Resource", "Resource ID"]
    assert lines[1] == list(row.values())


def test_long_list_is_whole_in_files(pages, organisation, monkeypatch):
    from connector_host.explore import web_app as application

    monkeypatch.setattr(application, "ROWS", 3)
    site = pages(organisation)
    found = json.loads(site.get("grants.json").text)
    assert found["total"] == len(found["rows"]) == 8
    assert len({(row["principal_id"], row["entitlement_id"]) for row in found["rows"]}) == 8
    assert len(names(site.get("resources.csv"))) == 6


def test_while_the_sync_is_read_pages_say_so_and_come_again(pages, organisation, monkeypatch):
    import threading

    from connector_host.explore import open_files

    real, go = open_files.load_index, threading.Event()

    def slow(catalogue, view, **options):
        while not go.wait(0.01):
            yield "resources"
        yield from real(catalogue, view, **options)

    monkeypatch.setattr(open_files, "load_index", slow)
    site = pages(organisation)
    waiting = site.get("principals")
    assert "Reading resources" in waiting.text
    assert waiting.headers["refresh"] == "1"
    overview = site.get("overview")
    assert "<strong>8</strong>" in overview.text
    assert overview.headers["refresh"] == "1"
    assert "refresh" not in site.get("types").headers
    go.set()
    done = site.get("principals")
    assert "Ada Lovelace" in done.text
    assert "refresh" not in done.headers


def test_what_goes_wrong_while_reading_is_said_on_every_page(pages, organisation, monkeypatch):
    from connector_host.errors import FileError
    from connector_host.explore import open_files

    def broken(catalogue, view, **_options):
        yield "resources"
        raise FileError("sync.c1z: row 7 is damaged", hint="Make it anew.")

    monkeypatch.setattr(open_files, "load_index", broken)
    site = pages(organisation)
    for name in ("principals", "overview", "grants.csv"):
        answer = site.ask(f"/s/{site.key}/{name}")
        assert answer.status_code == 500
        assert "row 7 is damaged" in answer.text
        assert "Make it anew." in answer.text
    assert site.get("types").status_code == 200


def test_objects_that_cannot_be_read_have_a_place(pages, organisation):
    def spoil(db):
        db.execute("update v1_resources set data = x'ff' where external_id = 'user:u2'")
        db.execute("update v1_entitlements set data = x'ff' where external_id = 'app:a1:write'")

    site = pages(organisation, tweak=spoil)
    assert "(unreadable) user:u2" in names(site.get("principals.csv"))
    assert "cannot be read" in site.get("principal", type="user", id="u2").text
    assert "(unreadable) app:a1:write" in site.get("entitlements").text


def test_odd_sync_ids_have_addresses(pages, organisation):
    site = pages(organisation, organisation, ids=["../../x y", "<b>"])
    assert "Overview" in site.get("overview").text
    text = site.get("changes").text
    assert "../../x y" in text
    assert "<b>" not in text
    assert site.ask(f"/s/{'1.1'}/overview").status_code == 200


def test_named_sync_is_where_the_pages_begin(pages, organisation):
    from connector_host.errors import NotFoundInFile

    site = pages(organisation, organisation, ids=["a" * 27, "b" * 27], sync_id="a" * 27)
    assert site.key == "a" * 27
    assert site.ask("/").headers["location"] == f"/s/{'a' * 27}/overview"
    with pytest.raises(NotFoundInFile, match="holds no sync"):
        pages(organisation, sync_id="nothing")


def test_graph_remembers_the_way(pages, organisation):
    import html

    site = pages(organisation)
    text = site.get("graph", type="user", id="u1").text
    for name in ("Platform", "Engineering"):
        where = re.search(rf'<a href="([^"]*graph[^"]*)"><title>{name}', text)[1]
        text = site.ask(html.unescape(where)).text
    crumbs = re.search(r'class="crumbs">.*?</nav>', text, re.S)[0]
    assert re.findall(r">([^<\n]+)</", crumbs) == [
        "Overview",
        "Graph of Ada Lovelace",
        "Graph of Platform",
        "Engineering",
        "Graph",
    ]
    site.get("graph", type="user", id="u1", trail="nonsense\n\t\nuser\tu9")


def test_resource_types_are_searched_and_sorted(pages, organisation):
    site = pages(organisation)
    assert names(site.get("types.csv")) == ["Application", "Group", "User"]
    assert names(site.get("types.csv", sort="resources", desc="1")) == ["User", "Group", "Application"]
    assert names(site.get("types.csv", q="ser")) == ["User"]


def test_every_link_leads_somewhere(pages, organisation):
    import html
    from urllib.parse import urljoin

    organisation.grants.append(organisation.grant("app:gone:read", "user", "gone"))
    site = pages(organisation, organisation)
    seen, waiting = set(), [f"/s/{site.key}/overview"]
    while waiting and len(seen) < 250:
        where = waiting.pop(0)
        answer = site.ask(where)
        assert answer.status_code == 200, where
        if answer.headers["content-type"].startswith("text/html"):
            links = {html.unescape(link) for link in re.findall(r'(?:href|src)="(\.\./[^"]*)"', answer.text)}
            new = sorted(link for link in {urljoin(where, link) for link in links} - seen if "trail" not in link)
            seen.update(new)
            waiting += new
    assert len(seen) > 60


def test_an_address_without_a_sync_is_that_of_the_first(pages, organisation):
    site = pages(organisation)
    assert site.ask("/principals.csv").content == site.get("principals.csv").content
    assert site.ask("/principals.csv").content.startswith(b"\xef\xbb\xbf")
    answer = site.ask("/principals?q=ada")
    assert str(answer.url).endswith(f"/s/{site.key}/principals?q=ada") or answer.headers["location"].endswith("?q=ada")
    assert site.ask("/nonsense").status_code == 404


def test_one_row_for_each_principal_and_resource_opens_to_its_grants(pages, organisation):
    site = pages(organisation)
    rows = json.loads(site.get("grants.json", rows="resource").text)["rows"]
    pairs = [(row["principal_id"], row["resource_id"]) for row in rows]
    assert len(pairs) == len(set(pairs)) == 7
    ada = next(row for row in rows if (row["principal_id"], row["resource_id"]) == ("user:u1", "app:a1"))
    assert (ada["access"], ada["held"], ada["via"], ada["grants"]) == (
        "read, write",
        "direct, inherited",
        "Engineering member",
        2,
    )
    page = site.get("principal", type="user", id="u1", rows="resource").text
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="([^"]+)"[^>]*>read, write<', page)]
    assert len(links) == 1
    single = site.ask(links[0]).text
    assert "of Ada Lovelace on Payroll" in single
    assert single.count(">Why?<") == 2
    assert "Payroll write" in single


def test_an_unknown_name_in_an_address_is_not_an_empty_list(pages, organisation):
    from connector_host.explore.page_content import address

    site = pages(organisation)
    for name, parameters in (
        ("resources", {"type": "groups"}),
        ("grants", {"type": "apps"}),
        ("matrix", {"type": "apps"}),
        ("entitlements", {"type": "app", "on": "none"}),
        ("grants", {"holder_type": "user", "holder": "none"}),
    ):
        answer = site.ask(address(site.key, name, **parameters))
        assert answer.status_code == 404, name
        assert "holds no resource" in answer.text


def test_the_overview_begins_with_the_known_gaps(pages, organisation):
    facts = {"account": "Example", "user": "guest@example.com", "limits": ["You are a guest."], "unread": ["vault v1"]}

    def limit(db):
        db.execute("update v1_sync_runs set sync_token = ?", (json.dumps({"connector_host": facts}),))

    text = pages(organisation, tweak=limit).get("overview").text
    for fact in ("The connector reported: You are a guest.", "Not read: vault v1", "guest@example.com"):
        assert text.index(fact) < text.index("Findings")
    assert text.index("Not read: vault v1") < text.index('class="numbers"')


def test_the_tabs_say_what_they_count(pages, organisation):
    text = pages(organisation).get("resource", type="app", id="a1").text
    assert "Held by 3 principals, 4 grants" in text


@pytest.mark.parametrize(
    ("page", "parameters"),
    [
        ("principals", {"state": "gone"}),
        ("principals", {"account": "robot"}),
        ("principals", {"holding": "some"}),
        ("entitlements", {"show": "nothing"}),
        ("grants", {"show": "nothing"}),
        ("grants", {"rows": "person"}),
        ("resources", {"missing": "2"}),
        ("changes", {"section": "Weather"}),
        ("changes", {"mark": "moved"}),
        ("matrix", {"who": "nobody"}),
        ("principals", {"type": "nothing"}),
    ],
)
@pytest.mark.parametrize("form", ["", ".csv"])
def test_an_unknown_value_of_a_filter_never_shows_everything(pages, organisation, page, parameters, form):
    if page == "changes":
        earlier = copy.deepcopy(organisation)
        earlier.grants.pop()
        site = pages(earlier, organisation)
    else:
        site = pages(organisation)
    path = urljoin("/s/key/page", address(site.key, page, form.removeprefix("."), **parameters))
    answer = site.ask(path)
    assert answer.status_code == 404
    assert next(iter(parameters.values())) in answer.text


def test_a_page_behind_the_last_says_so(pages, organisation):
    text = pages(organisation).get("grants", page="99").text
    assert "The list ends before this page: it has 8 rows." in text
    assert "No grants match" not in text


def test_filtered_changes_that_do_not_exist_are_no_unchanged_file(pages, organisation):
    earlier = copy.deepcopy(organisation)
    earlier.grants.pop()
    text = pages(earlier, organisation).get("changes", q="zzz").text
    assert "No changes match these filters." in text
    assert "Nothing has changed" not in text
