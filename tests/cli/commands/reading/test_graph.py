"""`graph` as a command: where the drawing goes."""

import webbrowser

import pytest


def test_svg_is_not_dumped_on_a_terminal(ask, sync_file, monkeypatch):
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    told = ask("graph", "-f", sync_file, "ada@example.com")
    assert (told.code, told.out) == (2, "")
    assert "--out graph.svg" in told.err
    assert "--open" in told.err


def test_text_formats_are_shown_on_a_terminal_and_svg_in_a_pipe(ask, sync_file, monkeypatch):
    assert ask("graph", "-f", sync_file, "ada@example.com").out.startswith("<svg")
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    assert ask("graph", "-f", sync_file, "ada@example.com", "-o", "mermaid").out.startswith("flowchart")


def test_a_file_takes_the_drawing(ask, sync_file, tmp_path):
    told = ask("graph", "-f", sync_file, "ada@example.com", "--out", tmp_path / "g.svg")
    assert (told.code, told.out) == (0, "")
    assert f"Wrote {tmp_path / 'g.svg'}" in told.err
    assert (tmp_path / "g.svg").read_text(encoding="utf-8").startswith("<svg")


@pytest.mark.parametrize("opened", [True, False])
def test_the_browser_shows_it(ask, sync_file, monkeypatch, tmp_path, opened):
    seen = []
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr(webbrowser, "open", lambda address: seen.append(address) or opened)
    told = ask("graph", "-f", sync_file, "ada@example.com", "--open")
    assert told.code == 0
    (address,) = seen
    assert address.startswith("file://")
    assert address.endswith(".svg")
    assert ("No browser was found" in told.err) == (not opened)
    assert ask("graph", "-f", sync_file, "ada@example.com", "--open", "-o", "dot").code == 2


def test_a_file_as_an_argument_is_taken_or_explained(ask, sync_file):
    assert ask("stats", sync_file).out == ask("stats", "-f", sync_file).out
    told = ask("resources", sync_file)
    assert told.code == 2
    assert f"connector-host resources -f {sync_file}" in told.err
    assert "-f" not in ask("resources", "nonsense").err
