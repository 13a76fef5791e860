"""`marquee why`: may a number be messaged, did it get a broadcast, and why."""

from datetime import UTC, datetime

import click
from sqlmodel import Session, select

from admin.commands.members import open_database
from admin.display import utc
from admin.pages.why_card import moment_of
from admin.queries.why import Known, Why, explain, explain_broadcast, who_knows
from admin.words import CONSENT_WORDS, SOURCE_WORDS, SUPPRESSION_WORDS
from messaging.numbers import InvalidNumber, display, parse_number
from models import Broadcast, ConsentKind, ConsentSource, Program, Suppression
from models.base import LARGEST_KEY

_STANDINGS = {
    "never": "never joined",
    "pending": "asked to join, and has not said yes",
    "subscribed": "subscribed",
    "unsubscribed": "left",
}


@click.command()
@click.argument("number")
@click.option("--at", metavar="TIME", help="As of this ISO 8601 moment (UTC), else now.")
@click.option(
    "--broadcast",
    "broadcast_id",
    type=click.IntRange(1, LARGEST_KEY),
    help="Say also whether it got this one.",
)
def why(number: str, at: str | None, broadcast_id: int | None) -> None:
    """Say whether NUMBER may be messaged, and because of which events.

    With --at and --broadcast it says what had become of the broadcast at that moment.
    """
    moment = _moment(at)
    with open_database().read() as session:
        phone_number, known = _look_up(session, number)
        if not known:
            raise click.ClickException(
                "No organization knows this number: it never texted, and nobody may message it. "
                "An erased person's number is not known any more either."
            )
        for one in known:
            click.echo(f"{display(phone_number)}, {one.organization.name}, as of {utc(moment)}:")
            if one.subscriber:
                _say(explain(session, one.subscriber, moment))
            elif one.suppression:
                _say_suppressed_only(one.suppression, moment)
        if broadcast_id is not None:
            _say_broadcast(session, known, broadcast_id, moment)


def _look_up(session: Session, number: str) -> tuple[str, list[Known]]:
    """The number and who knows it. One without a country code is read as one of the USA, else of
    a country that a program serves."""
    served = session.exec(select(Program.regions)).all()
    regions = dict.fromkeys(("US", *(region for one in served for region in one.split())))
    readings: list[str] = []
    problem: InvalidNumber | None = None
    for region in regions:
        try:
            readings.append(parse_number(number, region))
        except InvalidNumber as error:
            problem = problem or error
    if not readings:
        raise click.ClickException(str(problem))
    for reading in dict.fromkeys(readings):
        if known := who_knows(session, reading):
            return reading, known
    return readings[0], []


def _moment(text: str | None) -> datetime:
    try:
        return moment_of(text) if text else datetime.now(UTC)
    except ValueError:
        raise click.ClickException(
            f"{text!r} is no moment. Write it like 2026-11-27T19:00 (UTC)."
        ) from None


def _say(why: Why) -> None:
    if why.suppression:
        since = utc(why.suppression.created_at)
        click.echo(f"  No: suppressed since {since} ({_reason(why.suppression)}).")
    for one in why.programs:
        may = one.answer.may and why.suppression is None
        click.echo(
            f"  {'Yes' if may else 'No'}: {one.program.name}, {_STANDINGS[one.answer.standing]}."
        )
        if one.lists:
            click.echo(f"    Lists: {', '.join(one.lists)}")
        for fact in one.answer.because:
            kind = CONSENT_WORDS[ConsentKind(fact.kind)].label
            source = SOURCE_WORDS[ConsentSource(fact.source)].label.lower()
            click.echo(f"    Event {fact.event_id}: {kind}, {source}, {utc(fact.occurred_at)}")
    if why.may:
        quiet = "It was in quiet hours at that moment. " if why.is_quiet else ""
        click.echo(f"  {quiet}Messages may arrive from {why.hours}, its own time.")


def _say_suppressed_only(suppression: Suppression, moment: datetime) -> None:
    since = utc(suppression.created_at)
    if suppression.created_at > moment:
        click.echo(f"  No: it never joined under this number, and is suppressed since {since}.")
    else:
        click.echo(f"  No: suppressed since {since} ({_reason(suppression)}).")
    click.echo(
        "    Nothing else is known under this number: it was only ever suppressed, or the person "
        "was erased."
    )


def _say_broadcast(
    session: Session, known: list[Known], broadcast_id: int, moment: datetime
) -> None:
    broadcast = session.get(Broadcast, broadcast_id)
    theirs = [
        one
        for one in known
        if broadcast is not None and one.organization.id == broadcast.organization_id
    ]
    if broadcast is None or not theirs:
        raise click.ClickException(f"There is no broadcast {broadcast_id} of this organization.")
    if theirs[0].subscriber is None:
        click.echo(
            f"  Broadcast {broadcast_id}, did it get it? Not known. No delivery stands under this "
            "number; an erased person's deliveries are kept without it."
        )
        return
    told = explain_broadcast(session, theirs[0].subscriber, broadcast, moment)
    answer = {True: "Yes", False: "No", None: "Not known"}[told.got_it]
    click.echo(f"  Broadcast {broadcast_id}, did it get it? {answer}. {told.reason}")


def _reason(suppression: Suppression) -> str:
    return SUPPRESSION_WORDS[suppression.reason].label.lower()
