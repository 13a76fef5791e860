"""What an auditor of one program sees: that program's rows, whatever a page asks for.

The limit is laid on the request's session, not on the pages, so that a new page cannot forget it.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, and_, case, event, func, or_, select
from sqlalchemy.orm import ORMExecuteState, with_loader_criteria
from sqlmodel import Session, SQLModel, col

from models import (
    Answer,
    AuditEvent,
    Broadcast,
    ConsentEvent,
    Delivery,
    Disclosure,
    InboundMessage,
    Keyword,
    List,
    Notice,
    NumberFile,
    Program,
    Recurrence,
    Subscriber,
    Subscription,
    Suppression,
)
from models.base import table_of
from scheduler.pools import ever_of


def limit(session: Session, program_id: int) -> None:
    """From now on `session` reads one program's rows; others are as absent as none."""
    program = session.get(Program, program_id)
    senders = [one.id for one in ever_of(session, program)] if program else []
    criteria = [
        with_loader_criteria(table, condition, include_aliases=True)
        for table, condition in _conditions(program_id, senders).items()
    ]

    def restrict(state: ORMExecuteState) -> None:
        if state.is_select:
            state.statement = state.statement.options(*criteria)

    event.listen(session, "do_orm_execute", restrict)


def _conditions(
    program_id: int, senders: Sequence[int]
) -> dict[type[SQLModel], ColumnElement[bool]]:
    """Of people, those who ever asked to join; of texts, those to the program's senders and not
    from somebody who only ever was in other programs; a STOP belongs to every program."""
    # Tables, not classes, inside a condition: a class would get its own condition again. And
    # EXISTS, not IN: a list of millions would be gathered for each look at one of them.
    broadcast, its_list = table_of(Broadcast), table_of(List)
    lists = select(its_list.c.id).where(its_list.c.program_id == program_id)
    broadcasts = select(broadcast.c.id).where(broadcast.c.program_id == program_id)
    event_program = col(ConsentEvent.program_id)
    texted_by = col(InboundMessage.subscriber_id)
    # An act that names neither a program nor a broadcast is of the whole organization.
    about = col(AuditEvent.subject)
    act_program, act_broadcast = about["program"].as_integer(), about["broadcast"].as_integer()
    return {
        Program: col(Program.id) == program_id,
        List: col(List.program_id) == program_id,
        Keyword: col(Keyword.program_id) == program_id,
        Disclosure: col(Disclosure.program_id) == program_id,
        Subscription: col(Subscription.program_id) == program_id,
        Broadcast: col(Broadcast.program_id) == program_id,
        Delivery: col(Delivery.broadcast_id).in_(broadcasts),
        Answer: col(Answer.broadcast_id).in_(broadcasts),
        Recurrence: col(Recurrence.list_id).in_(lists),
        # A file of numbers that must not be messaged is of the whole organization.
        NumberFile: or_(col(NumberFile.list_id).is_(None), col(NumberFile.list_id).in_(lists)),
        Notice: and_(
            _is_in(col(Notice.subscriber_id), program_id),
            or_(col(Notice.program_id) == program_id, col(Notice.program_id).is_(None)),
        ),
        AuditEvent: and_(
            or_(act_program.is_(None), act_program == program_id),
            or_(act_broadcast.is_(None), act_broadcast.in_(broadcasts)),
        ),
        Subscriber: _is_in(col(Subscriber.id), program_id),
        Suppression: _is_theirs(program_id),
        ConsentEvent: and_(
            or_(event_program == program_id, event_program.is_(None)),
            _is_in(col(ConsentEvent.subscriber_id), program_id),
        ),
        InboundMessage: and_(
            col(InboundMessage.sender_id).in_(senders),
            _is_nobody_elses(texted_by, program_id),
        ),
    }


def _is_in(subscriber_id: Any, program_id: int) -> ColumnElement[bool]:
    """Whether somebody ever asked to join the program."""
    subscription = table_of(Subscription).alias("in_program")
    asked = select(subscription.c.id).where(
        subscription.c.subscriber_id == subscriber_id, subscription.c.program_id == program_id
    )
    return asked.correlate_except(subscription).exists()


def _is_nobody_elses(subscriber_id: Any, program_id: int) -> ColumnElement[bool]:
    """Whether somebody asked to join the program, or none at all. One look at what is theirs:
    EXISTS would be two, and PostgreSQL may gather all of a program for one."""
    subscription = table_of(Subscription).alias("in_program")
    is_in = case((subscription.c.program_id == program_id, 1), else_=0)
    theirs = select(func.max(is_in)).where(subscription.c.subscriber_id == subscriber_id)
    return func.coalesce(theirs.correlate_except(subscription).scalar_subquery(), 1) == 1


def _is_theirs(program_id: int) -> ColumnElement[bool]:
    """Whether a suppression is of somebody who ever asked to join the program."""
    subscriber = table_of(Subscriber).alias("suppressed")
    mine = select(subscriber.c.id).where(
        subscriber.c.organization_id == col(Suppression.organization_id),
        subscriber.c.phone_number == col(Suppression.phone_number),
        _is_in(subscriber.c.id, program_id),
    )
    return mine.correlate_except(subscriber).exists()
