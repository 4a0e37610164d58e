"""`review` and `review import`: from a sync to the proof that a revocation was made."""

import datetime
import json
import os

import pytest

openpyxl = pytest.importorskip("openpyxl", reason="needs the extra xlsx")
pytest.importorskip("xlsxwriter", reason="needs the extra xlsx")


def rows(path, sheet="Review"):
    """The rows of a sheet as dicts by title."""
    head, *found = openpyxl.load_workbook(path)[sheet].iter_rows(values_only=True)
    titles = [title.partition(" (")[0] for title in head]
    return [dict(zip(titles, row, strict=True)) for row in found]


def decide(path, decisions, reviewer="Rita"):
    """Fill in decisions: grant id -> word."""
    book = openpyxl.load_workbook(path)
    page = book["Review"]
    at = {cell.value.partition(" (")[0]: cell.column for cell in page[1]}
    for line in range(2, page.max_row + 1):
        word = decisions.get(page.cell(line, at["Grant ID"]).value)
        if word:
            page.cell(line, at["Decision"]).value = word
            page.cell(line, at["Reviewer"]).value = reviewer
            page.cell(line, at["Date"]).value = datetime.date.today()
    book.save(path)


def test_from_a_sync_to_the_proof(workshop, tmp_path):
    """Sync, review, decide, import, revoke, sync again, review again: the record and the diff say that it is done."""
    here, out = workshop.here, tmp_path / "q1.xlsx"
    workshop.sync()
    done = here("review", "--unit", "grant", "-f", workshop.file, "-o", out)
    assert done.returncode == 0, done.stderr
    assert "4 grants to decide on" in done.stderr
    assert done.stdout == ""
    before = {row["Grant ID"] for row in rows(out)}
    assert before == workshop.synced()

    gone = {"box:b1:open:group:g2", "group:g1:member:user:ann"}
    decide(out, {**dict.fromkeys(gone, "revoke"), "group:g2:member:user:bob": "keep"})
    done = here("review", "import", out)
    assert done.returncode == 0, done.stderr
    plan = tmp_path / "q1.revoke.jsonl"
    assert {json.loads(line)["grant"] for line in plan.read_text().splitlines()} == gone
    assert "Decided: 1 keep, 2 revoke, 0 ask, 1 undecided" in done.stderr
    assert f"connector-host revoke fake -f {workshop.file} --sync-id" in done.stderr
    assert "Rita" in done.stdout

    done = workshop.run("revoke", "--from-file", plan, "--dry-run")
    assert "2 changes: 2 planned" in done.stdout
    done = workshop.run("revoke", "--from-file", plan)
    assert done.returncode == 0, done.stderr
    ended = [one for one in workshop.audit() if one["event"] == "end" and not one["dry_run"]]
    assert [one["outcome"] for one in ended] == ["done", "done"]
    assert {one["grant"] for one in ended} == gone
    today = datetime.date.today().isoformat()
    decisions = [one["decision"] for one in workshop.audit()]
    assert len(decisions) == 8  # begin and end of two changes, tried first
    assert {(one["reviewer"], one["decided"]) for one in decisions} == {("Rita", today)}

    workshop.sync()
    left = workshop.synced()
    assert left == {"group:g2:member:user:bob"}  # what Bob held through the group is gone with it
    again = tmp_path / "q2.xlsx"
    assert here("review", "--unit", "grant", "-f", workshop.file, "-o", again).returncode == 0
    assert {row["Grant ID"] for row in rows(again)} == left
    removed = {row["ID"] for row in rows(again, "Changes") if row["Change"] == "removed"}
    assert removed == before - left
    assert here("review", "import", out).returncode == 9  # the old decisions are of another sync


def test_decisions_are_not_overwritten(ask, sync_file, tmp_path):
    out = tmp_path / "r.xlsx"
    assert ask("review", "--unit", "grant", "-f", sync_file, "-o", out).code == 0
    decide(out, {"app:a1:write:user:u1": "keep"})
    kept = out.read_bytes()
    told = ask("review", "--unit", "grant", "-f", sync_file, "-o", out)
    assert (told.code, out.read_bytes()) == (2, kept)
    assert "--force" in told.err
    assert ask("review", "--unit", "grant", "-f", sync_file, "-o", out, "--force").code == 0
    assert all(row["Decision"] is None for row in rows(out))


