"""Every setting of Marquee: typed, documented, read from the environment.

Nothing else reads the environment. A missing or bad value stops the start with one sentence that
names it (`load`).
"""

import re
import sys
from email.errors import HeaderParseError
from email.message import EmailMessage
from functools import cached_property
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from compliance import quiet_hours, quiet_hours_table

_HTTP = ("http", "https")
_NOT_OF_A_HOST = re.compile(r"[\s@\\]")
# As SQLAlchemy reads it: the password may hold anything but @, and a host is one name or several.
_POSTGRESQL = re.compile(
    r"(?:postgres|postgresql|postgresql\+psycopg)://"
    r"(?:[^:/@]*(?::[^@]*)?@)?"
    r"(?:\[[\w:.%]+\]|[\w.,-]*)(?::(?P<port>[0-9]{1,5})?)?"
    r"(?:/[^?]*)?(?:\?.*)?"
)


class Settings(BaseSettings):
    """The names that a deployer expects, each from the environment variable of its own name."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)

    database_url: str = Field(
        "sqlite:///var/marquee.sqlite3",
        description="SQLAlchemy address: sqlite:///path or postgresql://user:password@host/name",
    )
    secret_key: SecretStr = Field(
        description="at least 32 random characters; signs log-ins and receipt addresses"
    )
    public_base_url: str = Field(
        description="the address under which the provider and browsers reach Marquee"
    )
    twilio_account_sid: str = Field(description="the account's sid, AC and 32 hex digits")
    twilio_auth_token: SecretStr = Field(description="the account's auth token")
    twilio_api_base_url: str | None = Field(
        None, description="another address of the provider's API; empty means Twilio itself"
    )
    port: int = Field(8000, ge=1, le=65535, description="the port that the web process answers on")
    trusted_proxies: int = Field(
        1, ge=0, le=5, description="how many proxies stand in front and name the client's address"
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="the least important lines to log"
    )
    log_format: Literal["console", "json"] = Field(
        "console", description="console for people, json for machines"
    )
    smtp_url: str | None = Field(
        None,
        description="smtp://user:password@host:587 or smtps://…; mails answers to promoters",
    )
    mail_from: str = Field(
        "marquee@localhost", description="the address that forwarded answers come from"
    )
    simulator_url: str | None = Field(
        None, description="where the simulated phones are, shown in the menu; set by make run"
    )
    sender_in_flight: int = Field(
        100, ge=1, le=2000, description="how many requests a sending process has open at once"
    )
    checkpoint_file: str | None = Field(
        None,
        description="where the log's published checkpoints are kept, outside the database",
    )
    quiet_hours_file: str | None = Field(
        None, description="another table of quiet hours; empty means Marquee's own"
    )

    @field_validator(
        "twilio_api_base_url",
        "smtp_url",
        "simulator_url",
        "checkpoint_file",
        "quiet_hours_file",
        mode="before",
    )
    @classmethod
    def _empty_is_none(cls, value: object) -> object:
        return None if value == "" else value

    @field_validator("mail_from", mode="before")
    @classmethod
    def _empty_is_default(cls, value: object) -> object:
        return cls.model_fields["mail_from"].default if value == "" else value

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, value: str) -> str:
        if value.startswith("sqlite:///"):
            path, parameters, _ = value.removeprefix("sqlite:///").partition("?")
            # The driver would pass parameters by, and write where mode=ro was asked for.
            if path in ("", ":memory:") or path.startswith("file:") or parameters:
                raise ValueError(
                    "must name a file after sqlite:///, e.g. sqlite:///var/marquee.sqlite3, and "
                    "no parameters"
                )
        elif not value.startswith(("postgres:", "postgresql:", "postgresql+psycopg:")):
            raise ValueError("must begin with sqlite:/// or postgresql://")
        elif not (parts := _POSTGRESQL.fullmatch(value)) or not _is_port(parts["port"]):
            raise ValueError(
                "must be an address like postgresql://user:password@host:5432/name, with special "
                "characters in the password written as %40 and so on"
            )
        return value

    @field_validator("secret_key")
    @classmethod
    def _long_enough(cls, value: SecretStr) -> SecretStr:
        if len(value.get_secret_value()) < 32:
            raise ValueError("must have at least 32 characters (try: openssl rand -hex 32)")
        return value

    @field_validator("public_base_url", "twilio_api_base_url", "simulator_url")
    @classmethod
    def _web_address(cls, value: str | None) -> str | None:
        if value is None:
            return None
        parts = _split(value)
        rest = parts and (parts.query or parts.fragment)
        # The public one is shown to everybody and stands in the published log: no log-in may.
        if not parts or parts.scheme not in _HTTP or rest or _NOT_OF_A_HOST.search(value):
            raise ValueError(
                "must be an address like https://sms.example.com or https://sms.example.com:8443"
            )
        return value.rstrip("/")

    @field_validator("twilio_account_sid")
    @classmethod
    def _account_sid(cls, value: str) -> str:
        if not (value.startswith("AC") and len(value) == 34 and value.isalnum()):
            raise ValueError("must be AC followed by 32 letters and digits")
        return value

    @field_validator("twilio_auth_token")
    @classmethod
    def _token(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().strip():
            raise ValueError("must not be empty")
        return value

    @field_validator("smtp_url")
    @classmethod
    def _mail_address(cls, value: str | None) -> str | None:
        if value is not None:
            parts = _split(value)
            rest = parts and (parts.path.removesuffix("/") or parts.query or parts.fragment)
            if not parts or parts.scheme not in ("smtp", "smtps") or rest:
                raise ValueError(
                    "must be an address like smtp://user:password@host:587, with special "
                    "characters in the password written as %2F and so on"
                )
            # What smtplib can send; it would end in an error of its own with each letter.
            if not unquote(f"{parts.username}{parts.password}").isascii():
                raise ValueError("must have a user and a password of ASCII characters")
        return value

    @field_validator("mail_from")
    @classmethod
    def _one_sender(cls, value: str) -> str:
        if not _is_from(value):
            raise ValueError(
                "must be one address like marquee@example.com or Neon Nights <marquee@example.com>"
            )
        return value

    @field_validator("quiet_hours_file")
    @classmethod
    def _good_table(cls, value: str | None) -> str | None:
        if value is not None:
            quiet_hours_table.read(Path(value))
        return value

    @cached_property
    def checkpoint_path(self) -> Path:
        """The file of published checkpoints: by default beside the SQLite file, else in var/."""
        if self.checkpoint_file:
            return Path(self.checkpoint_file)
        path = self.database_url.removeprefix("sqlite:///").partition("?")[0]
        is_file = path not in ("", ":memory:", self.database_url)
        return (Path(path).parent if is_file else Path("var")) / "checkpoints.json"

    @cached_property
    def public_host(self) -> str:
        return host_of(self.public_base_url)

    @cached_property
    def is_https(self) -> bool:
        return self.public_base_url.startswith("https://")


def host_of(public_base_url: str) -> str:
    """Host, and port if it has one, of a public address; it names the log's origin."""
    return urlsplit(public_base_url).netloc


