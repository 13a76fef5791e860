"""What people texted, those that a member should look at first."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from admin.paging import older_than, paginate
from admin.queries.inbox import (
    Folder,
    below,
    count_marked,
    first_looked_at,
    inbound,
    key_of,
    last_finding,
)
from admin.session import commit, db, is_limited, member, mine, organization_id
from models import AuditKind, ConsentSource, InboundMessage, SuppressionReason
from models.consenting import Evidence, revoke_everything
from models.known_people import lock_people
from models.leaves import note_act

pages = Blueprint("inbox", __name__, url_prefix="/inbox")


@pages.get("")
def index() -> str:
    """One folder of the inbox."""
    asked = request.args.get("folder", "")
    folder = Folder(asked) if asked in set(Folder) else Folder.all
    before = older_than()
    page = paginate(
        inbound(organization_id(), folder, is_later_part=bool(before)),
        key=key_of(folder),
        below=below(folder),
        first=first_looked_at(db(), organization_id(), folder, before) if is_limited() else 0,
    )
    return render_template(
        "inbox/index.html",
        page=page,
        folder=folder,
        marked=count_marked(db(), organization_id()),
        finding=last_finding(db(), organization_id(), datetime.now(UTC)),
    )


@pages.post("/<int:id>/stop")
def treat_as_stop(id: int) -> ResponseReturnValue:
    """A member reads an unclear text as an opt-out: it has the effect of a STOP.

    The consent event names the member and points to the text, so that both can be shown later.
    """
    message, now = mine(InboundMessage, id), datetime.now(UTC)
    # The person before their text, as whoever erases them does, which may be over by then.
    writers = lock_people(db(), [message.subscriber_id])
    db().refresh(message)
    if _review(message, now, is_stop=True):
        for subscriber in writers.values():
            evidence = Evidence(
                source=ConsentSource.member,
                sender_id=message.sender_id,
                inbound_message_id=message.id,
                message_sid=message.message_sid,
                member_id=member().id,
                note="A member read this text as an opt-out",
            )
            revoke_everything(db(), subscriber, evidence, now, SuppressionReason.member)
        commit()
        flash("Recorded as an opt-out. This number gets nothing more.", "success")
    return _back()


@pages.post("/<int:id>/reviewed")
def reviewed(id: int) -> ResponseReturnValue:
    """A member reads a text as no opt-out: it is marked no longer, and says who decided."""
    if _review(mine(InboundMessage, id), datetime.now(UTC), is_stop=False):
        commit()
        flash("Marked as no opt-out.", "success")
    return _back()


def _review(message: InboundMessage, now: datetime, *, is_stop: bool) -> bool:
    """Note who looked at it and when; False if somebody already did, whose word then stands."""
    if not message.needs_review:
        flash("Somebody has decided about this text already.", "info")
        return False
    message.needs_review = False
    message.reviewed_by_id, message.reviewed_at = member().id, now
    db().add(message)
    owner = message.organization_id
    facts = {"inbound_message": message.id, "treated_as_stop": is_stop}
    note_act(db(), owner, AuditKind.judged, now, member_id=member().id, **facts)
    return True


def _back() -> ResponseReturnValue:
    folder = request.form.get("folder", "")
    return redirect(url_for("inbox.index", folder=folder if folder in set(Folder) else None))
