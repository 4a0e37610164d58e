"""`lake diff` and `lake timeline`."""


def test_diff(ask, lake, make_c1z, organisation):
    organisation.grants.pop()
    path = make_c1z(
        organisation, name="later.c1z", ids=("later",), started_at="2026-01-05 10:00:00", ended_at="2026-01-05 10:00:01"
    )
    ask("lake", "add", path, "--source", "hr")
    result = ask("lake", "diff", "--from", "2026-01-02", "-o", "json")
    assert [(row["change"], row["permission"]) for row in result.json["changes"]] == [("removed", "write")]
    (span,) = [
        row for row in ask("lake", "timeline", "ada@example.com", "-o", "jsonl").records if row["permission"] == "write"
    ]
    assert (span["until"][:10], span["goneOn"][:10]) == ("2026-01-01", "2026-01-05")


def test_days_in_the_wrong_order(ask, lake):
    result = ask("lake", "diff", "--from", "2026-02-01", "--to", "2026-01-01")
    assert result.code == 2
    assert "--from is not before --to" in result.err


def test_nobody(ask, lake):
    assert ask("lake", "timeline", "nobody@example.com").code == 5
