"""What messages leave from."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlmodel import Field, SQLModel

from models.base import choice, primary_key, references


class SenderKind(StrEnum):
    """The four kinds of sender that a carrier knows."""

    short_code = "short_code"
    long_code = "long_code"
    toll_free = "toll_free"
    messaging_service = "messaging_service"


class RepliesBy(StrEnum):
    """Who answers STOP, START and HELP on a sender; Marquee's state changes in every case.

    `application`: Marquee. `provider`: the provider's fixed words (long code, toll-free).
    `advanced_opt_out`: the provider, telling so with OptOutType (DOMAIN, Twilio facts).
    """

    application = "application"
    provider = "provider"
    advanced_opt_out = "advanced_opt_out"


# Segments per second that carriers let each kind send (Twilio's published defaults).
DEFAULT_RATES = {
    SenderKind.short_code: 100.0,
    SenderKind.long_code: 1.0,
    SenderKind.toll_free: 3.0,
    SenderKind.messaging_service: 1.0,
}


class Sender(SQLModel, table=True):
    """A short code, long code, toll-free number or messaging service, with its rate.

    `address` is what the provider calls it: "24680", "+12025550100" or "MG…". It is unique in the
    whole installation, because an inbound text is routed by it alone.
    `busy_until` is the shared rate: the moment at which all segments handed out so far have left
    at `segments_per_second`. Every sending process reserves its share in this one row.
    """

    id: int = primary_key()
    organization_id: int = references("organization.id", index=True)
    kind: SenderKind = choice(SenderKind)
    address: str = Field(max_length=40, unique=True)
    replies_by: RepliesBy = choice(RepliesBy)
    segments_per_second: float
    busy_until: datetime | None = None
    created_at: datetime

    def reserve(self, segments: int, now: datetime) -> None:
        """Take so many segments out of the shared rate; the caller holds the row locked."""
        start = max(self.busy_until or now, now)
        self.busy_until = start + timedelta(seconds=segments / self.segments_per_second)
