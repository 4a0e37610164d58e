"""`lake sql`."""


def test_a_query(ask, lake, tmp_path):
    assert ask("lake", "sql", "select count(*) as n from current.grants", "-o", "csv").lines == ["n", "8"]
    (tmp_path / "q.sql").write_text("select 1 as one")
    assert ask("lake", "sql", "--query-file", tmp_path / "q.sql", "-o", "csv").lines == ["one", "1"]
    assert "history.grants" in ask("lake", "sql", "--tables").out


def test_a_bad_query(ask, lake, tmp_path):
    for words in (("delete from people",), ("select",), (), ("--query-file", tmp_path / "none.sql")):
        result = ask("lake", "sql", *words)
        assert result.code == 2, words
    assert "runs one SELECT" in ask("lake", "sql", "delete from people").err
