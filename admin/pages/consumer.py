"""The consumer's own page, behind the signed link of HELP's answer: see it all, leave, be erased.

The link is the only key. So nothing on these pages leads elsewhere with the address in it, nothing
is stored by the browser, and every link that does not work gets one and the same page.
"""

from datetime import UTC, datetime, timedelta
from typing import Any, NoReturn

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    flash,
    make_response,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.blueprints import BlueprintSetupState
from flask.typing import ResponseReturnValue
from flask_wtf.csrf import CSRFError
from sqlmodel import select

from admin.forms import Form
from admin.queries.consumer import Place, facts, is_suppressed, places, said, sent
from admin.session import commit, commit_erasure, db
from messaging.consumer_link import PATH, VALID_DAYS, read
from messaging.numbers import mask
from models import ConsentSource, Organization, Sender, SenderKind, Subscriber
from models.base import LOCKED
from models.consenting import Evidence, leave_list, revoke_everything
from models.database import Database
from models.erasing import erase
from models.throttling import allow, throttle_key
from settings import Settings

pages = Blueprint("consumer", __name__, url_prefix=PATH)

_WINDOW = timedelta(minutes=10)
# Many people share one address behind a carrier; a guess has one chance in 2^64 anyway.
_WRONG_LINKS, _LOOKS = 60, 120
_FEW, _MANY = 15, 2000
_LONGEST_AGENT = 300


@pages.record_once
def _protect(state: BlueprintSetupState) -> None:
    """The forms here check their own token: the library also wants a Referer under https, which
    `no-referrer` forbids the browser to send."""
    state.app.extensions["csrf"].exempt(pages)


@pages.after_request
def keep_the_address_secret(response: Response) -> Response:
    """The address opens the page: no Referer carries it on, no search engine keeps it."""
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["X-Robots-Tag"] = "noindex, nofollow"
    return response


@pages.get("/<token>")
def show(token: str) -> str:
    """Everything that is held about the person, and what they can do."""
    person = _whose(token)
    most = _MANY if "all" in request.args else _FEW
    shown: dict[str, list[Any]] = {
        "sent": sent(db(), person, most + 1),
        "said": said(db(), person, most + 1),
        "facts": facts(db(), person, most + 1),
    }
    standing = places(db(), person)
    return _page(
        "show",
        person,
        token=token,
        places=standing,
        is_out=_is_out(person, standing),
        has_more=any(len(rows) > most for rows in shown.values()),
        shows_all=most == _MANY,
        valid_days=VALID_DAYS,
        **{name: rows[:most] for name, rows in shown.items()},
    )


@pages.post("/<token>/leave")
def leave_everything(token: str) -> ResponseReturnValue:
    """Like STOP: nothing more from this organization."""
    person = _submitted_by(token)
    if not _is_out(person, places(db(), person)):
        revoke_everything(db(), person, _evidence(), datetime.now(UTC))
        commit()
    flash("Done. You get nothing more from us.", "success")
    return redirect(url_for("consumer.show", token=token), 303)


@pages.post("/<token>/lists/<int:id>/leave")
def leave_one(token: str, id: int) -> ResponseReturnValue:
    """Leave one list and stay on the others."""
    person = _submitted_by(token)
    for place in places(db(), person):
        for gathered in place.lists:
            if gathered.id == id:
                leave_list(db(), place.subscription, id, _evidence(), datetime.now(UTC))
                commit()
                flash(f"Done. You have left {gathered.name}.", "success")
    return redirect(url_for("consumer.show", token=token), 303)


@pages.get("/<token>/erase")
def ask_to_erase(token: str) -> str:
    """What erasing does, and a button for it."""
    return _page("erase", _whose(token), token=token)


@pages.post("/<token>/erase")
def erase_all(token: str) -> ResponseReturnValue:
    """Erase the person. The link is dead from then on, so the way leads to a page without it."""
    erase(db(), _submitted_by(token), datetime.now(UTC))
    commit_erasure()
    return redirect(url_for("consumer.erased"), 303)


@pages.get("/erased")
def erased() -> str:
    """The last page; it knows nobody."""
    return render_template("consumer/erased.html")


def _whose(token: str) -> Subscriber:
    """The person whose link this is, locked where the request changes something; else a page of
    403, or of 429 for who tries too often."""
    settings: Settings = current_app.extensions["marquee.settings"]
    secret = settings.secret_key.get_secret_value()
    found, now = read(secret, token, datetime.now(UTC)), datetime.now(UTC)
    if not isinstance(found, int):
        _refuse(throttle_key(secret, "wrong link", request.remote_addr or ""), now)
    _count(throttle_key(secret, "consumer page", str(found)), _LOOKS, now)
    changes = request.method == "POST"
    person = db().get(Subscriber, found, with_for_update=LOCKED if changes else None)
    if person is None or person.erased_at is not None:
        _refuse(None, now)
    return person


def _submitted_by(token: str) -> Subscriber:
    """The person who sent a form of their page, with its own token against forgery."""
    form = Form()
    if not form.validate():
        raise CSRFError("The form is no longer valid.")
    return _whose(token)


def _refuse(key: str | None, now: datetime) -> NoReturn:
    """One page for every link that does not work: it tells nobody whether a number is known."""
    if key is not None:
        _count(key, _WRONG_LINKS, now)
    senders = (
        db().exec(select(Sender).where(Sender.kind != SenderKind.messaging_service).limit(2)).all()
    )
    only = senders[0].address if len(senders) == 1 else None
    abort(make_response(render_template("consumer/wrong.html", sender=only), 403))


def _count(key: str, limit: int, now: datetime) -> None:
    """Count a request in a transaction of its own, before this request's session begins one."""
    database: Database = current_app.extensions["marquee.database"]
    with database.write() as session:
        allowed = allow(session, key, limit, _WINDOW, now)
    if not allowed:
        abort(make_response(render_template("consumer/too_many.html"), 429))


def _is_out(person: Subscriber, standing: list[Place]) -> bool:
    return is_suppressed(db(), person) and all(place.is_left for place in standing)


def _evidence() -> Evidence:
    """How it reached us. The page is named without the token, which would still open it."""
    settings: Settings = current_app.extensions["marquee.settings"]
    return Evidence(
        ConsentSource.page,
        page=f"{settings.public_base_url}{PATH}",
        ip_address=request.remote_addr,
        user_agent=request.user_agent.string[:_LONGEST_AGENT] or None,
    )


def _page(name: str, person: Subscriber, **more: object) -> str:
    organization = db().get_one(Organization, person.organization_id)
    return render_template(
        f"consumer/{name}.html",
        # Not `organization`: that is the logged-in member's own, in every template.
        who=organization.name,
        number=mask(person.phone_number),
        **more,
    )
