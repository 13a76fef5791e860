"""What the provider's own list of messages says of deliveries in doubt."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlmodel import Session, col

from messaging.providers import Found
from models import Broadcast, Delivery, Sender

_CLOCK_SKEW: Final = timedelta(seconds=10)  # between the provider's host and ours
_FAR_BACK: Final = timedelta(days=1)
_AT_ONCE: Final = 500  # parameters of a question


def earliest(submitted_at: datetime, now: datetime) -> datetime:
    """From when on a message can be one that was submitted then, by the provider's clock.

    A moment that is still to come is of before our clock was set back, nobody knows by how much.
    """
    return (submitted_at if submitted_at <= now else now - _FAR_BACK) - _CLOCK_SKEW


class Evidence:
    """The lists of some deliveries' numbers: `said` by the deliveries' keys.

    A message is evidence for one delivery: what is known as another's, or was given to one before,
    counts no more.
    """

    def __init__(
        self,
        session: Session,
        deliveries: list[Delivery],
        said: dict[int, list[Found]],
        now: datetime,
    ) -> None:
        self._session, self._now = session, now
        # The session itself lets go of what nobody holds, and would read it again each time.
        self._broadcasts: dict[int, Broadcast] = {}
        self._senders: dict[int, Sender] = {}
        self._like = {one.id: list(self._alike(one, said[one.id])) for one in deliveries}
        self._taken = self._known({one.subscriber_id for one in deliveries})

    def of(self, delivery: Delivery) -> Found | None:
        """The message that is this delivery: same sender and text, in time, and nobody else's. The
        earliest, for a later one may be that of the same text sent again."""
        for message in self._like[delivery.id]:
            place = delivery.subscriber_id, message.sid
            if place not in self._taken:
                self._taken.add(place)
                return message
        return None

    def _alike(self, delivery: Delivery, found: list[Found]) -> Iterator[Found]:
        broadcast = self._broadcast(delivery.broadcast_id)
        sender = self._sender(delivery.sender_id or broadcast.sender_id)
        since = earliest(delivery.submitted_at or broadcast.created_at, self._now)
        # The provider's list begins with the latest.
        for message in sorted(found, key=lambda one: one.created_at or since):
            same = message.sender == sender.address and message.body == broadcast.body
            if same and (message.created_at is None or message.created_at >= since):
                yield message

    def _known(self, subscribers: set[int]) -> set[tuple[int, str | None]]:
        """Which of the messages are some delivery's already."""
        sids = sorted({message.sid for some in self._like.values() for message in some})
        known: set[tuple[int, str | None]] = set()
        for at in range(0, len(sids), _AT_ONCE):
            rows = self._session.execute(
                select(col(Delivery.subscriber_id), col(Delivery.message_sid)).where(
                    col(Delivery.subscriber_id).in_(subscribers),
                    col(Delivery.message_sid).in_(sids[at : at + _AT_ONCE]),
                )
            )
            known.update((subscriber, sid) for subscriber, sid in rows)
        return known

    def _broadcast(self, key: int) -> Broadcast:
        if key not in self._broadcasts:
            self._broadcasts[key] = self._session.get_one(Broadcast, key)
        return self._broadcasts[key]

    def _sender(self, key: int) -> Sender:
        if key not in self._senders:
            self._senders[key] = self._session.get_one(Sender, key)
        return self._senders[key]
