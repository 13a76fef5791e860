"""The senders of a program: its own, and more that its broadcasts are spread over."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import delete
from sqlmodel import Session, col, select

from admin.program_form import words_taken
from admin.session import commit, db, mine, organization_id
from models import PoolSender, Program, Sender
from models.base import insert
from scheduler.pools import answer_on

pages = Blueprint("pools", __name__, url_prefix="/programs")


@pages.post("/<int:id>/senders")
def add(id: int) -> ResponseReturnValue:
    """One more sender, from the next broadcast on."""
    program, typed = mine(Program, id), request.form.get("sender_id", "")
    key = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= 18 else 0
    if key not in {sender.id for sender in addable(db(), organization_id(), program)}:
        flash("Choose one of your other senders.", "danger")
        return redirect(url_for("programs.show", id=id))
    if taken := words_taken(db(), program.id, key):
        flash(
            f"{', '.join(taken)} is a keyword of another program on this sender, so that nobody "
            "could tell which of the two a text is for. Choose another sender.",
            "danger",
        )
        return redirect(url_for("programs.show", id=id))
    db().execute(
        insert(db(), PoolSender)
        .values(program_id=program.id, sender_id=key, added_at=datetime.now(UTC))
        .on_conflict_do_nothing()
    )
    commit()
    flash("The next broadcast is spread over it, too. People keep the sender they know.", "success")
    return redirect(url_for("programs.show", id=id))


@pages.post("/<int:id>/senders/<int:sender_id>/remove")
def remove(id: int, sender_id: int) -> ResponseReturnValue:
    """One sender less: its people get another with the next broadcast."""
    program = mine(Program, id)
    removed = db().execute(
        delete(PoolSender)
        .where(col(PoolSender.program_id) == program.id, col(PoolSender.sender_id) == sender_id)
        .returning(col(PoolSender.sender_id))
    )
    for left in removed.scalars().all():
        answer_on(db(), program.id, left, datetime.now(UTC))
    commit()
    flash("Removed. What is sending now goes on; the next broadcast does without it.", "success")
    return redirect(url_for("programs.show", id=id))


def addable(session: Session, organization_id: int, program: Program) -> list[Sender]:
    """The organization's senders that are not in the program's pool yet."""
    pool = select(PoolSender.sender_id).where(PoolSender.program_id == program.id)
    return list(
        session.exec(
            select(Sender)
            .where(
                Sender.organization_id == organization_id,
                Sender.id != program.sender_id,
                col(Sender.id).not_in(pool),
            )
            .order_by(col(Sender.id))
        )
    )
