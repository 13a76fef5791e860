"""What the simulated carrier is started with, and what it refuses to start with."""

import ipaddress
import re
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import urlsplit

# Twilio's own documentation uses sids of this shape: two letters and 32 hex digits.
ACCOUNT_SID = re.compile(r"AC[0-9a-fA-F]{32}")
SENDER_NUMBER = re.compile(r"\+[1-9]\d{6,14}|\d{3,6}")


class ConfigError(ValueError):
    """A setting that the simulator cannot start with; the message says what to do."""


class Replies(StrEnum):
    """Who answers STOP, START and HELP sent to a sender (Twilio, "Opt-out keywords").

    application: a standalone short code; the carrier neither replies nor blocks.
    provider: a long code; Twilio blocks the pair, replies itself, and forwards the text.
    advanced_opt_out: as provider, and the webhook says so in ``OptOutType``.
    """

    APPLICATION = "application"
    PROVIDER = "provider"
    ADVANCED_OPT_OUT = "advanced_opt_out"


@dataclass(frozen=True, slots=True)
class Sender:
    """A number that the account owns."""

    number: str
    replies: Replies = Replies.APPLICATION

    @classmethod
    def parse(cls, text: str) -> "Sender":
        """Read ``24680`` or ``+12025550199=provider``; raise ConfigError for anything else."""
        number, _, replies = text.strip().partition("=")
        if not SENDER_NUMBER.fullmatch(number):
            raise ConfigError(
                f"sender {number!r} is neither a short code nor an E.164 number: "
                "write 24680 or +12025550199"
            )
        # A long code is answered by Twilio unless told otherwise, a short code never is.
        default = Replies.PROVIDER if number.startswith("+") else Replies.APPLICATION
        try:
            return cls(number, Replies(replies) if replies else default)
        except ValueError:
            choices = ", ".join(choice.value for choice in Replies)
            raise ConfigError(f"sender {number}: replies must be one of {choices}") from None


@dataclass(frozen=True, slots=True)
class Config:
    """Everything that is fixed while the simulator runs. Port 0 takes a free one."""

    account_sid: str
    auth_token: str
    inbound_url: str
    host: str = "127.0.0.1"
    port: int = 8001
    smtp_port: int | None = None
    seed: int = 0
    senders: tuple[Sender, ...] = field(default=(Sender("24680"),))
    phones: tuple[str, ...] = ("+12025550100", "+12125550142", "+13105550177")

    def __post_init__(self) -> None:
        """Refuse what would listen to the world or could never be signed for."""
        if not is_loopback(self.host):
            raise ConfigError(
                f"the simulator listens on loopback only, and {self.host!r} is not loopback: "
                "use --host 127.0.0.1"
            )
        if not ACCOUNT_SID.fullmatch(self.account_sid):
            raise ConfigError(
                "the account sid must be AC followed by 32 hex digits: "
                "set --account-sid or TWILIO_ACCOUNT_SID"
            )
        if not self.auth_token:
            raise ConfigError("the auth token is empty: set --auth-token or TWILIO_AUTH_TOKEN")
        if not self.senders:
            raise ConfigError("at least one sender is needed: add --sender 24680")
        check_url(self.inbound_url, "--inbound-url (SIMULATOR_INBOUND_URL)")


def check_url(url: str, name: str) -> str:
    """Return a webhook's URL if it is an absolute http(s) one, else raise ConfigError."""
    if not is_http_url(url):
        raise ConfigError(f"{name} must be an absolute http:// or https:// URL, not {url!r}")
    return url


def is_http_url(url: str) -> bool:
    """Tell whether a URL is absolute, over http or https, with a host and a sane port."""
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def is_loopback(host: str) -> bool:
    """Tell whether a host, by name or address, can be reached from this machine only."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
