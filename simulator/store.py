"""Everything that the carrier remembers, for as long as it runs."""

import time
import uuid
from collections import Counter, OrderedDict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

Direction = Literal["inbound", "outbound-api", "outbound-reply"]

# A status only ever moves forward, however the receipts about it are shuffled.
RANK = {
    "accepted": 0,
    "queued": 1,
    "sending": 2,
    "sent": 3,
    "received": 5,
    "delivered": 5,
    "undelivered": 5,
    "failed": 5,
}


@dataclass(slots=True, eq=False)
class Message:
    """One message. Kept slim: a benchmark leaves a million of them behind.

    ``sender`` is who wrote it and ``to`` who gets it, whichever the direction. Times are Unix
    seconds; ``arrived`` is the monotonic clock, for measuring rates.
    """

    sid: str
    index: int
    sender: str
    to: str
    body: str
    direction: Direction
    status: str
    segments: int
    created: float
    arrived: float
    updated: float
    sent: float | None = None
    error_code: int | None = None
    media: tuple[str, ...] = ()
    service_sid: str | None = None
    callback: str | None = None
    from_carrier: bool = False
    deleted: bool = False

    def advance(self, status: str, error_code: int | None = None) -> None:
        """Move to a later status; an earlier or equal one changes nothing."""
        if RANK[status] <= RANK[self.status]:
            return
        now = time.time()
        self.status, self.error_code, self.updated = status, error_code, now
        if self.sent is None and RANK[status] >= RANK["sending"]:
            self.sent = now


@dataclass(slots=True, eq=False)
class Note:
    """A line on a phone that no message is: what the carrier or the webhook did."""

    text: str
    created: float


@dataclass(slots=True, eq=False)
class Phone:
    """A handset: its number and everything on its screen, oldest first."""

    number: str
    entries: list[Message | Note] = field(default_factory=list)
    revision: int = 0


@dataclass(slots=True)
class Post:
    """One post to a webhook. ``status`` 0 means that no answer came; ``error`` says why."""

    at: float
    kind: Literal["inbound", "receipt"]
    sid: str
    label: str
    attempt: int
    status: int
    milliseconds: float
    error: str | None = None


@dataclass(slots=True)
class Submission:
    """One request to send, accepted or not: when it arrived, and the sid that it was given.

    ``fault`` is the one that struck it. Without a sid nothing was processed.
    """

    at: float
    to: str
    callback: str
    fault: str | None = None
    sid: str | None = None


class Store:
    """Messages by sid and by number, the phones, the log of webhooks, the counters."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.messages: list[Message] = []
        self.by_sid: dict[str, Message] = {}
        self.by_recipient: dict[str, list[Message]] = {}
        self.phones: OrderedDict[str, Phone] = OrderedDict()
        self.posts: list[Post] = []
        self.submissions: list[Submission] = []
        self.requests: Counter[str] = Counter()
        self.outcomes: Counter[str] = Counter()
        self.blocked: set[tuple[str, str]] = set()
        self.arrivals: OrderedDict[int, int] = OrderedDict()
        self.revision = 0

    def add(self, **fields: Any) -> Message:
        """Record a message, show it on its phone, and return it.

        Sids are random even under a seed: a product that outlives a restart of the simulator
        deduplicates on them.
        """
        now = time.time()
        prefix = "MM" if fields.get("media") else "SM"
        message = Message(
            sid=f"{prefix}{uuid.uuid4().hex}",
            index=len(self.messages),
            created=now,
            updated=now,
            **({"arrived": time.monotonic()} | fields),
        )
        self.messages.append(message)
        self.by_sid[message.sid] = message
        self.by_recipient.setdefault(message.to, []).append(message)
        self.show(self.handset_of(message), message)
        return message

    def handset_of(self, message: Message) -> str:
        """Return the number of the phone (not of the sender) that a message concerns."""
        return message.sender if message.direction == "inbound" else message.to

    def phone(self, number: str) -> Phone:
        """Return a phone, switching it on if it was never seen."""
        phone = self.phones.get(number)
        if phone is None:
            phone = self.phones[number] = Phone(number)
        return phone

    def show(self, number: str, entry: Message | Note) -> None:
        """Put a bubble or a note on a phone's screen and the phone on top of the list."""
        self.phone(number).entries.append(entry)
        self.phones.move_to_end(number)
        self.touch(number)

    def note(self, number: str, text: str) -> None:
        """Write a system line on a phone's screen."""
        self.show(number, Note(text, time.time()))

    def touch(self, number: str) -> None:
        """Say that a phone's screen changed, for those who watch."""
        self.revision += 1
        self.phone(number).revision = self.revision

    def advance(self, message: Message, status: str, error_code: int | None = None) -> None:
        """Move a message on, count its outcome once, and redraw its phone."""
        before = message.status
        message.advance(status, error_code)
        if message.status != before:
            if RANK[status] == RANK["delivered"] and message.direction == "outbound-api":
                self.outcomes[status] += 1
            self.touch(self.handset_of(message))

    def count_arrival(self, at: float) -> None:
        """Count an accepted API message in its second; the last minute is kept."""
        second = int(at)
        self.arrivals[second] = self.arrivals.get(second, 0) + 1
        while len(self.arrivals) > 60:
            self.arrivals.popitem(last=False)

    def latest_phones(self) -> Iterator[Phone]:
        """Yield the phones, the one with the newest entry first."""
        return reversed(self.phones.values())
