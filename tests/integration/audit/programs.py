"""A second program of the demo organization, with a keyword of its own."""

from sqlmodel import select

from models import Keyword, List, Program
from tests.world import World


def second_program(world: World) -> int:
    """The program "Dub Sessions", joined with DUB on the same short code; its id."""
    with world.database.write() as session:
        first = session.exec(select(Program).where(Program.slug == "neon-nights")).one()
        mine = {"organization_id": first.organization_id, "created_at": world.now}
        values = first.model_dump(exclude={"id", "organization_id", "slug", "name", "created_at"})
        program = Program(**values, slug="dub-sessions", name="Dub Sessions", **mine)
        session.add(program)
        session.flush()
        gathered = List(program_id=program.id, name="Dubbers", **mine)
        session.add(gathered)
        session.flush()
        session.add(
            Keyword(
                sender_id=first.sender_id,
                program_id=program.id,
                list_id=gathered.id,
                word="DUB",
                **mine,
            )
        )
        return program.id
