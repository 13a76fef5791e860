"""Settings: senders, the addresses for the provider, members, and a sign of attacks."""

from datetime import UTC, date, datetime, timedelta

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import delete, func, insert, update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select

from admin.sender_form import (
    KIND_WORDS,
    REPLIES_WORDS,
    SenderForm,
    is_taken,
    why_kept,
    why_not_changed,
)
from admin.session import commit, db, mine, organization_id
from models import DEFAULT_RATES, Counter, Member, Program, Sender, SenderKind, SentFrom
from scheduler import outlook
from settings import Settings

pages = Blueprint("settings_page", __name__, url_prefix="/settings")

_TAKEN = (
    "This address is in use in this installation already. If it is yours, ask whoever runs "
    "Marquee for you."
)


@pages.get("")
def show() -> str:
    """Everything that is set up once."""
    settings: Settings = current_app.extensions["marquee.settings"]
    senders = db().exec(
        select(Sender).where(Sender.organization_id == organization_id()).order_by(col(Sender.id))
    )
    members = db().exec(
        select(Member).where(Member.organization_id == organization_id()).order_by(col(Member.id))
    )
    programs = db().exec(
        select(Program.id, Program.name).where(Program.organization_id == organization_id())
    )
    now, shown = datetime.now(UTC), senders.all()
    return render_template(
        "settings/show.html",
        senders=shown,
        states={sender.id: outlook.states(sender, now) for sender in shown},
        used={sender.id: sender.used(now) for sender in shown},
        members=members.all(),
        program_names=dict(programs.all()),
        webhooks={
            "inbound": f"{settings.public_base_url}/webhooks/twilio/inbound",
            "status": f"{settings.public_base_url}/webhooks/twilio/status",
        },
        forged=_forged_since(now.date() - timedelta(days=6)),
        kinds=KIND_WORDS,
        replies_by=REPLIES_WORDS,
    )


@pages.get("/senders/new")
def new_sender() -> str:
    """The form of a new sender."""
    form = SenderForm(formdata=None)
    form.segments_per_second.data = DEFAULT_RATES[SenderKind.short_code]
    return _edit(None, form)


@pages.post("/senders/new")
def create_sender() -> ResponseReturnValue:
    """A new sender."""
    return _save(None, SenderForm())


@pages.get("/senders/<int:id>")
def edit_sender(id: int) -> str:
    """The form of a sender."""
    sender = mine(Sender, id)
    return _edit(sender, SenderForm(formdata=None, obj=sender))


@pages.post("/senders/<int:id>")
def save_sender(id: int) -> ResponseReturnValue:
    """Change a sender."""
    return _save(mine(Sender, id), SenderForm())


@pages.post("/senders/<int:id>/delete")
def delete_sender(id: int) -> ResponseReturnValue:
    """Delete a sender that nothing uses; else say what does."""
    sender = mine(Sender, id)
    if reason := why_kept(db(), sender):
        flash(f"{sender.address} cannot be deleted. {reason}", "danger")
        return redirect(url_for("settings_page.edit_sender", id=id))
    db().execute(delete(SentFrom).where(col(SentFrom.sender_id) == sender.id))
    db().delete(sender)
    commit()
    flash(f"{sender.address} was deleted.", "success")
    return redirect(url_for("settings_page.show"))


def _save(known: Sender | None, form: SenderForm) -> ResponseReturnValue:
    if not form.validate():
        return _edit(known, form), 422
    if known and (reason := why_not_changed(db(), known, form)):
        form.address.errors = [reason]
        return _edit(known, form), 422
    if is_taken(db(), form.address.data, known.id if known else None) or not _store(known, form):
        form.address.errors = [_TAKEN]
        return _edit(known, form), 422
    commit()
    flash(f"{form.address.data} is saved.", "success")
    return redirect(url_for("settings_page.show"))


def _store(known: Sender | None, form: SenderForm) -> bool:
    """False when another request took the address since it was looked up."""
    try:
        with db().begin_nested():
            if known is None:
                mine = {"organization_id": organization_id(), "created_at": datetime.now(UTC)}
                db().execute(insert(Sender).values(**mine, **form.values))
            else:
                db().execute(update(Sender).where(col(Sender.id) == known.id).values(**form.values))
    except IntegrityError:
        return False
    return True


def _edit(sender: Sender | None, form: SenderForm) -> str:
    return render_template(
        "settings/sender.html",
        sender=sender,
        form=form,
        why_kept=why_kept(db(), sender) if sender else None,
        states=outlook.states(sender, datetime.now(UTC)) if sender else [],
        used=sender.used(datetime.now(UTC)) if sender else 0,
    )


def _forged_since(day: date) -> int:
    """Webhook requests with a wrong signature, of the whole installation."""
    return (
        db()
        .exec(
            select(func.coalesce(func.sum(Counter.value), 0)).where(
                Counter.name == "forged_webhook", col(Counter.day) >= day
            )
        )
        .one()
    )
