"""`lake access`, `lake who` and `lake people`."""


def test_access_as_a_table_csv_and_json(ask, lake):
    table = ask("lake", "access", "ada@example.com")
    assert table.code == 0
    assert "hr, Ada" not in table.out
    assert "the oldest sync is of hr, 2026-01-01 10:00 UTC" in table.out
    assert ask("lake", "access", "ada@example.com", "-o", "csv").lines[0].startswith("Person,Source,Account,Resource")
    document = ask("lake", "access", "ada@example.com", "-o", "json").json
    assert {(row["resource"], row["permission"], row["held"]) for row in document["access"]} >= {
        ("Payroll", "write", "direct")
    }
    assert document["notes"]


def test_unknown_names_end_with_5_and_suggestions(ask, lake):
    for words in (("access", "adda@example.com"), ("who", "Payrol"), ("access", "ada@example.com", "--source", "hrr")):
        result = ask("lake", *words)
        assert result.code == 5, result.err
        assert "Did you mean" in result.err


def test_a_mapping_file(ask, lake, tmp_path):
    mapping = tmp_path / "people.csv"
    mapping.write_text("person,source,account\nLady Ada,hr,u1\n")
    people = ask("lake", "people", "--people", mapping, "-o", "json").json["people"]
    assert "Lady Ada" in {row["person"] for row in people}
    mapping.write_text("who\n")
    assert ask("lake", "people", "--people", mapping).code == 2


def test_a_bad_day_and_a_bad_engine(ask, lake):
    assert "2026-01-31" in ask("lake", "people", "--at", "yesterday").err
    assert "There is no engine" in ask("lake", "people", "--engine", "oracle").err
    assert ask("lake", "people", "--at", "2020-01-01", "-o", "json").json["people"] == []
