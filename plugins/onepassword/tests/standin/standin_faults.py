"""How a call can fail: the texts of docs/op-outputs.md, and the other ways in which a call fails."""

from posix import O_RDONLY, close, read
from posix import open as posix_open

OUTPUTS = __file__.rpartition("/")[0] + "/../../docs/op-outputs.md"
_TEXTS = {}


def texts():
    """`{name: (exit code, text)}` of the table of failures. A text without "bare:" gets `[ERROR] date time ` before it."""
    if not _TEXTS:
        fd = posix_open(OUTPUTS, O_RDONLY)
        content = b""
        while data := read(fd, 1 << 16):
            content += data
        close(fd)
        table = content.decode().partition("## Failures\n")[2].partition("\n## ")[0]
        for row in table.splitlines():
            cells = row.strip("|").split(" | ")
            if len(cells) == 6 and cells[1].strip()[:1].isdigit():
                code, _blank, bare = cells[1].strip().partition(" ")
                text = cells[4].strip()[1:-1].replace("⏎", "\n")
                _TEXTS[cells[0].strip()] = (int(code), ("bare:" if bare else "") + text)
    return _TEXTS


# Kinds that the main module acts out: they are not (only) a text.
ACTS = (
    "hang",
    "hang-child",
    "kill",
    "truncated",
    "html",
    "empty",
    "null",
    "huge",
    "warning",
    "latin",
    "prompt",
    "text",
)


def matching(faults, words, attempt_of):
    """The first planned fault for this call. `attempt_of(number)` counts how often a fault has been met."""
    for number, fault in enumerate(faults):
        wanted = fault["match"].split()
        exact = bool(wanted) and wanted[-1] == "$"
        wanted = wanted[:-1] if exact else wanted
        if exact and len(words) != len(wanted):
            continue
        if len(words) >= len(wanted) and all(w in ("*", word) for w, word in zip(wanted, words, strict=False)):
            attempts = fault.get("attempts")
            if attempts is None or attempt_of(number) in attempts:
                return fault
    return None
