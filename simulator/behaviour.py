"""How the carrier behaves, changeable while it runs: latency, delivery, receipts, faults.

Chance is drawn by hashing (seed, purpose, number, count), never from one shared stream. So a
run repeats exactly under the same seed, in whatever order concurrent requests arrive.
"""

import dataclasses
import hashlib
from dataclasses import dataclass, field
from typing import Any, Self

from simulator.config import ConfigError, check_url
from simulator.errors import ERRORS

FAULTS = (
    "rate_limited",
    "server_error",
    "unavailable",
    "redirect",
    "reset_before",
    "reset_after",
    "time_out",
    "garbage",
    "no_sid",
)


@dataclass(frozen=True, slots=True)
class Settings:
    """Times are milliseconds, shares are parts of 1; what no share claims goes well.

    inbound_url: where texts from phones are posted; empty until the product is known.
    latency_ms, latency_jitter_ms: how long the API takes, plus up to the jitter.
    receipt_delay_ms: from one status of a message to the next.
    undelivered_share, failed_share: end so, with undelivered_code or failed_code.
    silent_share: sent, but no receipt is ever posted.
    early_receipts: post ``queued`` and ``sending`` too.
    receipt_copies: how often each receipt is posted. shuffle_receipts: in any order.
    receipts_first: post them all before the API call that caused them is answered;
    early_share: the chance that each next one goes before it (of those that are left, none does
    once one did not).
    *_share of FAULTS: rate_limited 429/20429, server_error 500/20500, unavailable 503/20503,
    redirect (307) and reset_before (connection cut) process nothing; reset_after, time_out
    (answered after time_out_seconds), garbage (no JSON) and no_sid (200, JSON without sid)
    accept the message and then hide it.
    overrides: number → ``{"refuse": code}`` (answered at once) or ``{"status":
    "undelivered" | "failed" | "silent", "code": code}`` (by receipt).
    """

    inbound_url: str = ""
    latency_ms: float = 0
    latency_jitter_ms: float = 0
    receipt_delay_ms: float = 150
    undelivered_share: float = 0
    undelivered_code: int = 30003
    failed_share: float = 0
    failed_code: int = 30008
    silent_share: float = 0
    early_receipts: bool = False
    receipt_copies: int = 1
    shuffle_receipts: bool = False
    receipts_first: bool = False
    early_share: float = 0
    rate_limited_share: float = 0
    server_error_share: float = 0
    unavailable_share: float = 0
    redirect_share: float = 0
    reset_before_share: float = 0
    reset_after_share: float = 0
    time_out_share: float = 0
    time_out_seconds: float = 30
    garbage_share: float = 0
    no_sid_share: float = 0
    overrides: dict[str, dict[str, Any]] = field(default_factory=dict)

    def changed(self, changes: dict[str, Any]) -> Self:
        """Return the settings with some replaced; raise ConfigError for a bad name or value."""
        kinds = {each.name: type(getattr(self, each.name)) for each in dataclasses.fields(self)}
        for name, value in changes.items():
            if name not in kinds:
                raise ConfigError(f"there is no setting {name!r}; see GET /control/settings")
            _check(name, value, kinds[name])
        new = dataclasses.replace(self, **changes)
        if new.inbound_url:
            check_url(new.inbound_url, "inbound_url")
        for group in (
            ("undelivered", "failed", "silent"),
            FAULTS,
        ):
            if sum(getattr(new, f"{name}_share") for name in group) > 1 + 1e-9:
                raise ConfigError(f"the shares of {', '.join(group)} add up to more than 1")
        return new

    def asdict(self) -> dict[str, Any]:
        """Return the settings as JSON shows them."""
        return dataclasses.asdict(self)


def _check(name: str, value: object, kind: type) -> None:
    if name == "overrides":
        _check_overrides(value)
    elif kind is bool or kind is str:
        if not isinstance(value, kind):
            raise ConfigError(f"{name} must be a {'yes or no' if kind is bool else 'text'}")
    elif isinstance(value, bool) or not isinstance(value, int | float) or not value >= 0:
        raise ConfigError(f"{name} must be a number, 0 or more")
    elif name.endswith("_share") and value > 1:
        raise ConfigError(f"{name} is a share between 0 and 1")
    elif name.endswith("_code") and value not in ERRORS:
        raise ConfigError(f"{name}: the simulator does not know the code {value}")
    elif name == "receipt_copies" and (not isinstance(value, int) or not 1 <= value <= 20):
        raise ConfigError("receipt_copies must be a whole number from 1 to 20")


def _check_overrides(value: object) -> None:
    if not isinstance(value, dict):
        raise ConfigError("overrides must be an object: number to what happens to it")
    for number, override in value.items():
        if not isinstance(override, dict) or not (
            set(override) == {"refuse"}
            or override.get("status") in ("undelivered", "failed", "silent", "delivered")
        ):
            raise ConfigError(
                f'the override of {number} must be {{"refuse": code}} or {{"status": …, "code": …}}'
            )
        for code in (override.get("refuse"), override.get("code")):
            if code is not None and code not in ERRORS:
                raise ConfigError(f"overrides: the simulator does not know the code {code}")


def draw(seed: int, purpose: str, number: str, count: int) -> float:
    """Return a number in [0, 1) that depends on nothing but the arguments."""
    key = f"{seed}:{purpose}:{number}:{count}".encode()
    return int.from_bytes(hashlib.blake2b(key, digest_size=7).digest(), "big") / 2**56


def pick(settings: Settings, names: tuple[str, ...], chance: float) -> str | None:
    """Return the name whose share a chance falls into, or None when it falls beyond them."""
    for name in names:
        chance -= getattr(settings, f"{name}_share")
        if chance < 0:
            return name
    return None


@dataclass(frozen=True, slots=True)
class Fate:
    """How a message ends: its last status, its code, and whether receipts tell of it."""

    status: str
    code: int | None = None
    silent: bool = False


def fate_of(settings: Settings, seed: int, number: str, count: int) -> Fate:
    """Decide what becomes of the count-th message to a number."""
    override = settings.overrides.get(number, {})
    ending = override.get("status")
    if ending is None:
        chance = draw(seed, "fate", number, count)
        ending = pick(settings, ("undelivered", "failed", "silent"), chance)
    if ending == "undelivered":
        return Fate("undelivered", override.get("code", settings.undelivered_code))
    if ending == "failed":
        return Fate("failed", override.get("code", settings.failed_code))
    if ending == "silent":
        return Fate("sent", silent=True)
    return Fate("delivered")
