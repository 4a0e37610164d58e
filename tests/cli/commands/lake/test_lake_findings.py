"""`lake orphans`, `dormant`, `privileged` and `sod`."""

RULES = """
format = 1
[[separation]]
name = "Read and write"
severity = "low"
reason = "Only for this test."
never-together = ["read", "write"]
"""


def test_orphans_dormant_and_privileged(ask, lake):
    assert ask("lake", "orphans", "--against", "hr").code == 0
    assert ask("lake", "orphans", "--against", "hs").code == 5
    assert len(ask("lake", "dormant", "--never", "-o", "jsonl").records) == 2
    assert ask("lake", "privileged", "-o", "json").json["privileged"] == []


def test_a_violation_ends_with_1(ask, lake, tmp_path):
    (tmp_path / "rules.toml").write_text(RULES)
    result = ask("lake", "sod", "--rules", tmp_path / "rules.toml", "-o", "json")
    assert result.code == 1
    assert [row["person"] for row in result.json["violations"]] == ["ada@example.com"]
    (tmp_path / "rules.toml").write_text(RULES.replace('"write"', '"wrote"'))
    assert ask("lake", "sod", "--rules", tmp_path / "rules.toml").code == 5
