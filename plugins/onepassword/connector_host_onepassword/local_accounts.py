"""The accounts that `op` knows on this machine, and the choice of the one that the settings mean."""

from __future__ import annotations

import os

from connector_host import ConfigError

from .op_cli.responses import LocalAccount
from .settings import ConnectorSettings

__all__ = ["account_argument", "ambiguous_account", "choose_account", "matching_accounts", "selector", "without_scheme"]


def without_scheme(address: str) -> str:
    """Return a sign-in address as `op` lists it: without scheme, in lower case."""
    return address.strip().lower().removeprefix("https://").removeprefix("http://").rstrip("/")


def account_argument(address: str) -> str:
    """Return an address as `--account` takes it; a short name or an id is unchanged."""
    return without_scheme(address) if "." in address else address.strip()


def matching_accounts(accounts: tuple[LocalAccount, ...], settings: ConnectorSettings) -> list[LocalAccount]:
    """Return the accounts on this machine that the settings mean; all of them if the settings name none."""
    address = settings.address.strip() or os.environ.get("OP_ACCOUNT", "").strip()
    rows = [row for row in accounts if not address or _has_name(row, address)]
    return [row for row in rows if not settings.email or row.email.casefold() == settings.email.strip().casefold()]


def _has_name(row: LocalAccount, address: str) -> bool:
    """True if `address` is the sign-in address, its first label, the shorthand or one of the ids of the account."""
    url = without_scheme(address)
    return url in (row.url, row.url.partition(".")[0]) or address in (
        row.shorthand,
        row.account_uuid,
        row.user_uuid,
        row.email,
    )


def choose_account(accounts: tuple[LocalAccount, ...], settings: ConnectorSettings) -> LocalAccount:
    """Return the account that the settings mean. Raises ConfigError if there is none or more than one."""
    rows = matching_accounts(accounts, settings)
    if not rows:
        names = ", ".join(sorted({f"{row.email} at {row.url}" for row in accounts})) or "none"
        raise ConfigError(
            "op has no account on this machine with that address and e-mail",
            hint=f"Its accounts: {names}. Check --address and --email.",
        )
    if len(rows) > 1:
        raise ambiguous_account(rows)
    return rows[0]


def ambiguous_account(rows: list[LocalAccount]) -> ConfigError:
    """Return the error for settings that mean several accounts."""
    names = ", ".join(f"{row.email} at {row.url}" for row in rows)
    several_people = len({row.url for row in rows}) < len(rows)
    needed = "--email" if several_people else "--address"
    example = f"{needed} {rows[0].email if several_people else rows[0].url}"
    return ConfigError(
        f"op has several matching accounts: {names}",
        hint=f"Specify one with --address and --email, for example {example}.",
    )


def selector(chosen: LocalAccount, accounts: tuple[LocalAccount, ...]) -> str:
    """Return the value of `--account`: the account's id, or the person's where the account has several people."""
    several = sum(row.account_uuid == chosen.account_uuid for row in accounts) > 1
    return chosen.user_uuid if several and chosen.user_uuid else chosen.account_uuid
