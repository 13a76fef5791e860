"""Who may log in: `members`, `member-add` and `password`."""

import secrets
from datetime import UTC, datetime, timedelta

import click
from rich.console import Console
from rich.table import Table
from sqlmodel import Session, col, func, select

from admin.commands.demo_env import readable_password
from admin.commands.processes import start
from admin.passwords import LONGEST, SHORTEST, hash_password
from models import Member, Organization, Program, Role
from models.database import Database
from models.shared_clock import SharedClock


@click.command()
def members() -> None:
    """List who may log in, with organization and role."""
    table = Table("E-mail", "Name", "Role", "Organization", "State", box=None)
    with open_database().read() as session:
        rows = session.exec(
            select(Member, Organization.name)
            .join(Organization, col(Organization.id) == col(Member.organization_id))
            .order_by(col(Organization.name), col(Member.email))
        ).all()
    now = datetime.now(UTC)
    for member, organization in rows:
        resting = member.locked_until is not None and member.locked_until > now
        state = "resting after wrong tries" if resting else "active" if member.active else "off"
        table.add_row(member.email, member.name, member.role.value, organization, state)
    Console(markup=False).print(table if rows else "Nobody yet: marquee member-add EMAIL")


@click.command()
@click.argument("email")
@click.option("--name", help="What pages call the person; if not given, the e-mail's first part.")
@click.option(
    "--role",
    type=click.Choice([role.value for role in Role]),
    default=Role.promoter.value,
    show_default=True,
    help="An auditor reads, a promoter sends, an owner also sets up.",
)
@click.option("--organization", "organization_name", help="Needed if there is more than one.")
@click.option("--program", "slug", help="Limit an auditor to the program with this slug.")
@click.option(
    "--until",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The last day (UTC) of an auditor's access, e.g. 2027-01-31.",
)
@click.option("--prompt", is_flag=True, help="Ask for the password instead of making one up.")
def member_add(
    email: str,
    name: str | None,
    role: str,
    organization_name: str | None,
    slug: str | None,
    until: datetime | None,
    prompt: bool,
) -> None:
    """Give another person a log-in. The password is printed once."""
    email = valid_email(email)
    if (slug or until) and role != Role.auditor.value:
        raise click.ClickException("Only an auditor is limited by --program and --until.")
    database = open_database()
    password = ask_password(prompt)
    with database.write() as session:
        if find_member(session, email):
            raise click.ClickException(f"{email} has a log-in: marquee password {email}")
        organization = find_organization(session, organization_name)
        session.add(
            Member(
                organization_id=organization.id,
                email=email,
                name=(name or email.split("@")[0])[:100],
                role=Role(role),
                password=hash_password(password),
                fs_uniquifier=secrets.token_hex(16),
                program_id=_program_id(session, organization, slug),
                access_until=_end_of(until),
                created_at=datetime.now(UTC),
            )
        )
    say_log_in(email, password, prompt)


@click.command()
@click.argument("email")
@click.option("--prompt", is_flag=True, help="Ask for the password instead of making one up.")
def password(email: str, prompt: bool) -> None:
    """Give a member a new password. It ends open log-ins, and a rest after wrong tries."""
    database = open_database()
    with database.read() as session:
        if not find_member(session, email):
            raise click.ClickException(f"Nobody logs in as {email}; see: marquee members")
    new = ask_password(prompt)
    hashed = hash_password(new)
    with database.write() as session:
        member = find_member(session, email)
        assert member is not None
        member.password = hashed
        member.fs_uniquifier = secrets.token_hex(16)
        member.failed_log_ins, member.locked_until = 0, None
        session.add(member)
    say_log_in(email, new, prompt)


def valid_email(text: str) -> str:
    """What can be an e-mail address, without the spaces around it."""
    email = text.strip()
    if not 3 <= len(email) <= 254 or "@" not in email[1:-1] or any(map(str.isspace, email)):
        raise click.ClickException(f"{email!r} is not an e-mail address.")
    return email


def open_database() -> Database:
    """The database, migrated; anything else is one sentence."""
    from admin.health import examine

    database = Database(start().database_url)
    found = {check.name: check for check in examine(database, SharedClock(database))}
    for name in ("database", "migrations"):
        if (check := found[name]).problem:
            raise click.ClickException(f"The {name}: {check.problem}. To do: {check.advice}.")
    return database


def find_member(session: Session, email: str) -> Member | None:
    """The member who logs in with this address, whatever its case."""
    return session.exec(
        select(Member).where(func.lower(Member.email) == email.strip().lower())
    ).first()


def find_organization(session: Session, name: str | None) -> Organization:
    """The organization with this name; without a name the only one there is."""
    found = session.exec(select(Organization).order_by(col(Organization.name))).all()
    wanted = [one for one in found if name in (None, one.name)]
    if len(wanted) == 1:
        return wanted[0]
    names = ", ".join(one.name for one in found) or "none yet; make one: marquee organization-add"
    raise click.ClickException(f"Name one organization with --organization ({names}).")


def _program_id(session: Session, organization: Organization, slug: str | None) -> int | None:
    if slug is None:
        return None
    query = select(Program.id, Program.slug).where(Program.organization_id == organization.id)
    slugs = {known: key for key, known in session.exec(query)}
    if slug not in slugs:
        known = ", ".join(sorted(slugs)) or "none yet"
        raise click.ClickException(f"{organization.name} has no program {slug!r} ({known}).")
    return slugs[slug]


def _end_of(day: datetime | None) -> datetime | None:
    """The moment at which a day is over (UTC)."""
    return day and day.replace(tzinfo=UTC) + timedelta(days=1)


def ask_password(prompt: bool) -> str:
    """A password made up, or typed twice."""
    if not prompt:
        return readable_password()
    given: str = click.prompt("New password", hide_input=True, confirmation_prompt=True)
    if not SHORTEST <= len(given) <= LONGEST:
        raise click.ClickException(f"A password has {SHORTEST} to {LONGEST} characters.")
    return given


def say_log_in(email: str, password: str, prompted: bool) -> None:
    """Print the log-in, once."""
    secret = "the password that you typed" if prompted else password
    click.echo(f"Log in: {email}  {secret}")
