"""Self-audits of a world and what they find, and the leaves that wait for their places."""

from sqlmodel import Session, col, select

from admin.self_audit import self_audit
from compliance.rules import Finding
from models import Unsealed
from models.log import LINE
from tests.fake_provider import FakeProvider
from tests.sending import send_all
from tests.world import World

BASE = "http://marquee.test"


def audited(world: World, program_id: int = 1) -> list[Finding]:
    return self_audit(world.database, program_id, BASE, world.now)


def failing(world: World) -> list[str]:
    return [one.rule.code for one in audited(world) if not one.passed]


def send(world: World, body: str) -> None:
    """A broadcast to All guests that went out."""
    broadcast = world.order(body=body)
    world.fire(broadcast)
    send_all(world, FakeProvider(), seconds=2)


def waiting_leaves(session: Session) -> list[bytes]:
    rows = session.exec(select(Unsealed.leaves).order_by(col(Unsealed.id)))
    return [leaf for leaves in rows for leaf in leaves.split(LINE)]
