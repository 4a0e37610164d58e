"""Checks of a lake that every object store must pass."""

import threading

from connector_host.lake.object_store import open_object_store


def check_commands(ask, url, path):
    """Add two syncs, ask, compact, verify and prune."""
    lake = ("--lake", url)
    for outcome in ("added", "present"):
        rows = ask("lake", "add", path, "--source", "hr", *lake, "-o", "json").json["added"]
        assert [row["result"] for row in rows] == [outcome] * 2
    assert len(ask("lake", "access", "ada@example.com", *lake, "-o", "json").json["access"]) == 4
    assert ask("lake", "diff", "--from", "2026-01-01", *lake).code == 0
    assert ask("lake", "timeline", "ada@example.com", *lake).code == 0
    assert ask("lake", "compact", *lake).code == 0
    assert ask("lake", "verify", *lake).code == 0
    assert ask("lake", "prune", "--keep-daily", "1", "--keep-monthly", "0", "--grace", "0", *lake).code == 0
    assert ask("lake", "sql", "select count(*) as n from history.grants", *lake, "-o", "csv").lines == ["n", "8"]
    assert ask("lake", "sql", f"select * from read_text('{url}/lake.json')", *lake).code == 2


def check_one_winner(url):
    """Let eight writers create one object at once."""
    results = []
    stores = [open_object_store(url) for _ in range(8)]
    start = threading.Barrier(8)

    def write(store, content):
        start.wait()
        results.append(store.create("commits/a/b.1.json", content))

    threads = [threading.Thread(target=write, args=(store, b"%d" % number)) for number, store in enumerate(stores)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == [False] * 7 + [True]
    winner = stores[0].read("commits/a/b.1.json")
    assert winner is not None
    assert not stores[0].create("commits/a/b.1.json", b"later")
    assert stores[0].read("commits/a/b.1.json") == winner
