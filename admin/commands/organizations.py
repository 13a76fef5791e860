"""`organization-add`: a new tenant with its owner, on a server where nobody can log in yet."""

import secrets
from datetime import UTC, datetime

import click
from sqlmodel import select

from admin.commands.members import ask_password, find_member, open_database, say_log_in, valid_email
from admin.passwords import hash_password
from models import Member, Organization, Role


@click.command()
@click.argument("name")
@click.argument("owner_email")
@click.option("--prompt", is_flag=True, help="Ask for the password instead of making one up.")
def organization_add(name: str, owner_email: str, prompt: bool) -> None:
    """Make an organization and its owner's log-in. The password is printed once."""
    name, email = name.strip(), valid_email(owner_email)
    if not 1 <= len(name) <= 100:
        raise click.ClickException("An organization's name has 1 to 100 characters.")
    database = open_database()
    password = ask_password(prompt)
    now = datetime.now(UTC)
    with database.write() as session:
        if find_member(session, email):
            raise click.ClickException(f"{email} has a log-in already; give another address.")
        if session.exec(select(Organization.id).where(Organization.name == name)).first():
            raise click.ClickException(f"There is an organization {name!r} already.")
        organization = Organization(name=name, created_at=now)
        session.add(organization)
        session.flush()
        session.add(
            Member(
                organization_id=organization.id,
                email=email,
                name=email.split("@")[0][:100],
                role=Role.owner,
                password=hash_password(password),
                fs_uniquifier=secrets.token_hex(16),
                created_at=now,
            )
        )
    say_log_in(email, password, prompt)