def test_one_that_fails_leaves_the_earlier_file_and_nothing_else(ask, sync_file, tmp_path, monkeypatch):
    import tempfile

    from connector_host.review.workbooks import workbook

    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))

    out = tmp_path / "r.xlsx"
    out.write_text("before")

    def fail(*_):
        raise OSError(28, os.strerror(28))

    monkeypatch.setattr(workbook, "_changes", fail)
    told = ask("review", "--unit", "grant", "-f", sync_file, "-o", out, "--force")
    assert told.code == 2
    assert "cannot be written" in told.err
    assert "No space left" in told.err
    assert out.read_text() == "before"
    assert [one.name for one in tmp_path.iterdir() if one.name.startswith(".r.xlsx")] == []
    assert list(aside.iterdir()) == []


@pytest.mark.parametrize("name", ["r.pdf", "r", "r.xlsx.bak", ".html"])
def test_other_endings_are_a_usage_error_that_names_the_two(ask, sync_file, tmp_path, name):
    told = ask("review", "--unit", "grant", "-f", sync_file, "-o", tmp_path / name)
    assert told.code == 2
    assert ".xlsx or .html" in told.err
    assert list(tmp_path.glob("r*")) == []


def test_without_the_extra_it_says_what_to_install(ask, sync_file, tmp_path, monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "xlsxwriter", None)
    told = ask("review", "--unit", "grant", "-f", sync_file, "-o", tmp_path / "r.xlsx")
    assert told.code == 2
    assert "pip install 'connector-host[xlsx]'" in told.err
    assert not (tmp_path / "r.xlsx").exists()


def test_rows_are_put_together_as_asked(ask, sync_file, tmp_path):
    for order, column in (("principal", "Principal"), ("resource", "Resource"), ("owner", "Owner")):
        out = tmp_path / f"{order}.xlsx"
        assert ask("review", "--unit", "grant", "-f", sync_file, "-o", out, "--by", order).code == 0
        names = [(row[column] or "").casefold() for row in rows(out)]
        assert names == sorted(names)
    assert ask("review", "--unit", "grant", "-f", sync_file, "--by", "mood", "-o", tmp_path / "x.xlsx").code == 2


def test_several_files_in_one(ask, make_c1z, organisation, tmp_path):
    one, out = make_c1z(organisation, name="one.c1z"), tmp_path / "r.xlsx"
    organisation.grants.pop()
    two = make_c1z(organisation, name="two.c1z")
    assert ask("review", "--unit", "grant", "-f", one, "-f", two, "-o", out, "--since", two, "--since", one).code == 0
    assert [row["System"] for row in rows(out)] == ["one"] * 8 + ["two"] * 7
    assert [(row["System"], row["Change"]) for row in rows(out, "Changes")] == [("one", "added"), ("two", "removed")]
    decide(out, {"app:a1:read:group:g1": "revoke"})
    told = ask("review", "import", out, "--format", "json")
    assert told.code == 0
    assert [one["system"] for one in told.json["revocations"]] == ["one", "two"]
    assert {path.name for path in tmp_path.glob("*.jsonl")} == {"r.revoke.one.jsonl", "r.revoke.two.jsonl"}
    assert ask("review", "--unit", "grant", "-f", one, "-f", two, "-o", tmp_path / "x.xlsx", "--since", two).code == 2


def test_a_named_sync(ask, make_c1z, organisation, tmp_path):
    import copy

    earlier = copy.deepcopy(organisation)
    earlier.grants = earlier.grants[:2]
    path, out = make_c1z(earlier, organisation), tmp_path / "r.xlsx"
    first = ask("syncs", "-f", path, "-o", "json").json["syncs"][0]["id"]
    assert ask("review", "--unit", "grant", "-f", path, "-o", out, "--sync-id", first).code == 0
    assert len(rows(out)) == 2
    assert ask("review", "--unit", "grant", "-f", path, "-o", tmp_path / "x.xlsx", "--sync-id", "none").code == 5


def test_gaps_are_said(ask, make_c1z, organisation, tmp_path):
    path = make_c1z(organisation, sync_token='{"connector_host":{"unread":["group:g9 (list_grants): no"]}}')
    told = ask("review", "--unit", "grant", "-f", path, "-o", tmp_path / "r.xlsx")
    assert told.code == 0
    assert "Not read: group:g9" in told.err


# ----------------------------------------------------------------------------------------------- import


