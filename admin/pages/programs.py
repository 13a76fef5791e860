"""Programs, their replies, and the keywords that lead to them."""

from datetime import UTC, datetime

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import update
from sqlalchemy.exc import IntegrityError
from sqlmodel import col, select
from wtforms.fields.choices import SelectChoice

from admin.pages.pools import addable
from admin.program_form import (
    IN_USE,
    KeywordForm,
    ProgramForm,
    new_slug,
    why_not_a_keyword,
    words_taken,
)
from admin.queries.lists import names_of
from admin.session import commit, db, mine, organization_id
from bot import replies
from compliance.rules.promises import promised
from messaging.numbers import display
from models import Keyword, List, OptIn, Program, Sender
from models.disclosing import current, history
from scheduler import pools

pages = Blueprint("programs", __name__, url_prefix="/programs")


@pages.get("")
def index() -> str:
    """Every program with its sender and keywords."""
    programs = db().exec(
        select(Program, Sender)
        .join(Sender, col(Sender.id) == Program.sender_id)
        .where(Program.organization_id == organization_id())
        .order_by(col(Program.name))
    )
    words: dict[int, list[str]] = {}
    for keyword in _keywords():
        words.setdefault(keyword.program_id, []).append(keyword.word)
    return render_template("programs/index.html", programs=programs.all(), words=words)


@pages.get("/new")
def new() -> str:
    """The form of a new program."""
    return _edit(None, _form(None))


@pages.post("/new")
def create() -> ResponseReturnValue:
    """A new program, with a first list for its first keyword."""
    form, now = _form(None), datetime.now(UTC)
    if not form.validate():
        return _edit(None, form), 422
    slug = new_slug(db(), form.name.data)
    form.complete(_public_page(slug))
    program = Program(organization_id=organization_id(), slug=slug, created_at=now, **form.values)
    db().add(program)
    db().flush()
    db().add(
        List(
            organization_id=organization_id(),
            program_id=program.id,
            name="Everybody",
            created_at=now,
        )
    )
    current(db(), program, now)
    commit()
    flash(f"“{program.name}” is there. Add the keyword that people text to join.", "success")
    return redirect(url_for("programs.show", id=program.id))


@pages.get("/<int:id>")
def show(id: int) -> str:
    """One program: its replies and keywords."""
    return _show(mine(Program, id), _keyword_form(id))


@pages.get("/<int:id>/edit")
def edit(id: int) -> str:
    """The form of a program."""
    program = mine(Program, id)
    return _edit(program, _form(program))


@pages.post("/<int:id>/edit")
def save(id: int) -> ResponseReturnValue:
    """Change a program; its keywords go with it to another sender, and its broadcasts that have not
    started."""
    program = mine(Program, id)
    form = _form(program)
    if not form.validate() or not _keywords_can_move(program, form):
        return _edit(program, form), 422
    form.complete(_public_page(program.slug))
    left, now = program.sender_id, datetime.now(UTC)
    for name, value in form.values.items():
        setattr(program, name, value)
    db().add(program)
    db().exec(
        update(Keyword)
        .where(col(Keyword.program_id) == program.id)
        .values(sender_id=program.sender_id)
    )
    moved = pools.take_along(db(), program)
    if program.sender_id != left:  # after the broadcasts, as by one that starts at this moment
        pools.answer_on(db(), program.id, left, now)
    current(db(), program, now)
    commit()
    flash("Saved. The next text gets the new replies.", "success")
    if moved:
        flash(f"Broadcasts that go out on the new sender, too: {moved}.", "success")
    return redirect(url_for("programs.show", id=id))


@pages.post("/<int:id>/keywords")
def add_keyword(id: int) -> ResponseReturnValue:
    """Bind a word to one of the program's lists."""
    program, form = mine(Program, id), _keyword_form(id)
    if not form.validate():
        return _show(program, form), 422
    reason = why_not_a_keyword(db(), form.word.data, program)
    if reason is None and not _add(program, form):
        reason = IN_USE
    if reason:
        form.word.errors = [reason]
        return _show(program, form), 422
    current(db(), program, datetime.now(UTC))
    commit()
    flash("The keyword works from now on.", "success")
    return redirect(url_for("programs.show", id=id))


@pages.post("/<int:id>/keywords/<int:keyword_id>/remove")
def remove_keyword(id: int, keyword_id: int) -> ResponseReturnValue:
    """People who joined with the word stay; nobody new can."""
    keyword, program = mine(Keyword, keyword_id), mine(Program, id)
    if keyword.program_id == program.id:
        db().delete(keyword)
        current(db(), program, datetime.now(UTC))
        commit()
        flash(f"{keyword.word} is no keyword any more. Those who joined with it stay.", "success")
    return redirect(url_for("programs.show", id=id))


def _add(program: Program, form: KeywordForm) -> bool:
    """False when another request took the word since it was looked up."""
    keyword = Keyword(
        organization_id=program.organization_id,
        sender_id=program.sender_id,
        program_id=program.id,
        list_id=form.list_id.data,
        word=form.word.data.upper(),  # as it is told to people; compared in canonical form
        created_at=datetime.now(UTC),
    )
    try:
        with db().begin_nested():
            db().add(keyword)
    except IntegrityError:
        return False
    return True


def _keywords() -> list[Keyword]:
    return list(
        db().exec(
            select(Keyword)
            .where(Keyword.organization_id == organization_id())
            .order_by(col(Keyword.id))
        )
    )


def _form(program: Program | None) -> ProgramForm:
    form = ProgramForm(obj=program)
    senders = db().exec(
        select(Sender).where(Sender.organization_id == organization_id()).order_by(col(Sender.id))
    )
    form.sender_id.choices = [
        SelectChoice(sender.id, display(sender.address)) for sender in senders
    ]
    return form


def _keyword_form(program_id: int) -> KeywordForm:
    form = KeywordForm()
    names = names_of(db(), program_id)
    form.list_id.choices = [SelectChoice(key, name) for key, name in names.items()]
    return form


def _keywords_can_move(program: Program, form: ProgramForm) -> bool:
    """Whether the new sender has none of the program's words; else the reason goes beside it."""
    taken = words_taken(db(), program.id, form.sender_id.data)
    if not taken:
        return True
    form.sender_id.errors = [f"{', '.join(taken)} is in use on this sender already."]
    return False


def _edit(program: Program | None, form: ProgramForm) -> str:
    return render_template("programs/edit.html", program=program, form=form)


def _show(program: Program, form: KeywordForm) -> str:
    return render_template(
        "programs/show.html",
        program=program,
        sender=db().get_one(Sender, program.sender_id),
        keywords=[keyword for keyword in _keywords() if keyword.program_id == program.id],
        list_names=names_of(db(), program.id),
        form=form,
        replies=_preview(program),
        public_page=_public_page(program.slug),
        disclosures=history(db(), program.id),
        pool=pools.pool_of(db(), program.id, program.sender_id),
        addable=addable(db(), organization_id(), program),
        promises=promised(program.message_frequency),
    )


def _public_page(slug: str) -> str:
    return f"{current_app.extensions['marquee.settings'].public_base_url}/p/{slug}"


def _preview(program: Program) -> list[tuple[str, str]]:
    """What people text and what they get, word for word."""
    welcome = replies.confirmation(program)
    joining = (
        [("texts a keyword", replies.ask_for_yes(program)), ("answers YES", welcome)]
        if program.opt_in is OptIn.double
        else [("texts a keyword", welcome)]
    )
    return [
        *joining,
        ("texts HELP", replies.help_answer(program)),
        ("texts STOP", replies.stop_confirmation(program)),
    ]
