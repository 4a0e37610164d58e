"""The `op` program on this machine: where it is, how it was installed, and what that means for the desktop app."""

from __future__ import annotations

import os
import shutil
import stat
import sys
from collections.abc import Mapping
from pathlib import Path

from connector_host import ConfigError

__all__ = ["find_op", "forward_to_windows", "installation_note", "is_windows_program", "is_wsl"]

FORWARDED_PREFIX = "OP_"


def is_wsl(environ: Mapping[str, str]) -> bool:
    """True under the Windows Subsystem for Linux."""
    return sys.platform == "linux" and bool(environ.get("WSL_DISTRO_NAME") or environ.get("WSL_INTEROP"))


def find_op(program: str, environ: Mapping[str, str]) -> str:
    """Return the path of the program. Under WSL `op.exe` is taken where there is no `op`. Raises ConfigError."""
    name = os.path.expanduser(program)  # noqa: PTH111  `op` must stay `op`
    path = environ.get("PATH")
    if located := shutil.which(name, path=path):
        return located
    if program == "op" and is_wsl(environ) and (windows := shutil.which("op.exe", path=path)):
        return windows
    raise ConfigError(
        f"the 1Password CLI {program!r} was not found",
        hint="Install it (https://developer.1password.com/docs/cli/get-started), or specify its path with --op-path.",
    )


def is_windows_program(path: str) -> bool:
    """True for `op.exe` run from Linux, that is under WSL."""
    return sys.platform != "win32" and path.lower().endswith(".exe")


def forward_to_windows(environ: dict[str, str]) -> None:
    """List the variables of `op` in WSLENV: others do not reach a Windows program that is started under WSL."""
    names = [name for name in environ if name.startswith(FORWARDED_PREFIX)]
    present = [entry for entry in environ.get("WSLENV", "").split(":") if entry]
    entries = {entry.partition("/")[0]: entry for entry in present}
    for name in sorted(names):
        is_path = name == "OP_CONFIG_DIR" and environ[name].startswith("/")
        entries.setdefault(name, f"{name}/up" if is_path else f"{name}/u")
    environ["WSLENV"] = ":".join(entries.values())


def installation_note(path: str, environ: Mapping[str, str]) -> str:
    """Return a sentence on an installation that the desktop app does not accept, or an empty text."""
    if is_windows_program(path) or sys.platform == "win32":
        return ""
    if is_wsl(environ):
        return (
            "Under WSL the Linux op cannot reach the 1Password app of Windows: install the CLI in Windows and use "
            "--op-path op.exe."
        )
    if environ.get("FLATPAK_ID") or Path("/.flatpak-info").exists():
        return (
            "This program runs in a Flatpak sandbox, from which op cannot reach the desktop app: run it outside of the "
            "sandbox, or sign in with a password or a service account."
        )
    if sys.platform == "linux":
        return _linux_note(path, environ)
    return ""


def _linux_note(path: str, environ: Mapping[str, str]) -> str:
    resolved = os.path.realpath(path)
    if environ.get("SNAP") or resolved.startswith(("/snap/", "/var/lib/snapd/")) or path.startswith("/snap/"):
        return (
            f"{path} is a snap, which the desktop app does not accept: install op from 1Password's package repository."
        )
    if resolved.startswith("/nix/store/"):
        return (
            f"{path} is the plain Nix package, which the desktop app does not accept: enable programs._1password, and "
            "use its wrapper in /run/wrappers/bin."
        )
    try:
        mode = Path(resolved).stat()
    except OSError:
        return ""
    if mode.st_uid != 0 or not mode.st_mode & stat.S_ISGID:
        return (
            f"The desktop app accepts only the op that a system package installed, and {path} is another copy: install "
            "the package 1password-cli, or specify its op with --op-path."
        )
    return ""
