"""Accounts and credentials: the fields of a new account, its credentials, and credentials that are issued later."""

from __future__ import annotations

import enum
import secrets
import string
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from msgspec import Struct

from .decoding.json_decoding import decode_json
from .enums import CredentialMode, CredentialOption
from .errors import ConfigError
from .options import Option, OptionType
from .secret import Secret
from .traits import Email

__all__ = [
    "AccountField",
    "AccountFieldType",
    "AccountRequest",
    "AccountSchema",
    "CredentialDetails",
    "CredentialRequest",
    "IssueOption",
    "IssueRequest",
    "KeyProfile",
    "NamedSecret",
    "PasswordConstraint",
]

DEFAULT_LENGTH = 20
SYMBOLS = "!#$%&()*+,-./:;<=>?@[]^_{|}~"
"""Printable symbols without quotes, the backslash and the backtick, which shells and config files treat specially."""


# ----------------------------------------------------------------------------------------------- a new account


class AccountFieldType(enum.StrEnum):
    """The Python type of a field of a new account: str, bool, int, a tuple of str, or a dict of JSON values."""

    STRING = "string"
    BOOL = "bool"
    INT = "int"
    STRINGS = "strings"
    MAP = "map"


OPTION_TYPES = {
    AccountFieldType.STRING: OptionType.STR,
    AccountFieldType.BOOL: OptionType.BOOL,
    AccountFieldType.INT: OptionType.INT,
    AccountFieldType.STRINGS: OptionType.STRINGS,
}


class AccountField(Struct, frozen=True, kw_only=True):
    """One field that people fill in for a new account; its value is in `AccountRequest.profile` under `name`.

    `placeholder` is an example that forms show. `secret`: it is asked for without an echo, masked, and passed as a
    `Secret`. Fields are asked for by `order`, then as they are declared. A `deprecated` field is accepted, but not
    asked for.
    """

    name: str
    type: AccountFieldType = AccountFieldType.STRING
    display_name: str = ""
    description: str = ""
    required: bool = False
    placeholder: str = ""
    default: Any = None
    order: int = 0
    secret: bool = False
    deprecated: bool = False

    @property
    def label(self) -> str:
        """Its name for people."""
        return self.display_name or self.name

    def parse(self, raw: Any, where: str) -> Any:
        """Return a value in its Python type; texts are read as a person types them.

        Raises ConfigError, which names `where` the value came from and never shows a secret.
        """
        if self.type is AccountFieldType.MAP:
            return _json_object(raw, where)
        if self.type is AccountFieldType.STRING and not isinstance(raw, (str, Secret)):
            raise ConfigError(f"{where}: it is {type(raw).__name__}, not a text")
        return Option(name="field", type=OPTION_TYPES[self.type], secret=self.secret).parse(raw, where)


class AccountSchema(Struct, frozen=True, kw_only=True):
    """The fields of a new account. A profile with a field that it lacks is refused."""

    fields: tuple[AccountField, ...] = ()

    @property
    def asked(self) -> tuple[AccountField, ...]:
        """The fields that a form shows, in its order."""
        return tuple(sorted((field for field in self.fields if not field.deprecated), key=lambda field: field.order))

    def parse(
        self, profile: Mapping[str, Any], name_of: Callable[[str], str] = "the field {}".format
    ) -> dict[str, Any]:
        """Return the profile with each value in its type, and with the defaults of fields without a value.

        Raises ConfigError for a field that is unknown, wrong or missing; `name_of` returns its name in the message.
        """
        known = {field.name: field for field in self.fields}
        if unknown := sorted(set(profile) - set(known)):
            raise ConfigError(
                f"an account has no field {unknown[0]!r}", hint=f"Its fields: {', '.join(known) or 'none'}."
            )
        values = {name: known[name].parse(raw, name_of(name)) for name, raw in profile.items() if raw is not None}
        for field in self.fields:
            if field.name not in values and field.default is not None:
                values[field.name] = field.parse(field.default, name_of(field.name))
        missing = [field for field in self.asked if field.required and values.get(field.name) in (None, "", (), {})]
        if missing:
            names = ", ".join(name_of(field.name) for field in missing)
            raise ConfigError(f"required for a new account: {names}", hint=missing[0].description)
        return values


class PasswordConstraint(Struct, frozen=True):
    """At least `min_count` characters of `char_set` in a password."""

    char_set: str
    min_count: int = 1


class CredentialRequest(Struct, frozen=True, kw_only=True):
    """The credentials that an account is to get.

    `option` UNSPECIFIED: the connector chooses. RANDOM_PASSWORD: `make_password()` returns one of `length` characters
    that meets the `constraints`. ENCRYPTED_PASSWORD: the requester chose `password`; the host has decrypted it. SSO:
    sign-in through `sso_provider`. `force_change`: the password is to be changed at the next sign-in.
    """

    option: CredentialOption = CredentialOption.UNSPECIFIED
    length: int = DEFAULT_LENGTH
    constraints: tuple[PasswordConstraint, ...] = ()
    password: Secret | None = None
    sso_provider: str = ""
    force_change: bool = False

    def make_password(self) -> Secret:
        """Return the chosen `password`, or a new random one. Raises ConfigError for constraints that do not fit."""
        if self.password is not None:
            return self.password
        constraints = self.constraints or tuple(
            PasswordConstraint(char_set)
            for char_set in (string.ascii_uppercase, string.ascii_lowercase, string.digits, SYMBOLS)
        )
        if any(not item.char_set for item in constraints):
            raise ConfigError("a password constraint has no characters", hint="Name at least one character.")
        least = sum(item.min_count for item in constraints)
        if least > self.length:
            raise ConfigError(
                f"a password of {self.length} characters cannot meet constraints for {least}",
                hint="Ask for a longer password.",
            )
        letters = [secrets.choice(item.char_set) for item in constraints for _ in range(item.min_count)]
        every = "".join(dict.fromkeys("".join(item.char_set for item in constraints)))
        letters += [secrets.choice(every) for _ in range(self.length - least)]
        secrets.SystemRandom().shuffle(letters)
        return Secret("".join(letters))


