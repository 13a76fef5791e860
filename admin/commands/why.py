"""`marquee why`: may a number be messaged, did it get a broadcast, and why."""

from datetime import UTC, datetime

import click
from sqlmodel import Session, col, select

from admin.commands.members import open_database
from admin.display import utc
from admin.pages.why_card import moment_of
from admin.queries.why import Why, explain, explain_broadcast
from admin.words import CONSENT_WORDS, SOURCE_WORDS
from messaging.numbers import InvalidNumber, display, parse_number
from models import Broadcast, ConsentKind, ConsentSource, Organization, Subscriber

_STANDINGS = {
    "never": "never joined",
    "pending": "asked to join, and has not said yes",
    "subscribed": "subscribed",
    "unsubscribed": "left",
}


@click.command()
@click.argument("number")
@click.option("--at", metavar="TIME", help="As of this ISO 8601 moment (UTC), else now.")
@click.option("--broadcast", "broadcast_id", type=int, help="Say also whether it got this one.")
def why(number: str, at: str | None, broadcast_id: int | None) -> None:
    """Say whether NUMBER may be messaged, and because of which events."""
    moment = _moment(at)
    try:
        phone_number = parse_number(number)
    except InvalidNumber as error:
        raise click.ClickException(str(error)) from None
    with open_database().read() as session:
        found = session.exec(
            select(Subscriber, Organization.name)
            .join(Organization, col(Organization.id) == Subscriber.organization_id)
            .where(Subscriber.phone_number == phone_number)
            .order_by(col(Subscriber.id))
        ).all()
        if not found:
            raise click.ClickException(
                "No organization knows this number: it never texted, and nobody may message it. "
                "An erased person's number is not known any more either."
            )
        for subscriber, organization in found:
            click.echo(f"{display(phone_number)}, {organization}, as of {utc(moment)}:")
            _say(explain(session, subscriber, moment))
        if broadcast_id is not None:
            _say_broadcast(session, [subscriber for subscriber, _ in found], broadcast_id)


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
        click.echo(f"  No: suppressed since {since} ({why.suppression.reason.value}).")
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


def _say_broadcast(session: Session, subscribers: list[Subscriber], broadcast_id: int) -> None:
    broadcast = session.get(Broadcast, broadcast_id)
    theirs = [
        one
        for one in subscribers
        if broadcast is not None and one.organization_id == broadcast.organization_id
    ]
    if broadcast is None or not theirs:
        raise click.ClickException(f"There is no broadcast {broadcast_id} of this organization.")
    told = explain_broadcast(session, theirs[0], broadcast)
    answer = {True: "Yes", False: "No", None: "Not known"}[told.got_it]
    click.echo(f"  Broadcast {broadcast_id}, did it get it? {answer}. {told.reason}")
