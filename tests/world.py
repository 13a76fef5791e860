"""A small world to test in: the demo organization on a real database, and people who text."""

import itertools
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from sqlalchemy import delete
from sqlmodel import Session, col, select

from admin import demo
from bot.inbound import Text, receive
from models import (
    Broadcast,
    ConsentEvent,
    ConsentEvidence,
    Delivery,
    InboundMessage,
    Keyword,
    List,
    Member,
    Organization,
    PoolSender,
    Program,
    Sender,
    SenderDebit,
    Subscriber,
    Subscription,
    SubscriptionState,
    Suppression,
)
from models.balance import Balance, balance
from models.database import Database
from scheduler import broadcasts, firing, freeze

# Noon in New York: nobody in the United States but Hawaii's late risers is in quiet hours.
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
_sids = itertools.count(1)


def next_sid() -> str:
    return f"SM{next(_sids):032x}"


@dataclass
class World:
    """The demo organization, with a clock of its own that only the test moves."""

    database: Database
    now: datetime = NOON
    organization_id: int = field(init=False)
    member_id: int = field(init=False)

    def __post_init__(self) -> None:
        with self.database.write() as session:
            organization = demo.found(
                session,
                email="owner@neon.example",
                password_hash="unusable",
                public_base_url="http://marquee.test",
                now=self.now,
            )
            self.organization_id = organization.id
            self.member_id = session.exec(select(Member.id)).one()

    def pass_time(self, **delta: float) -> None:
        self.now += timedelta(**delta)

    # -- people -----------------------------------------------------------------------------

    def text(
        self,
        phone: str,
        body: str,
        *,
        to: str = demo.SHORT_CODE,
        sid: str | None = None,
        opt_out_type: str | None = None,
    ) -> str | None:
        """A phone texts; the reply that Marquee gives."""
        text = Text(
            message_sid=sid or next_sid(),
            from_number=phone,
            to_number=to,
            messaging_service_sid=None,
            body=body,
            body_raw=None,
            media=(),
            opt_out_type=opt_out_type,
            form={},
        )
        with self.database.write() as session:
            return receive(session, text, self.now)

    def crowd(self, count: int, keyword: str = "JOIN") -> list[str]:
        """So many phones joined, some time ago: what they were answered has left."""
        phones = [f"+1202555{number:04d}" for number in range(count)]
        for phone in phones:
            self.text(phone, keyword)
        with self.database.write() as session:
            session.execute(delete(SenderDebit))
        return phones

    # -- the promoter -----------------------------------------------------------------------

    def order(self, **changes: object) -> Broadcast:
        """Order a broadcast to All guests, for now unless told otherwise."""
        with self.database.write() as session:
            wanted: dict[str, object] = {
                "list_id": self.list_id(session),
                "body": "Neon Nights: doors at 9. STOP to cancel.",
                "answers_to": "owner@neon.example",
                "scheduled_at": None,
                "timezone": "UTC",
                "latest_start_minutes": 60,
                "form_token": next_sid(),
            }
            order = broadcasts.Order(**(wanted | changes))  # type: ignore[arg-type]
            return broadcasts.order(session, self.organization_id, self.member_id, order, self.now)

    def fire(self, broadcast: Broadcast) -> None:
        """What the clock does when the broadcast is due."""
        with self.database.write() as session:
            firing.fire(session, broadcast.id, self.now)
        freeze.freeze_rest(self.database, broadcast.id, self.now)

    def list_id(self, session: Session, name: str = "All guests") -> int:
        return session.exec(select(List.id).where(List.name == name)).one()

    # -- what is on record ------------------------------------------------------------------

    def states(self, phone: str) -> dict[str, SubscriptionState]:
        """Program name to state."""
        with self.database.read() as session:
            rows = session.exec(
                select(Program.name, Subscription.state)
                .join(Subscription, col(Subscription.program_id) == Program.id)
                .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
                .where(Subscriber.phone_number == phone)
            )
            return dict(rows.all())

    def lists(self, phone: str) -> set[str]:
        from models import ListSubscription

        with self.database.read() as session:
            return set(
                session.exec(
                    select(List.name)
                    .join(ListSubscription, col(ListSubscription.list_id) == List.id)
                    .join(Subscription, col(Subscription.id) == ListSubscription.subscription_id)
                    .join(Subscriber, col(Subscriber.id) == Subscription.subscriber_id)
                    .where(Subscriber.phone_number == phone)
                )
            )

    def consent_events(self, phone: str) -> list[ConsentEvent]:
        with self.database.read() as session:
            return list(
                session.exec(
                    select(ConsentEvent)
                    .join(Subscriber, col(Subscriber.id) == ConsentEvent.subscriber_id)
                    .where(Subscriber.phone_number == phone)
                    .order_by(col(ConsentEvent.id))
                )
            )

    def evidence(self, event: ConsentEvent) -> dict[str, object]:
        """What a consent event was made of."""
        with self.database.read() as session:
            query = select(ConsentEvidence).where(ConsentEvidence.consent_event_id == event.id)
            return session.exec(query).one().content or {}

    def is_suppressed(self, phone: str) -> bool:
        with self.database.read() as session:
            query = select(Suppression.id).where(Suppression.phone_number == phone)
            return session.exec(query).first() is not None

    def inbound(self, phone: str) -> list[InboundMessage]:
        with self.database.read() as session:
            return list(
                session.exec(
                    select(InboundMessage)
                    .where(InboundMessage.from_number == phone)
                    .order_by(col(InboundMessage.id))
                )
            )

    def broadcast(self, broadcast_id: int) -> Broadcast:
        with self.database.read() as session:
            return session.get_one(Broadcast, broadcast_id)

    def balance(self, broadcast_id: int) -> Balance:
        with self.database.read() as session:
            return balance(session, broadcast_id)

    def deliveries(self, broadcast_id: int) -> dict[str, Delivery]:
        """Phone number to delivery."""
        with self.database.read() as session:
            rows = session.exec(
                select(Subscriber.phone_number, Delivery)
                .join(Delivery, col(Delivery.subscriber_id) == Subscriber.id)
                .where(Delivery.broadcast_id == broadcast_id)
                .order_by(col(Delivery.id))
            )
            return dict(rows.all())

    # -- changes to the demo ----------------------------------------------------------------

    def change_program(self, **values: object) -> None:
        with self.database.write() as session:
            program = session.exec(select(Program)).first()
            assert program is not None
            for name, value in values.items():
                setattr(program, name, value)
            session.add(program)

    def change_broadcast(self, broadcast_id: int, **values: object) -> None:
        with self.database.write() as session:
            broadcast = session.get_one(Broadcast, broadcast_id)
            for name, value in values.items():
                setattr(broadcast, name, value)
            session.add(broadcast)

    def change_organization(self, **values: object) -> None:
        with self.database.write() as session:
            organization = session.get_one(Organization, self.organization_id)
            for name, value in values.items():
                setattr(organization, name, value)
            session.add(organization)

    def change_sender(self, **values: object) -> None:
        with self.database.write() as session:
            sender = session.exec(select(Sender)).first()
            assert sender is not None
            for name, value in values.items():
                setattr(sender, name, value)
            session.add(sender)

    def add_to_pool(self, **values: object) -> None:
        """Another sender for the program; `values` are what differs from the first."""
        with self.database.write() as session:
            program = session.exec(select(Program)).one()
            first = session.get_one(Sender, program.sender_id).model_dump(exclude={"id"})
            other = Sender(**(first | {"address": "24681"} | values))
            session.add(other)
            session.flush()
            session.add(PoolSender(program_id=program.id, sender_id=other.id, added_at=self.now))

    def another_organization(self, address: str = "13579", keyword: str = "JOIN") -> int:
        """A second tenant with a sender, program, list and keyword of its own; its id."""
        with self.database.write() as session:
            first = session.exec(select(Program)).first()
            assert first is not None
            mine = {"created_at": self.now}
            other = Organization(name="Other Org", **mine)
            session.add(other)
            session.flush()
            mine["organization_id"] = other.id
            sender = Sender(
                kind="short_code",
                address=address,
                replies_by="application",
                segments_per_second=100,
                **mine,
            )
            session.add(sender)
            session.flush()
            program = Program(
                **first.model_dump(
                    exclude={"id", "organization_id", "sender_id", "slug", "name", "created_at"}
                ),
                sender_id=sender.id,
                name="Other Program",
                slug="other-program",
                **mine,
            )
            session.add(program)
            session.flush()
            gathered = List(program_id=program.id, name="Others", **mine)
            session.add(gathered)
            session.flush()
            session.add(
                Keyword(
                    sender_id=sender.id,
                    program_id=program.id,
                    list_id=gathered.id,
                    word=keyword,
                    **mine,
                )
            )
            return other.id
