"""Which of the accounts that `op` knows on this machine is meant."""

from __future__ import annotations

import os

from connector_host import ConfigError

from .options import Settings
from .parse import LocalAccount

__all__ = ["ambiguous", "as_account", "host_of", "matching", "selector", "the_one"]


def host_of(address: str) -> str:
    """A sign-in address as `op` lists it: without scheme, in lower case."""
    return address.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")


def as_account(address: str) -> str:
    """An address as `--account` takes it; a short name or an id is taken as it is."""
    return host_of(address) if "." in address else address.strip()


def matching(known: tuple[LocalAccount, ...], settings: Settings) -> list[LocalAccount]:
    """The accounts on this machine that the settings mean; all of them if they name none."""
    address = settings.address.strip() or os.environ.get("OP_ACCOUNT", "").strip()
    rows = [row for row in known if not address or _is_named(row, address)]
    return [row for row in rows if not settings.email or row.email.casefold() == settings.email.strip().casefold()]


def _is_named(row: LocalAccount, address: str) -> bool:
    url = host_of(address)
    return url in (row.url, row.url.partition(".")[0]) or address in (
        row.shorthand,
        row.account_uuid,
        row.user_uuid,
    )


def the_one(known: tuple[LocalAccount, ...], settings: Settings) -> LocalAccount:
    """The account that the settings mean. Raises ConfigError if there is none or more than one."""
    rows = matching(known, settings)
    if not rows:
        names = ", ".join(sorted({f"{row.email} at {row.url}" for row in known})) or "none"
        raise ConfigError(
            "op knows no account on this machine with that address and e-mail",
            hint=f"It knows: {names}. Check --address and --email.",
        )
    if len(rows) > 1:
        raise ambiguous(rows)
    return rows[0]


def ambiguous(rows: list[LocalAccount]) -> ConfigError:
    """The error that several accounts are meant."""
    names = ", ".join(f"{row.email} at {row.url}" for row in rows)
    return ConfigError(f"op knows several accounts: {names}", hint="Say which one with --address and --email.")


def selector(chosen: LocalAccount, known: tuple[LocalAccount, ...]) -> str:
    """What `--account` names it by: the account's id, or the person's where the account has several."""
    several = sum(row.account_uuid == chosen.account_uuid for row in known) > 1
    return chosen.user_uuid if several and chosen.user_uuid else chosen.account_uuid
