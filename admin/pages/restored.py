"""A database that is older than what was published: said, and confirmed by an owner."""

from datetime import UTC, datetime

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlmodel import select

from admin.session import commit, db, member, organization_id
from compliance.merkle import EMPTY_ROOT
from models import AuditKind, Organization
from models.leaves import note_act
from models.sealing import newest_checkpoint
from scheduler.comparing import confirmation
from scheduler.published import tree_of

pages = Blueprint("restored", __name__, url_prefix="/restored")


@pages.get("")
def show() -> str:
    """What was published and what is here, and what to do about it."""
    organization = db().get_one(Organization, organization_id())
    return render_template(
        "restored/show.html",
        halted=organization,
        published=tree_of(organization.halted_note) if organization.halted_note else None,
        here=newest_checkpoint(db(), organization.id),
    )


@pages.post("")
def confirm() -> ResponseReturnValue:
    """Go on from this database. The log says who decided it, and what was given up."""
    organization = (
        db()
        .exec(
            select(Organization)
            .where(Organization.id == organization_id())
            .with_for_update(key_share=True)
        )
        .one()
    )
    if organization.halted_at is None or organization.halted_note is None:
        flash("Nothing is halted.", "info")
        return redirect(url_for("restored.show"))
    here = newest_checkpoint(db(), organization.id)
    note_act(
        db(),
        organization.id,
        AuditKind.restored,
        datetime.now(UTC),
        member_id=member().id,
        **confirmation(tree_of(organization.halted_note)),
        size=here.tree_size if here else 0,
        root=(here.root_hash if here else EMPTY_ROOT).hex(),
    )
    organization.halted_at = organization.halted_why = organization.halted_note = None
    db().add(organization)
    commit()
    flash("Confirmed. Sending goes on from this database.", "success")
    return redirect(url_for("restored.show"))