@pytest.fixture
def review(ask, sync_file, tmp_path):
    out = tmp_path / "r.xlsx"
    assert ask("review", "--unit", "grant", "-f", sync_file, "-o", out).code == 0
    return out


def test_nothing_to_revoke_writes_no_plan(ask, review, tmp_path):
    decide(review, {"app:a1:write:user:u1": "keep"})
    told = ask("review", "import", review)
    assert told.code == 0
    assert "no plan was written" in told.err
    assert list(tmp_path.glob("*.jsonl")) == []


def test_a_plan_of_an_earlier_import_is_told_of(ask, review, tmp_path):
    decide(review, {"app:a1:write:user:u1": "revoke"})
    assert ask("review", "import", review).code == 0
    decide(review, {"app:a1:write:user:u1": "keep"})
    told = ask("review", "import", review)
    assert told.code == 0
    assert f"{tmp_path / 'r.revoke.jsonl'} is of an earlier import" in told.err


def test_what_is_refused_writes_no_plan(ask, review, tmp_path):
    decide(review, {"app:a1:write:user:u1": "revoke", "app:a1:read:user:u2": "revoke"})
    told = ask("review", "import", review)
    assert (told.code, told.out) == (2, "")
    assert "1 row cannot be imported" in told.err
    assert "Review row 7: Bob inherits Payroll read through" in told.err
    assert list(tmp_path.glob("*.jsonl")) == []


def test_the_plan_never_takes_the_place_of_what_it_is_made_of(ask, review, sync_file):
    decide(review, {"app:a1:write:user:u1": "revoke"})
    for target in (review, sync_file):
        before = target.read_bytes()
        told = ask("review", "import", review, "-o", target)
        assert told.code == 2
        assert "would replace" in told.err
        assert target.read_bytes() == before


def test_a_wrong_file_or_format_is_one_clear_error(ask, review, sync_file, tmp_path):
    told = ask("review", "import", sync_file)
    assert told.code == 2
    assert "cannot be read as an .xlsx workbook" in told.err
    assert ask("review", "import", tmp_path / "none.xlsx").code == 2
    assert ask("review", "import", review, "--format", "nonsense").code == 2


def test_options_before_the_word_are_not_lost(ask, review, sync_file):
    for words in (("-f", sync_file), ("-o", "x.xlsx"), ("--force",)):
        told = ask("review", *words, "import", review)
        assert told.code == 2
        assert "Put them after it" in told.err


def test_a_damaged_grant_is_named(ask, make_c1z, organisation, tmp_path):
    path = make_c1z(organisation, tweak=lambda db: db.execute("update v1_grants set data = x'2a7f' where id = 3"))
    told = ask("review", "--unit", "grant", "-f", path, "-o", tmp_path / "r.xlsx")
    assert told.code == 2
    assert "group:g1:member:user:u2" in told.err
    assert not (tmp_path / "r.xlsx").exists()


def test_what_stays_by_a_group_is_told(ask, make_c1z, organisation, tmp_path):
    organisation.grants[6] = organisation.grant(
        "app:a1:read", "user", "u1", sources={"app:a1:read": True, "group:g1:member": False}
    )
    path, out = make_c1z(organisation), tmp_path / "r.xlsx"
    assert ask("review", "--unit", "grant", "-f", path, "-o", out).code == 0
    decide(out, {"app:a1:read:user:u1": "revoke"})
    told = ask("review", "import", out, "-o", tmp_path / "plan.jsonl")
    assert "Ada Lovelace still inherits Payroll read through Engineering member" in told.err
    assert (tmp_path / "plan.jsonl").exists()


def test_an_incomplete_review_is_reported_first(ask, review, tmp_path):
    decide(review, {"app:a1:write:user:u1": "revoke"})
    told = ask("review", "import", review)
    assert told.code == 0
    assert "The review is not complete: 7 of 8 grants are undecided." in told.err.splitlines()[0]
    assert (tmp_path / "r.revoke.jsonl").exists()


def test_require_complete_exits_1_and_writes_no_plan(ask, review, tmp_path):
    direct = [row["Grant ID"] for row in rows(review)]
    decide(review, dict.fromkeys(direct[:-1], "keep"))
    told = ask("review", "import", review, "--require-complete")
    assert (told.code, told.out) == (1, "")
    assert "1 of 8 grants are undecided" in told.err
    decide(review, {direct[-1]: "ask"})
    assert ask("review", "import", review, "--require-complete").code == 1
    assert list(tmp_path.glob("*.jsonl")) == []
    decide(review, {direct[-1]: "keep"})
    told = ask("review", "import", review, "--require-complete")
    assert told.code == 0
    assert "The review is complete: 8 grants are decided." in told.err


