"""What a sign-up on a public page does: a pending subscription, and a question by text.

Anybody can type anybody's number. So the question is asked whatever the program's opt-in is, no
more than once a day, not of who has left several without an answer, and never of somebody who has
told us to stop.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import IPv6Address, ip_address, ip_network

from sqlalchemy import func
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from bot.replies import ask_for_yes
from models import (
    ConsentEvent,
    ConsentKind,
    ConsentSource,
    Keyword,
    List,
    Notice,
    NoticeStatus,
    Program,
    Subscriber,
    SubscriptionState,
)
from models import consenting as consent
from models.consent import is_suppressed
from models.throttling import allow, throttle_key

_HOUR, _DAY = timedelta(hours=1), timedelta(days=1)
ADDRESS_AN_HOUR, ADDRESS_A_DAY = 5, 20
PROGRAM_AN_HOUR = 300
NUMBER_A_DAY = 3  # of all programs together
UNANSWERED, UNANSWERED_FOR = 3, timedelta(days=30)
_IPV6_SITE = 64  # bits: one household has all addresses below them


@dataclass(frozen=True, slots=True)
class SignUp:
    """What somebody typed on the page of a program, and how it reached us.

    `wording` is what the consent box said; `disclosure_id` the version that the page showed;
    `stated_age` the age in years, where one was asked for.
    """

    phone_number: str
    wording: str
    disclosure_id: int
    page: str
    ip_address: str
    user_agent: str
    stated_age: int | None


def may_sign_up(session: Session, secret: str, program: Program, ip: str, now: datetime) -> bool:
    """Count a sign-up against the limits of its address and its program; False over one of them.

    What is counted is the same whether or not the number is known.
    """
    site = throttle_key(secret, "sign-up hourly", _site(ip))
    site_day = throttle_key(secret, "sign-up daily", _site(ip))
    return (
        allow(session, site, ADDRESS_AN_HOUR, _HOUR, now)
        and allow(session, site_day, ADDRESS_A_DAY, _DAY, now)
        and allow(session, f"sign-up program:{program.id}", PROGRAM_AN_HOUR, _HOUR, now)
    )


def ask(session: Session, secret: str, program: Program, sign_up: SignUp, now: datetime) -> bool:
    """Note the wish to join and queue the question; False where nobody is to be asked.

    Not asked are who was asked within a day, by whatever way, who left UNANSWERED questions of
    UNANSWERED_FOR without a yes, who is subscribed, and who is suppressed: only the person's own
    text lifts that. The number of an erased person is not even looked up.
    """
    number, organization_id = sign_up.phone_number, program.organization_id
    number_hash = consent.hash_of(session, organization_id, number)
    if is_suppressed(session, organization_id, number_hash):
        return False
    of_program = throttle_key(secret, "sign-up number", f"{program.id} {number}")
    of_all = throttle_key(secret, "sign-up number daily", number)
    if not allow(session, of_program, 1, _DAY, now):
        return False
    if not allow(session, of_all, NUMBER_A_DAY, _DAY, now):
        return False
    subscriber = consent.locked_subscriber(session, organization_id, number, now)
    if is_suppressed(session, organization_id, number_hash):
        return False  # a STOP was quicker
    if not _wish(session, program, subscriber, sign_up, now):
        return False
    session.add(
        Notice(
            organization_id=program.organization_id,
            sender_id=program.sender_id,
            subscriber_id=subscriber.id,
            program_id=program.id,
            consent_event_id=_wished(session, program, subscriber),
            body=ask_for_yes(program),
            status=NoticeStatus.pending,
            next_attempt_at=now,
            created_at=now,
        )
    )
    session.flush()
    return True


def _wish(
    session: Session, program: Program, subscriber: Subscriber, sign_up: SignUp, now: datetime
) -> bool:
    """A pending subscription from now on, unless there is nothing to ask."""
    evidence = consent.Evidence(
        ConsentSource.page,
        sender_id=program.sender_id,
        disclosure_id=sign_up.disclosure_id,
        text=sign_up.wording,
        page=sign_up.page,
        ip_address=sign_up.ip_address,
        user_agent=sign_up.user_agent,
        note=f"Stated an age of {program.minimum_age} or more." if program.minimum_age else None,
    )
    standing = consent.subscription_of(session, subscriber, program.id)
    if standing is not None:
        if standing.state is SubscriptionState.subscribed:
            return False
        if standing.asked_at is not None and standing.asked_at > now - _DAY:
            return False
    if _unanswered(session, subscriber, now) >= UNANSWERED:
        return False
    if program.minimum_age and sign_up.stated_age is not None:
        subscriber.minimum_age_met = max(program.minimum_age, subscriber.minimum_age_met or 0)
        session.add(subscriber)
    consent.request(session, subscriber, program.id, _list_of(session, program), evidence, now)
    return True


def _wished(session: Session, program: Program, subscriber: Subscriber) -> int:
    """The event that notes the wish: what the question is sent under."""
    return session.exec(
        select(func.max(ConsentEvent.id)).where(
            ConsentEvent.subscriber_id == subscriber.id,
            ConsentEvent.program_id == program.id,
            ConsentEvent.kind == ConsentKind.requested,
        )
    ).one()


def _unanswered(session: Session, subscriber: Subscriber, now: datetime) -> int:
    """How many questions after sign-ups on a page have had no yes."""
    later = aliased(ConsentEvent)
    answered = (
        select(later.id)
        .where(
            later.subscriber_id == ConsentEvent.subscriber_id,
            later.program_id == ConsentEvent.program_id,
            later.kind == ConsentKind.opted_in,
            later.id > ConsentEvent.id,
        )
        .exists()
    )
    return session.exec(
        select(func.count()).where(
            ConsentEvent.subscriber_id == subscriber.id,
            ConsentEvent.kind == ConsentKind.requested,
            ConsentEvent.source == ConsentSource.page,
            ConsentEvent.occurred_at > now - UNANSWERED_FOR,
            ~answered,
        )
    ).one()


def _list_of(session: Session, program: Program) -> int | None:
    """The list that the program's main keyword leads to, else its first."""
    by_keyword = session.exec(
        select(Keyword.list_id).where(Keyword.program_id == program.id).order_by(col(Keyword.id))
    ).first()
    first = select(List.id).where(List.program_id == program.id).order_by(col(List.id))
    return by_keyword or session.exec(first).first()


def _site(ip: str) -> str:
    """What counts as one address: of IPv6 the network of a site, as it has more than enough."""
    try:
        address = ip_address(ip)
    except ValueError:
        return "unknown"
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ip_network((address, _IPV6_SITE), strict=False))
    return str(address)
