"""Log-ins from the command line: they work on the page, and a new password ends the old ones."""

from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError
from click.testing import CliRunner, Result
from sqlmodel import select

from admin import demo
from admin.commands import marquee
from admin.commands.demo_env import DemoEnv
from admin.commands.run import prepare
from admin.passwords import hash_password
from models import Member, Organization, Role
from models.database import Database
from settings import Settings
from tests.conftest import set_environment


@pytest.fixture
def call(database: Database, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> "Call":
    set_environment(monkeypatch, settings)
    with database.write() as session:
        demo.found(
            session,
            email="owner@club.example",
            password_hash=hash_password("the first password"),
            public_base_url="http://marquee.test",
            now=datetime.now(UTC),
        )
    return Call(database)


class Call:
    """Calls `marquee` on the test's database."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def __call__(self, *arguments: str, given: str | None = None) -> Result:
        return CliRunner().invoke(marquee, arguments, input=given)

    def member(self, email: str) -> Member:
        with self.database.read() as session:
            return session.exec(select(Member).where(Member.email == email)).one()


def printed_password(result: Result, email: str) -> str:
    assert result.exit_code == 0, result.output
    start, _, password = result.output.strip().partition(f"Log in: {email}  ")
    assert start == ""
    return password


def test_a_new_password_works_and_ends_log_ins_and_rests(call: Call) -> None:
    with call.database.write() as session:
        member = session.exec(select(Member)).one()
        member.failed_log_ins, member.locked_until = 10, datetime.now(UTC) + timedelta(hours=1)
        before = member.fs_uniquifier
    new = printed_password(call("password", "owner@club.example"), "owner@club.example")
    after = call.member("owner@club.example")
    assert PasswordHasher().verify(after.password, new)
    with pytest.raises(VerifyMismatchError):
        PasswordHasher().verify(after.password, "the first password")
    assert after.fs_uniquifier != before
    assert (after.failed_log_ins, after.locked_until) == (0, None)


def test_a_password_can_be_typed_and_is_then_not_shown(call: Call) -> None:
    typed = "correct horse battery"
    result = call("password", "owner@club.example", "--prompt", given=f"{typed}\n{typed}\n")
    assert result.exit_code == 0, result.output
    assert typed not in result.output
    assert PasswordHasher().verify(call.member("owner@club.example").password, typed)


def test_a_short_password_is_refused_and_changes_nothing(call: Call) -> None:
    result = call("password", "owner@club.example", "--prompt", given="short\nshort\n")
    assert result.exit_code == 1
    assert "A password has 12 to 128 characters." in result.output
    old = call.member("owner@club.example").password
    assert PasswordHasher().verify(old, "the first password")


def test_an_unknown_member_is_said(call: Call) -> None:
    result = call("password", "nobody@club.example")
    assert result.exit_code == 1
    assert "Nobody logs in as nobody@club.example; see: marquee members" in result.output


def test_a_member_is_added_with_a_role_and_listed(call: Call) -> None:
    result = call("member-add", "ann@club.example", "--name", "Ann", "--role", "auditor")
    new = printed_password(result, "ann@club.example")
    ann = call.member("ann@club.example")
    assert (ann.name, ann.role) == ("Ann", Role.auditor)
    assert PasswordHasher().verify(ann.password, new)
    listed = call("members").output
    assert "ann@club.example" in listed
    assert "Neon Nights" in listed


@pytest.mark.parametrize(
    ("email", "sentence"),
    [("Owner@club.example", "has a log-in"), ("ann", "is not an e-mail address")],
)
def test_a_member_is_not_added_twice_or_without_an_address(
    call: Call, email: str, sentence: str
) -> None:
    result = call("member-add", email)
    assert result.exit_code == 1
    assert sentence in result.output


def test_with_two_organizations_one_must_be_named(call: Call) -> None:
    with call.database.write() as session:
        session.add(Organization(name="Blue Room", created_at=datetime.now(UTC)))
    result = call("member-add", "ann@club.example")
    assert result.exit_code == 1
    assert "--organization (Blue Room, Neon Nights)" in result.output
    named = call("member-add", "ann@club.example", "--organization", "Blue Room")
    printed_password(named, "ann@club.example")


def test_the_demo_says_how_to_reset_a_password_that_was_changed(call: Call) -> None:
    env = DemoEnv({}, True, "owner@club.example", "the first password")
    url = call.database.engine.url.render_as_string(hide_password=False)
    assert prepare(url, "http://marquee.test", env) == "owner@club.example  the first password"
    call("password", "owner@club.example")
    hint = prepare(url, "http://marquee.test", env)
    assert "the first password" not in hint
    assert "--env-file var/demo.env password owner@club.example" in hint
    with call.database.read() as session:
        assert len(session.exec(select(Organization)).all()) == 1


def test_a_new_organization_has_an_owner_who_can_log_in(call: Call) -> None:
    made = call("organization-add", "The Other Club", " Boss@other.example ")
    assert made.exit_code == 0, made.output
    password = made.output.split()[-1]
    boss = call.member("Boss@other.example")
    assert boss.role is Role.owner
    assert PasswordHasher().verify(boss.password, password)
    with call.database.read() as session:
        assert session.get_one(Organization, boss.organization_id).name == "The Other Club"


@pytest.mark.parametrize(
    ("name", "email", "why"),
    [
        ("Neon Nights", "new@other.example", "already"),
        ("Other", "OWNER@club.example", "already"),
        ("Other", "nobody", "not an e-mail address"),
        (" ", "new@other.example", "1 to 100"),
    ],
)
def test_a_bad_organization_is_refused(call: Call, name: str, email: str, why: str) -> None:
    refused = call("organization-add", name, email)
    assert refused.exit_code == 1
    assert why in refused.output
    with call.database.read() as session:
        assert len(session.exec(select(Organization)).all()) == 1
