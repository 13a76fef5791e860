"""A person with something in every place that can hold something personal."""

from sqlalchemy import Table, select
from sqlmodel import SQLModel, col
from sqlmodel import select as pick

from models import (
    Answer,
    ConsentEvidence,
    Delivery,
    DeliveryStatus,
    InboundMessage,
    Notice,
    NoticeStatus,
    Subscriber,
)
from models.erasing import erase
from tests.world import World

PHONE, OTHER = "+12025550147", "+12025550198"
# Every text below that came from or went to the person, in words that nothing else holds.
SECRETS = (
    "2025550147",
    "xylophone",
    "quokka",
    "marzipan",
    "203.0.113.77",
    "Netscape",
    "Springfield",
    "pic.example",
    "tell-nobody",
)


def everything(world: World) -> dict[str, str]:
    """Every value of every column of every table, as text; blobs as both bytes and hex."""
    found: dict[str, str] = {}
    with world.database.read() as session:
        tables: list[Table] = list(SQLModel.metadata.sorted_tables)
        for table in tables:
            for row in session.connection().execute(select(table)).mappings():
                for name, value in row.items():
                    raw = bytes(value) if isinstance(value, bytes | memoryview) else b""
                    text = f"{value!r} {raw.decode('latin-1')} {raw.hex()}"
                    found[f"{table.name}.{name}"] = found.get(f"{table.name}.{name}", "") + text
    return found


def traces(world: World, words: tuple[str, ...] = SECRETS) -> set[tuple[str, str]]:
    return {
        (place, word) for place, text in everything(world).items() for word in words if word in text
    }


def live(world: World) -> int:
    """A person with something in every place that can hold something personal; their id."""
    world.text(PHONE, "JOIN")
    world.text(OTHER, "JOIN")
    broadcast = world.order()
    world.fire(broadcast)
    with world.database.write() as session:
        for delivery in session.exec(pick(Delivery)):
            delivery.status, delivery.submitted_at = DeliveryStatus.delivered, world.now
    world.text(PHONE, "xylophone for four at 10?")
    world.text(PHONE, "TECHNO")
    world.fire(world.order())
    with world.database.write() as session:
        person = session.exec(pick(Subscriber).where(Subscriber.phone_number == PHONE)).one()
        person.minimum_age_met = 21
        message = session.exec(
            pick(InboundMessage).where(col(InboundMessage.body).startswith("xylo"))
        ).one()
        message.body_raw = b"xylophone\x00"
        message.media = [{"url": "https://pic.example/1", "content_type": "image/png"}]
        message.form = {"FromCity": "Springfield"}
        message.reply = "marzipan"
        failed = session.exec(pick(Answer)).one()
        failed.error = f"cannot reach {PHONE}"
        for status, error in (
            (NoticeStatus.pending, None),
            (NoticeStatus.sent, None),
            (NoticeStatus.failed, f"no such number {PHONE}"),
        ):
            session.add(
                Notice(
                    organization_id=world.organization_id,
                    sender_id=message.sender_id,
                    subscriber_id=person.id,
                    body="quokka, reply YES",
                    status=status,
                    error=error,
                    next_attempt_at=world.now,
                    created_at=world.now,
                )
            )
        for event in session.exec(pick(ConsentEvidence)):
            if (event.content or {}).get("phone_number") == PHONE:
                event.content = {
                    **(event.content or {}),
                    "ip_address": "203.0.113.77",
                    "user_agent": "Netscape",
                    "note": "tell-nobody",
                }
        return person.id


def erase_person(world: World, key: int, **how: object) -> None:
    with world.database.write() as session:
        erase(session, session.get_one(Subscriber, key), world.now, **how)  # type: ignore[arg-type]
