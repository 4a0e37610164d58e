"""A sample machine, as a folder with the files that the connector reads."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

PASSWD = """\
root:x:0:0:root:/root:/bin/bash
toor:x:0:0::/root:/bin/sh
daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin
ada:x:1000:1000:Ada Lovelace,Room 1,,:/home/ada:/bin/bash
alan:x:1001:1001:& Turing:/home/alan:/bin/bash
grace:x:1002:100:Grace Hopper:/home/grace:/usr/sbin/nologin
deploy:x:1003:100::/srv/deploy:/usr/sbin/nologin
leaver:x:1004:100:Leaver:/home/leaver:/bin/bash
guest::1005:100:Guest:/home/guest:
nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin
"""
GROUP = """\
root:x:0:
daemon:x:1:
sudo:x:27:ada,leaver,stranger
users:x:100:
dba:x:200:alan,grace
ada:x:1000:
alan:x:1001:
nogroup:x:65534:
"""
SHADOW = """\
root:*:19000:0:99999:7:::
daemon:*:19000:0:99999:7:::
ada:$6$salt$c4nary-hash-of-ada:19000:0:99999:7:::
alan:!:19000:0:99999:7:::
grace:$6$salt$h:19000:0:99999:7:::
deploy:!:19000:0:99999:7:::
leaver:!$6$salt$c4nary-hash-of-leaver:19000:0:99999:7::1:
nobody:*:19000:0:99999:7:::
"""
SUDOERS = """\
# Who may do what
Defaults        env_reset
Defaults:ada    !authenticate
User_Alias      OPERATORS = alan, %dba
Cmnd_Alias      SERVICES = /usr/bin/systemctl restart *, /usr/bin/systemctl status, \\
                           !/usr/bin/systemctl restart sshd
Host_Alias      WEB = web*, www

root            ALL=(ALL:ALL) ALL
%sudo           ALL=(ALL:ALL) ALL
OPERATORS       WEB = (root) NOPASSWD: SERVICES
alan            db1 = ALL
#1003           ALL = (%dba) /usr/bin/pg_dump, /usr/bin/psql
@includedir /etc/sudoers.d
"""


class Machine:
    """The root folder of a machine."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(self, name: str, text: str | bytes) -> Path:
        """Write one of its files."""
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return path


@pytest.fixture
def bare(tmp_path):
    """A machine with no file."""
    (tmp_path / "machine").mkdir()
    return Machine(tmp_path / "machine")


@pytest.fixture
def machine(bare):
    """A whole one: web1, with people, a service, and sudo."""
    bare.write("etc/passwd", PASSWD)
    bare.write("etc/group", GROUP)
    bare.write("etc/shadow", SHADOW)
    bare.write("etc/login.defs", "# ids\nUID_MIN  1000\nUID_MAX\t60000\n")
    bare.write("etc/hostname", "web1.example.com\n")
    bare.write("etc/machine-id", "0123456789abcdef0123456789abcdef\n")
    bare.write("etc/sudoers", SUDOERS)
    bare.write("etc/sudoers.d/10-backup", "grace ALL=(root) NOPASSWD: /usr/bin/rsync\n")
    bare.write("etc/sudoers.d/README.txt", "this is no rule\n")
    lastlog = bytearray(292 * 1001)
    struct.pack_into("=I32s256s", lastlog, 292 * 1000, 1_700_000_000, b"pts/0", b"")
    bare.write("var/log/lastlog", bytes(lastlog))
    return bare