class AccountRequest(Struct, frozen=True, kw_only=True):
    """The account to create.

    `email` is its primary address, `other_emails` are further ones, `login_aliases` further logins. `profile` holds the
    fields of the connector's `account_schema`, in their types. `resource_type` is the id of its type; empty: the
    connector has only one, or chooses.
    """

    login: str = ""
    email: str = ""
    display_name: str = ""
    profile: Mapping[str, Any] | None = None
    resource_type: str = ""
    other_emails: tuple[Email, ...] = ()
    login_aliases: tuple[str, ...] = ()
    credentials: CredentialRequest = CredentialRequest()

    def __hash__(self) -> int:  # a profile cannot be hashed
        return hash((self.login, self.email, self.display_name, self.resource_type))


class NamedSecret(Struct, frozen=True):
    """One of the secrets that a change returns: a password, a recovery code, a private key.

    `schema` names the form of the value (JSON, PEM), for programs that read it.
    """

    name: str
    value: Secret
    description: str = ""
    schema: str = ""


# ----------------------------------------------------------------------------------------------- issued credentials


class KeyProfile(Struct, frozen=True, kw_only=True):
    """The type of a key, in the words of JSON Web Keys: `kty` RSA with `bits`, EC or OKP with a `curve`."""

    kty: str
    bits: int = 0
    curve: str = ""

    def __str__(self) -> str:
        return f"{self.kty}-{self.bits or self.curve}"


class IssueOption(Struct, frozen=True, kw_only=True):
    """One form of credentials that can be issued for the resources of a type.

    `option` is API_KEY, KEYPAIR, TOKEN or CLIENT_SECRET. A request may name the `scopes` and `audiences` listed here,
    others only with `custom_scopes` and `custom_audiences`, and one of the `key_profiles`. It may ask for an end
    `min_seconds` to `max_seconds` from now; both None: for none. `mode`: later syncs list the credential, or never do.
    `secret_type` is the resource type of the new credential.
    """

    resource_type: str
    option: CredentialOption
    mode: CredentialMode = CredentialMode.DISCOVERABLE
    secret_type: str = ""
    key_profiles: tuple[KeyProfile, ...] = ()
    scopes: tuple[str, ...] = ()
    custom_scopes: bool = False
    audiences: tuple[str, ...] = ()
    custom_audiences: bool = False
    min_seconds: float | None = None
    max_seconds: float | None = None

    def check(self, request: IssueRequest, now: datetime) -> None:
        """Raise ConfigError for a request that this form does not allow."""
        if request.option is CredentialOption.KEYPAIR and request.key_profile not in self.key_profiles:
            allowed = ", ".join(str(profile) for profile in self.key_profiles)
            raise ConfigError(
                f"a key of this type cannot be issued: {request.key_profile or 'none is specified'}",
                hint=f"The types are: {allowed or 'none'}.",
            )
        self._check_names("scope", request.scopes, self.scopes, is_free=self.custom_scopes)
        self._check_names("audience", request.audiences, self.audiences, is_free=self.custom_audiences)
        if request.expires_at is None:
            return
        if self.min_seconds is None and self.max_seconds is None:
            raise ConfigError("the end of the credential cannot be chosen", hint="Leave the time out.")
        first = now + timedelta(seconds=self.min_seconds or 0)
        last = now + timedelta(seconds=self.max_seconds) if self.max_seconds is not None else None
        if request.expires_at <= now or request.expires_at < first or (last is not None and request.expires_at > last):
            until = f" to {last:%Y-%m-%d %H:%M %Z}" if last is not None else " on"
            raise ConfigError(
                f"the credential cannot end at {request.expires_at:%Y-%m-%d %H:%M %Z}",
                hint=f"Choose a time from {first:%Y-%m-%d %H:%M %Z}{until}.",
            )

    def _check_names(self, word: str, names: tuple[str, ...], listed: tuple[str, ...], *, is_free: bool) -> None:
        for name in names:
            if not name.strip() or (not is_free and name not in listed):
                raise ConfigError(f"there is no {word} {name!r}", hint=f"Choose from: {', '.join(listed) or 'none'}.")


class IssueRequest(Struct, frozen=True, kw_only=True):
    """The credential to issue. The host has compared it with the connector's `IssueOption`.

    `request_id` is the same for every attempt of one request.
    """

    option: CredentialOption
    request_id: str = ""
    key_profile: KeyProfile | None = None
    scopes: tuple[str, ...] = ()
    audiences: tuple[str, ...] = ()
    expires_at: datetime | None = None


class CredentialDetails(Struct, frozen=True, kw_only=True):
    """The credentials that a connector can make. The first option of a tuple is the preferred one.

    `create_account` and `rotate` take NO_PASSWORD, RANDOM_PASSWORD, SSO and ENCRYPTED_PASSWORD.
    """

    create_account: tuple[CredentialOption, ...] = ()
    rotate: tuple[CredentialOption, ...] = ()
    issue: tuple[IssueOption, ...] = ()


def _json_object(raw: Any, where: str) -> dict[str, Any]:
    try:
        value = decode_json(raw) if isinstance(raw, str) else raw
    except ValueError as error:
        raise ConfigError(f"{where}: not valid JSON: {error}") from error
    if not isinstance(value, Mapping):
        raise ConfigError(f"{where}: not a JSON object")
    return dict(value)