# ----------------------------------------------------------------------------------------------- scope, campaigns


def test_a_scope_is_reported(ask, sync_file, tmp_path):
    told = ask(
        "review", "--unit", "grant", "-f", sync_file, "-o", tmp_path / "r.xlsx", "--direct", "--resource-type", "app"
    )
    assert told.code == 0
    assert "the scope is direct grants; resource type app. Left out: " in told.err
    assert "2 grants to decide on" in told.err
    assert (
        ask("review", "--unit", "grant", "-f", sync_file, "-o", tmp_path / "n.xlsx", "--resource", "nonsense").code == 5
    )


def test_changed_since(ask, make_c1z, organisation, tmp_path):
    older = make_c1z(organisation, name="older.c1z")
    organisation.grants.append(organisation.grant("app:a1:write", "user", "u2"))
    newer = make_c1z(organisation, name="newer.c1z")
    told = ask("review", "--unit", "grant", "-f", newer, "-o", tmp_path / "r.xlsx", "--changed-since", older)
    assert told.code == 0
    assert [row["Grant ID"] for row in rows(tmp_path / "r.xlsx")] == ["app:a1:write:user:u2"]
    told = ask("review", "--unit", "grant", "-f", newer, "--changed-since", older, "--since", older)
    assert told.code == 2
    assert "exclude each other" in told.err


def test_a_review_is_split_and_merged(ask, sync_file, tmp_path):
    folder = tmp_path / "q1"
    told = ask("review", "--unit", "grant", "-f", sync_file, "-o", folder, "--split-by", "type", "--due", "2026-12-31")
    assert told.code == 0, told.err
    assert "Wrote 2 workbooks, and " in told.err
    books = sorted(folder.glob("*.xlsx"))
    assert sum(len(rows(book)) for book in books) == 8
    decide(books[0], {"app:a1:write:user:u1": "revoke"})
    told = ask("review", "status", folder, "-o", "json")
    assert [(one["revoke"], one["state"]) for one in told.json["packages"]] == [(1, "open"), (0, "open")]
    assert "7 of 8 rows are undecided; due on 2026-12-31." in told.err
    told = ask("review", "import", books[0])
    assert "1 package of the campaign" in told.err or "1 packages of the campaign" in told.err
    assert ask("review", "import", *books, "--require-complete").code == 1
    told = ask("review", "import", *books, "-o", tmp_path / "plan.jsonl")
    assert told.code == 0
    assert "7 of 8 grants are undecided" in told.err
    assert (tmp_path / "plan.jsonl").exists()


def test_split_by_wants_a_folder(ask, sync_file, tmp_path):
    told = ask("review", "--unit", "grant", "-f", sync_file, "-o", tmp_path / "r.xlsx", "--split-by", "owner")
    assert told.code == 2
    assert "is the name of one" in told.err
    told = ask("review", "--unit", "grant", "-f", sync_file, "-o", tmp_path / "r.xlsx", "--due", "2026-12-31")
    assert told.code == 2
    assert "--due needs --split-by" in told.err


def test_verify_lists_what_remains(ask, make_c1z, organisation, tmp_path):
    path, out = make_c1z(organisation, name="q1.c1z"), tmp_path / "r.xlsx"
    assert ask("review", "--unit", "grant", "-f", path, "-o", out).code == 0
    decide(out, {"app:a1:write:user:u1": "revoke", "group:g1:member:user:u2": "revoke"})
    organisation.grants = [grant for grant in organisation.grants if grant.id != "group:g1:member:user:u2"]
    later = make_c1z(organisation, organisation, name="later.c1z", ids=["c" * 27, "d" * 27])
    told = ask("review", "verify", out, "-f", later, "-o", "json")
    assert told.code == 1
    assert sorted(one["result"] for one in told.json["revocations"]) == ["gone", "still direct"]
    assert "2 revocations: 1 gone, 1 still direct" in told.err
    organisation.grants = [grant for grant in organisation.grants if grant.id != "app:a1:write:user:u1"]
    later = make_c1z(organisation, organisation, name="later.c1z", ids=["c" * 27, "d" * 27])
    assert ask("review", "verify", out, "-f", later).code == 0
    told = ask("review", "verify", out, "-f", path)
    assert told.code == 9
    assert "is newer than the reviewed sync" in told.err


