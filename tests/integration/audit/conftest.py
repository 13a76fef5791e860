"""An organization with a history, its log sealed, and a package made of it."""

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from sqlmodel import col, select

from admin.audit_package import export as package
from admin.audit_package import verify as verifying
from messaging.providers import Accepted
from models import AuditKind, Delivery, DeliveryStatus, Program
from models.database import Database
from models.leaves import note_act
from models.sealing import seal
from scheduler.claim import claim
from scheduler.record import Handed, record
from tests.world import World

SIGNING = package.Signing("http://marquee.test", "x" * 32)
VERIFY = Path(package.__file__).parent / "verify.py"


@dataclass
class Verdict:
    """What verify.py said, and its exit code."""

    code: int
    text: str


def verify(place: Path, *options: str, script: Path = VERIFY) -> Verdict:
    """Run verify.py on an interpreter that sees the standard library only."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", str(script), str(place), *options],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    return Verdict(done.returncode, done.stdout + done.stderr)


def look(place: Path, *, way: str = "cryptography") -> tuple[bool, list[str]]:
    """What verify.py says, asked in this process because that is quicker: whole, and its lines."""
    lines: list[str] = []
    try:
        found = verifying.Package(place)
    except Exception as error:  # as verify.main does
        return False, [f"WRONG  {place.name}: {error}"]
    _, check = verifying.verifier(way)
    return verifying.Check(found, lines.append, check, None).run(), lines


def seal_all(world: World) -> None:
    """What the clock does within seconds: every waiting leaf gets its place."""
    while True:
        with world.database.write() as session:
            key = SIGNING.secret_key
            if seal(session, world.organization_id, SIGNING.host, key, world.now) is None:
                return


def make(database: Database, world: World, out: Path, slug: str = "neon-nights") -> Path:
    """The package of a program, as a zip at `out`."""
    with database.read() as session:
        program_id = session.exec(select(Program.id).where(Program.slug == slug)).one()
    with out.open("w+b") as file:
        package.export(database, SIGNING, program_id, file, world.now)
    return out


def send(world: World, body: str = "Neon Nights: doors at 9. STOP to cancel.") -> int:
    """A broadcast whose messages all are handed over and delivered now; its id."""
    broadcast = world.order(body=body)
    world.fire(broadcast)
    with world.database.write() as session:
        claimed = claim(session, 100, world.now).deliveries
    with world.database.write() as session:
        taken = [Handed(one, world.now, Accepted(f"SM{one.delivery_id:032d}")) for one in claimed]
        record(session, taken, 0, world.now)
    with world.database.write() as session:
        for delivery in session.exec(
            select(Delivery).where(
                Delivery.broadcast_id == broadcast.id,
                col(Delivery.status) == DeliveryStatus.accepted,
            )
        ):
            delivery.status, delivery.settled_at = DeliveryStatus.delivered, world.now
            session.add(delivery)
    return broadcast.id


def live_a_little(world: World) -> None:
    """Joins, a broadcast, a STOP, a return, another broadcast; another tenant texts as well."""
    for phone in world.crowd(6):
        world.pass_time(seconds=1)
        assert phone
    world.pass_time(hours=1)
    send(world)
    world.pass_time(minutes=5)
    world.text("+12025550001", "STOP")
    world.text("+12025550002", "please stop texting me")
    world.pass_time(days=1)
    world.text("+12025550001", "START")
    world.pass_time(hours=1)
    send(world)
    with world.database.write() as session:
        owner, now = world.organization_id, world.now
        note_act(session, owner, AuditKind.judged, now, member_id=world.member_id, message=1)
    seal_all(world)


@pytest.fixture
def lived(world: World) -> World:
    live_a_little(world)
    return world


@pytest.fixture
def sqlite_lived(sqlite_world: World) -> World:
    live_a_little(sqlite_world)
    return sqlite_world


@pytest.fixture
def packed(sqlite_lived: World, tmp_path: Path) -> Path:
    """A package as a zip."""
    return make(sqlite_lived.database, sqlite_lived, tmp_path / "package.zip")