class BadSettings(Exception):
    """One sentence that names each missing or bad setting and says what it must be."""


def load() -> Settings:
    """The settings, from the environment; BadSettings (never with a value in it) if one is bad.

    The table of quiet hours that they name is in force from then on."""
    try:
        settings = Settings()
    except ValidationError as error:
        raise BadSettings("; ".join(map(_sentence, error.errors())) + ".") from None
    file = settings.quiet_hours_file
    quiet_hours.use(quiet_hours_table.read(Path(file)) if file else None)
    return settings


def load_or_exit() -> Settings:
    """The settings; a bad one ends the process with its sentence and exit code 2."""
    try:
        return load()
    except BadSettings as error:
        print(f"marquee: {error}", file=sys.stderr)  # noqa: T201
        raise SystemExit(2) from None


def _split(address: str) -> SplitResult | None:
    """The parts of an address with a host; None if it has none, or a port that cannot be.

    What the library would say of it could hold a part of a password."""
    try:
        parts = urlsplit(address)
        return parts if parts.hostname and parts.port != 0 else None
    except ValueError:
        return None


def _is_from(value: str) -> bool:
    """Whether a letter can have this as its sender: one address, with or without a name."""
    letter = EmailMessage()
    try:
        letter["From"] = value
        header = letter["From"]
        (address,) = header.addresses
    except (ValueError, IndexError, HeaderParseError):  # all of them are the library's for "no"
        return False
    return bool(address.domain) and address.addr_spec.isascii() and not header.defects


def _is_port(digits: str | None) -> bool:
    return digits is None or 1 <= int(digits) <= 65535


def _sentence(error: object) -> str:
    assert isinstance(error, dict)
    name = str(error["loc"][0])
    if error["type"] == "missing":
        return f"{name.upper()} is not set: {Settings.model_fields[name].description}"
    problem = str(error["msg"]).removeprefix("Value error, ")
    return f"{name.upper()} is not valid: {problem}"
