"""A program's public pages: /p/<slug> with its sign-up form, terms, privacy policy, QR codes."""

import re
from datetime import UTC, datetime

from flask import (
    Blueprint,
    Response,
    abort,
    current_app,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue
from sqlmodel import select

from admin.forms import clean
from admin.public import codes
from admin.public.form import SignUpForm
from admin.public.joining import SignUp, ask, may_sign_up
from admin.session import commit, db
from bot.birthdays import stated_age, today_everywhere
from compliance import program_pages
from compliance.disclosure import consent_wording, in_short
from models import Disclosure, Organization, Program, RepliesBy, Sender
from models.counting import count
from models.database import Database
from models.disclosing import current, way_in, written
from settings import Settings

pages = Blueprint("public", __name__, url_prefix="/p/<slug>")

_SLUG = re.compile(r"[a-z0-9-]{1,60}")
_LONGEST_USER_AGENT = 300
_CHANGED = "This page has changed since you opened it. Read it again, then sign up."
_BIRTH_DATE = "Enter your date of birth, with a year of four digits."


@pages.get("")
def show(slug: str) -> str:
    """The call-to-action, the ways to join by text, and the sign-up form."""
    program = _program(slug)
    return _page(program, SignUpForm(program), _standing(program))


@pages.post("")
def sign_up(slug: str) -> ResponseReturnValue:
    """Ask the number by text. The answer is the same whether or not the number is known."""
    program, now = _program(slug), datetime.now(UTC)
    form, disclosure = SignUpForm(program), current(db(), program, now)
    if form.trap.data:
        return _counted(program, "sign_up_trapped", now, "public/asked.html", 200)
    age = _age(program, form, now)
    if not form.validate() or not _is_complete(program, form, disclosure, age):
        commit()
        return _page(program, form, disclosure), 422
    if program.minimum_age and age is not None and age < program.minimum_age:
        return _counted(program, "sign_up_too_young", now, "public/too_young.html", 403)
    secret, ip = _settings().secret_key.get_secret_value(), request.remote_addr or ""
    if not may_sign_up(db(), secret, program, ip, now):
        return _counted(program, "sign_up_throttled", now, "public/too_many.html", 429)
    wish = SignUp(
        phone_number=form.number,
        wording=consent_wording(program, form.shown_number),
        disclosure_id=disclosure.id,
        page=_address(program),
        ip_address=ip,
        user_agent=clean(request.headers.get("User-Agent", ""))[:_LONGEST_USER_AGENT],
        stated_age=age,
    )
    ask(db(), secret, program, wish, now)
    commit()
    return _answer(program, "public/asked.html")


@pages.get("/terms")
def terms(slug: str) -> str:
    """The terms, written from the program's record."""
    program = _program(slug)
    sections = program_pages.terms(program, way_in(db(), program), _operator(program).name)
    return _sections(program, "Terms", sections, program.terms_url)


@pages.get("/privacy")
def privacy(slug: str) -> str:
    """The privacy policy, written from the program's record."""
    program = _program(slug)
    operator = _operator(program)
    is_ours = db().get_one(Sender, program.sender_id).replies_by is RepliesBy.application
    sections = program_pages.privacy(
        program, operator.name, operator.keep_texts_days, has_own_pages=is_ours
    )
    return _sections(program, "Privacy policy", sections, program.privacy_url)


@pages.get("/", defaults={"page": "show"})
@pages.get("/terms/", defaults={"page": "terms"})
@pages.get("/privacy/", defaults={"page": "privacy"})
def without_slash(slug: str, page: str) -> ResponseReturnValue:
    """Addresses that were written down with a slash at the end lead to the page all the same."""
    return redirect(url_for(f".{page}", slug=_program(slug).slug), 308)


@pages.get("/text.svg")
def text_code(slug: str) -> Response:
    """A QR code that opens the phone's messages with the keyword; 404 where nobody can text."""
    program = _program(slug)
    way = way_in(db(), program)
    if not way.is_open:
        abort(404)
    address = db().get_one(Sender, program.sender_id).address
    return _svg(codes.text_code(address, way.keywords[0]))


@pages.get("/page.svg")
def page_code(slug: str) -> Response:
    """A QR code that opens this program's public page."""
    return _svg(codes.page_code(_address(_program(slug))))


def _program(slug: str) -> Program:
    if not _SLUG.fullmatch(slug):
        abort(404)
    program = db().exec(select(Program).where(Program.slug == slug)).first()
    if program is None:
        abort(404)
    return program


def _standing(program: Program) -> Disclosure:
    """The disclosure to show. Reading a page writes only a version that is not there yet."""
    disclosure = written(db(), program)
    if disclosure is None:
        database: Database = current_app.extensions["marquee.database"]
        with database.write() as session:
            disclosure = current(session, program, datetime.now(UTC))
    return disclosure


def _age(program: Program, form: SignUpForm, now: datetime) -> int | None:
    if not program.minimum_age:
        return None
    return stated_age(form.birth_date.data or "", today_everywhere(now))


def _is_complete(
    program: Program, form: SignUpForm, disclosure: Disclosure, age: int | None
) -> bool:
    """Whether the date of birth is there where it is asked, and the consent is to what stands."""
    if program.minimum_age and age is None:
        form.birth_date.errors = [_BIRTH_DATE]
    if form.shown.data != str(disclosure.version):
        form.consent.data, form.consent.errors = False, [_CHANGED]
    return not form.errors


def _page(program: Program, form: SignUpForm, disclosure: Disclosure) -> str:
    way = way_in(db(), program)
    form.shown.data = str(disclosure.version)
    address = db().get_one(Sender, program.sender_id).address
    return _answer(
        program,
        "public/program.html",
        form=form,
        disclosure=disclosure,
        way_in=way,
        text_link=codes.text_link(address, way.keywords[0]) if way.is_open else None,
        short=in_short(program),
        wording=consent_wording(program, form.shown_number),
    )


def _sections(
    program: Program, title: str, sections: tuple[program_pages.Section, ...], registered: str
) -> str:
    """A page from the record; it names the page that is registered where that is another."""
    elsewhere = None if registered.startswith(f"{_address(program)}/") else registered
    template = "public/sections.html"
    return _answer(program, template, title=title, sections=sections, elsewhere=elsewhere)


def _counted(
    program: Program, counter: str, now: datetime, template: str, status: int
) -> ResponseReturnValue:
    """Nothing of the sign-up is kept but a count."""
    count(db(), counter, now)
    commit()
    return _answer(program, template), status


def _answer(program: Program, template: str, **more: object) -> str:
    way = way_in(db(), program)
    return render_template(template, **({"program": program, "way_in": way} | more))


def _address(program: Program) -> str:
    return f"{_settings().public_base_url}/p/{program.slug}"


def _operator(program: Program) -> Organization:
    return db().get_one(Organization, program.organization_id)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["marquee.settings"]
    return settings


def _svg(drawing: bytes) -> Response:
    return Response(drawing, mimetype="image/svg+xml")
