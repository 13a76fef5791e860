"""The versions of a program's disclosure: which text a person saw, and when it changed.

Each version is a leaf of the log, so that its history is as safe as what people agreed to.
"""

from datetime import datetime

from sqlmodel import Session, col, select

from compliance.disclosure import WayIn, call_to_action
from messaging.numbers import display
from models.base import insert
from models.consent import Disclosure
from models.leaves import disclosure_leaf
from models.log import Unsealed
from models.program import Keyword, Program
from models.sender import Sender, SenderKind


def current(session: Session, program: Program, now: datetime) -> Disclosure:
    """The disclosure that the program's record makes; a new version, with its leaf of the log, if
    it is not written yet.

    Writers that meet agree: the version is unique, and who comes second reads the first one's.
    """
    session.flush()
    text = call_to_action(program, way_in(session, program))
    # Read once a round: a version that commits between two looks must not be followed by its twin.
    while (latest := _latest(session, program.id)) is None or latest.text != text:
        made = session.execute(
            insert(session, Disclosure)
            .values(
                organization_id=program.organization_id,
                program_id=program.id,
                version=latest.version + 1 if latest else 1,
                text=text,
                terms_url=program.terms_url,
                privacy_url=program.privacy_url,
                created_at=now,
            )
            .on_conflict_do_nothing(index_elements=["program_id", "version"])
            .returning(col(Disclosure.id))
        ).scalar()
        if made is not None:
            leaf = disclosure_leaf(session.get_one(Disclosure, made))
            session.add(Unsealed(organization_id=program.organization_id, leaves=leaf))
            session.flush()
    return latest


def written(session: Session, program: Program) -> Disclosure | None:
    """The latest version if it says what the program's record says now, else None. Only reads."""
    latest = _latest(session, program.id)
    text = call_to_action(program, way_in(session, program))
    return latest if latest is not None and latest.text == text else None


def history(session: Session, program_id: int) -> list[Disclosure]:
    """Every version, the newest first."""
    versions = select(Disclosure).where(Disclosure.program_id == program_id)
    return list(session.exec(versions.order_by(col(Disclosure.version).desc())))


def way_in(session: Session, program: Program) -> WayIn:
    """How people join the program by text; a messaging service has no number that they know."""
    sender = session.get_one(Sender, program.sender_id)
    words = session.exec(
        select(Keyword.word).where(Keyword.program_id == program.id).order_by(col(Keyword.id))
    )
    is_service = sender.kind is SenderKind.messaging_service
    return WayIn(None if is_service else display(sender.address), tuple(words))


def _latest(session: Session, program_id: int) -> Disclosure | None:
    versions = select(Disclosure).where(Disclosure.program_id == program_id)
    return session.exec(versions.order_by(col(Disclosure.version).desc()).limit(1)).first()
