"""The self-audit of a program: reads the facts, lets the rules judge them."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from sqlmodel import Session, col, select

from admin.queries import conduct
from admin.rehearsal import rehearse
from bot import replies
from compliance.disclosure import call_to_action
from compliance.program_pages import SHARING, privacy
from compliance.rules import Facts, Finding, Link, Record, Rehearsal, Sent, audit
from compliance.rules.links import host_of
from messaging.consumer_link import PATH
from models import Broadcast, OptIn, Organization, Program
from models.broadcast import BroadcastStatus
from models.database import Database
from models.disclosing import way_in

_LOOK_BACK = timedelta(days=90)
_MOST = 100  # broadcasts
_PAGES = ("", "/terms", "/privacy")


def self_audit(
    database: Database,
    program_id: int,
    public_base_url: str,
    now: datetime,
    most: int | None = None,
) -> list[Finding]:
    """The verdict of every rule on one program, in the order of their codes. Of people and
    messages `most` of the latest are looked at, or all.

    LookupError (sqlalchemy's NoResultFound) if there is no such program. Nothing of the rehearsal
    remains. While it runs, on SQLite, other writers wait: some hundredths of a second.
    """
    # The link in HELP's answer opens one person's page; whoever reads an audit sees what it names.
    rehearsal = rehearse(database, program_id, now, f"{public_base_url}{PATH}/…")
    with database.read() as session:
        program = session.get_one(Program, program_id)
        return audit(read_facts(session, program, rehearsal, public_base_url, now, most))


def read_facts(
    session: Session,
    program: Program,
    rehearsal: Rehearsal,
    public_base_url: str,
    now: datetime,
    most: int | None = None,
) -> Facts:
    """All that the rules judge of a program. Reads only."""
    return Facts(
        record=record_of(program),
        call_to_action=call_to_action(program, way_in(session, program)),
        confirmation=_confirmation(program, rehearsal),
        terms=_link(program, program.terms_url, public_base_url),
        privacy=_link(program, program.privacy_url, public_base_url),
        rehearsal=rehearsal,
        conduct=conduct.read(session, program, most),
        now=now,
        broadcasts=_broadcasts(session, program, now),
        privacy_text=_privacy_text(session, program, public_base_url),
    )


def record_of(program: Program) -> Record:
    """A program's record, as the rules know it."""
    return Record(
        name=program.name,
        description=program.description,
        message_frequency=program.message_frequency,
        support_contact=program.support_contact,
        terms_url=program.terms_url,
        privacy_url=program.privacy_url,
        is_double_opt_in=program.opt_in is OptIn.double,
        minimum_age=program.minimum_age,
    )


def as_json(findings: Iterable[Finding]) -> list[dict[str, Any]]:
    """The findings as JSON values: what `audit check --json` prints and an audit package holds."""
    return [
        {
            "code": one.rule.code,
            "severity": one.rule.severity,
            "title": one.rule.title,
            "passed": one.passed,
            "why": one.verdict.why,
            "evidence": [{"where": q.where, "text": q.text} for q in one.verdict.evidence],
            "remedy": None if one.passed else one.rule.remedy,
            "source": one.rule.source,
        }
        for one in findings
    ]


def _confirmation(program: Program, rehearsal: Rehearsal) -> str:
    """What joining ended with; where no keyword leads there, what the sign-up page's YES gets."""
    if rehearsal.joining and rehearsal.joining[-1].answers:
        return rehearsal.joining[-1].answers[-1]
    return replies.confirmation(program)


def _link(program: Program, url: str, public_base_url: str) -> Link:
    """A page of Marquee's own answers if it is one of this program; others nobody asks."""
    if not host_of(url):  # written into the database by hand: urlsplit may refuse it
        return Link(url, None)
    own, given = urlsplit(public_base_url), urlsplit(url)
    if (given.scheme, given.netloc) != (own.scheme, own.netloc):
        return Link(url, None)
    pages = {f"{own.path.rstrip('/')}/p/{program.slug}{page}" for page in _PAGES}
    return Link(url, given.path.rstrip("/") in pages)


def _privacy_text(session: Session, program: Program, public_base_url: str) -> str | None:
    """Who gets the data, by the policy that Marquee shows for the program."""
    if not _link(program, program.privacy_url, public_base_url).answers:
        return None
    organization = session.get_one(Organization, program.organization_id)
    # Who gets the data does not hang on whether people have a page of their own.
    days = organization.keep_texts_days
    sections = privacy(program, organization.name, days, has_own_pages=False)
    return " ".join(
        paragraph
        for section in sections
        if section.title == SHARING
        for paragraph in section.paragraphs
    )


def _broadcasts(session: Session, program: Program, now: datetime) -> tuple[Sent, ...]:
    started = select(
        Broadcast.body, Broadcast.scheduled_at, Broadcast.list_id, Broadcast.timezone
    ).where(
        Broadcast.program_id == program.id,
        col(Broadcast.started_at) > now - _LOOK_BACK,
        Broadcast.status != BroadcastStatus.canceled,
    )
    rows = session.exec(started.order_by(col(Broadcast.started_at).desc()).limit(_MOST))
    return tuple(Sent(*row) for row in rows)