def test_a_row_is_a_principal_and_a_resource_by_default(ask, sync_file, tmp_path):
    out = tmp_path / "r.xlsx"
    told = ask("review", "-f", sync_file, "-o", out)
    assert "5 rows with 8 grants to decide on." in told.err
    assert [row["Row ID"] for row in rows(out)] == ["r4", "r7-8", "r1", "r3", "r6", "r5", "r2"]
    book = openpyxl.load_workbook(out)
    for column, value in (("R", "revoke"), ("T", "Rita"), ("U", datetime.date.today())):
        book["Review"][f"{column}3"] = value
    book.save(out)
    told = ask("review", "import", out, "-o", tmp_path / "plan.jsonl")
    assert told.code == 0, told.err
    assert "4 of 5 rows are undecided" in told.err
    assert "row 3: Ada Lovelace still inherits read on Payroll through Engineering member." in told.err
    assert json.loads((tmp_path / "plan.jsonl").read_text())["grant"] == "app:a1:write:user:u1"


def test_a_campaign_counts_rows(ask, sync_file, tmp_path):
    folder = tmp_path / "q1"
    assert ask("review", "-f", sync_file, "-o", folder, "--split-by", "type").code == 0
    told = ask("review", "status", folder, "-o", "json")
    assert [(one["rows"], one["undecided"]) for one in told.json["packages"]] == [(2, 2), (3, 3)]
    told = ask("review", "import", *sorted(folder.glob("*.xlsx")), "-o", tmp_path / "plan.jsonl")
    assert "5 of 5 rows are undecided" in told.err


def test_evidence_is_written_and_checked(ask, make_c1z, organisation, tmp_path):
    path, book, out = make_c1z(organisation, name="q1.c1z"), tmp_path / "r.xlsx", tmp_path / "e.zip"
    assert ask("review", "--unit", "grant", "-f", path, "-o", book).code == 0
    told = ask("review", "evidence", book, "-o", out)
    assert (told.code, "8 of 8 grants are undecided." in told.err, out.exists()) == (9, True, False)
    told = ask("review", "evidence", book, "-o", out, "--incomplete")
    assert told.code == 0, told.err
    noted = told.err.split()[-1]
    told = ask("review", "evidence", "--check", out, "--expect", noted)
    assert (told.code, "It is marked as incomplete:" in told.out) == (0, True)
    assert ask("review", "evidence", "--check", out, "--expect", "0" * 64).code == 1
    assert ask("review", "evidence", book, "-o", out).code == 2  # it exists
    assert ask("review", "evidence").code == 2
    assert ask("review", "evidence", book, "--check", out).code == 2


def test_pages_for_several_reviewers(ask, sync_file, tmp_path):
    folder = tmp_path / "q1"
    told = ask("review", "-f", sync_file, "-o", folder, "--split-by", "type", "--pages")
    assert told.code == 0, told.err
    assert "Wrote 2 pages, and " in told.err
    told = ask("review", "status", folder, "-o", "json")
    assert [(one["rows"], one["state"]) for one in told.json["packages"]] == [(2, "not returned"), (3, "not returned")]
    told = ask("review", "import", folder / "group.html")
    assert told.code == 2
    assert "decisions are not stored in it" in told.err


@pytest.mark.parametrize("words", [("--pages",), ("--unit", "grant", "-o", "x.html")])
def test_options_of_pages_that_do_not_fit(ask, sync_file, words):
    assert ask("review", "-f", sync_file, *words).code == 2


def test_a_campaign_with_pages_and_workbooks(ask, sync_file, tmp_path):
    folder = tmp_path / "q1"
    told = ask("review", "-f", sync_file, "--split-by", "type", "--with-pages", "-o", folder)
    assert "Wrote 2 workbooks and 2 pages, and " in told.err
    assert {path.name for path in folder.iterdir()} == {
        *("application.xlsx", "application.html", "group.xlsx", "group.html", "campaign.json"),
    }
    (folder / "group.xlsx").unlink()
    told = ask("review", "import", folder)
    assert "1 package of the campaign" in told.err or "1 packages of the campaign" in told.err
    assert ask("review", "-f", sync_file, "--with-pages").code == 2
