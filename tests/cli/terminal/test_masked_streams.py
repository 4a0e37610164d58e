import contextlib
import io
import sys

from hypothesis import given
from hypothesis import strategies as st

from connector_host.cli.terminal.masked_streams import MaskedStream, masked
from connector_host.secret import Redactor


def wrapped():
    redactor = Redactor()
    redactor.add("hunter2")
    below = io.TextIOWrapper(io.BytesIO(), encoding="utf-8", write_through=True)
    return MaskedStream(below, redactor), below


def test_text_lines_and_bytes_are_masked():
    stream, below = wrapped()
    assert stream.write("a hunter2\n") == 10
    print("b", "hunter2", file=stream)
    stream.writelines(["c hunter2\n"])
    stream.flush()
    assert stream.buffer.write(b"d hunter2\n\xff") == 11
    stream.buffer.flush()
    assert below.buffer.getvalue() == b"a ***\nb ***\nc ***\nd ***\n\xff"


def test_everything_else_is_the_streams_own():
    stream, _below = wrapped()
    assert stream.encoding == "utf-8"
    assert not stream.isatty()
    assert stream.buffer.getvalue() == b""


@given(st.binary())
def test_bytes_without_secrets_pass_unchanged(data):
    stream, below = wrapped()
    stream.buffer.write(data)
    stream.finish()
    assert below.buffer.getvalue() == data.replace(b"hunter2", b"***")


def test_streams_are_put_back_whatever_happens(capsys):
    before = sys.stdout, sys.stderr
    redactor = Redactor()
    redactor.add("hunter2")
    try:
        with masked(redactor):
            print("out hunter2")
            print("err hunter2", file=sys.stderr)
            raise RuntimeError
    except RuntimeError:
        pass
    assert (sys.stdout, sys.stderr) == before
    assert capsys.readouterr() == ("out ***\n", "err ***\n")


@given(st.integers(1, 6), st.booleans(), st.booleans())
def test_a_secret_that_comes_in_pieces_is_masked_wherever_it_is_cut(cut, flushed, binary):
    stream, below = wrapped()
    for piece in ("a hunter2"[: cut + 2], "hunter2 b"[cut:]):
        if binary:
            stream.buffer.write(piece.encode())
        else:
            stream.write(piece)
        if flushed:
            stream.flush()
    stream.finish()
    seen = below.buffer.getvalue().decode()
    if flushed and cut < 4:  # so few letters may be shown before it is known what they begin
        assert seen == f"a {'hunter2'[:cut]}*** b"
    else:
        assert seen == "a *** b"


def test_a_prompt_without_line_end_is_shown_at_once():
    stream, below = wrapped()
    stream.write("continue? h")
    stream.flush()
    assert below.buffer.getvalue() == b"continue? h"
    stream.write("ello")
    stream.flush()
    assert below.buffer.getvalue() == b"continue? hello"


def test_a_log_that_cannot_be_written_ends_no_run(monkeypatch):
    with open("/dev/full", "w") as full:
        monkeypatch.setattr(sys, "stderr", full)
        with masked(Redactor()):
            print("a line", file=sys.stderr, flush=True)
        monkeypatch.undo()
        with contextlib.suppress(OSError):
            full.close()
