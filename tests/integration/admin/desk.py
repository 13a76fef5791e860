"""A member at a browser: the pages of a real application, logged in, with CSRF tokens sent."""

import html
import re
from dataclasses import dataclass, field

from flask import Flask
from sqlmodel import Session, col, select
from werkzeug.test import TestResponse

from models import (
    Broadcast,
    BroadcastStatus,
    Delivery,
    DeliveryStatus,
    List,
    ListSubscription,
    Member,
    Role,
    SkipReason,
    Subscriber,
    Subscription,
    SubscriptionState,
)
from models.consenting import hash_of
from tests.conftest import make_settings
from tests.integration.admin.browser import Browser, add_member
from tests.world import World
from wsgi import create_app


@dataclass
class Desk:
    """The owner of the demo organization, unless `sit_down` seats somebody else."""

    world: World
    more_settings: dict[str, object] = field(default_factory=dict)
    app: Flask = field(init=False)
    browser: Browser = field(init=False)

    def __post_init__(self) -> None:
        url = self.world.database.engine.url.render_as_string(hide_password=False)
        self.app = create_app(make_settings(url, **self.more_settings), self.world.database)
        self.sit_down(self.world.member_id)

    def sit_down(self, member_id: int) -> None:
        """Use another browser, in which this member is logged in; the log-in has its own tests."""
        self.browser = Browser(self.app)
        with self.world.database.read() as session, self.browser.client.session_transaction() as to:
            to["_user_id"] = session.get_one(Member, member_id).fs_uniquifier
            to["_fresh"] = True
        self.get("/account")

    def colleague(self, role: Role, organization_id: int | None = None) -> int:
        """A new member, by default of the demo organization; the id."""
        organization_id = organization_id or self.world.organization_id
        email = f"{role}@{organization_id}.example"
        return add_member(self.world.database, organization_id, email, role)

    def get(self, path: str) -> TestResponse:
        return self.browser.get(path)

    def post(self, path: str, **form: str) -> TestResponse:
        """Submit a form, with the CSRF token of the page before it."""
        return self.browser.post(path, form)

    def draft(self, **changes: str) -> dict[str, str]:
        """A fresh compose form, filled in well but for the `changes`."""
        token = re.search(r'name="form_token" value="([^"]+)"', self.get("/broadcasts/new").text)
        assert token is not None
        filled = {
            "form_token": token[1],
            "list_id": str(self.list_id()),
            "body": "Neon Nights: doors at 9. Reply STOP to end",
            "answers_to": "booking@neon.example",
            "when": "now",
            "date": "",
            "time": "",
            "timezone": "Europe/Berlin",
            "latest_start_minutes": "60",
            # The world's noon is early morning where its phones live.
            "override": "C021",
        }
        return filled | changes

    def ordered(self) -> list[Broadcast]:
        """Every broadcast that there is, in the order in which they came."""
        with self.world.database.read() as session:
            return list(session.exec(select(Broadcast).order_by(col(Broadcast.id))))

    def list_id(self, name: str = "All guests") -> int:
        with self.world.database.read() as session:
            return session.exec(select(List.id).where(List.name == name)).one()


def fill(world: World, people: int) -> None:
    """So many people on the list All guests, written straight into the tables: joining by text
    takes milliseconds each, and has its own tests."""
    with world.database.write() as session:
        gathered = session.exec(select(List).where(List.name == "All guests")).one()
        mine = {"organization_id": world.organization_id}
        for number in range(people):
            phone = f"+1202555{number:04d}"
            hashed = hash_of(session, world.organization_id, phone)
            session.add(
                Subscriber(phone_number=phone, number_hash=hashed, created_at=world.now, **mine)
            )
        session.flush()
        for subscriber_id in session.exec(select(Subscriber.id)).all():
            session.add(
                Subscription(
                    program_id=gathered.program_id,
                    subscriber_id=subscriber_id,
                    state=SubscriptionState.subscribed,
                    changed_at=world.now,
                    **mine,
                )
            )
        session.flush()
        for subscription_id in session.exec(select(Subscription.id)).all():
            place = {"list_id": gathered.id, "subscription_id": subscription_id}
            session.add(ListSubscription(added_at=world.now, **place))


def started(desk: Desk, people: int, status: BroadcastStatus = BroadcastStatus.sending) -> int:
    """A broadcast to so many people that has started, and is now in `status`."""
    fill(desk.world, people)
    broadcast = desk.world.order()
    desk.world.fire(broadcast)
    with desk.world.database.write() as session:
        session.get_one(Broadcast, broadcast.id).status = status
    return broadcast.id


def spread(desk: Desk, broadcast_id: int) -> None:
    """Ten deliveries, one in every state, two skipped."""
    with desk.world.database.write() as session:
        rows = list(
            session.exec(
                select(Delivery)
                .where(Delivery.broadcast_id == broadcast_id)
                .order_by(col(Delivery.id))
            )
        )
        settle(session, rows[0:2], DeliveryStatus.delivered)
        settle(session, rows[2:3], DeliveryStatus.undelivered, error_code=30003)
        settle(session, rows[3:4], DeliveryStatus.failed, error_code=21211)
        settle(session, rows[4:5], DeliveryStatus.skipped, reason=SkipReason.opted_out)
        settle(session, rows[5:6], DeliveryStatus.skipped, reason=SkipReason.left_list)
        settle(session, rows[6:7], DeliveryStatus.unknown)
        settle(session, rows[7:8], DeliveryStatus.sent)


def errors(response: TestResponse) -> dict[str, str]:
    """The reasons on a page, by the field that each stands beside."""
    found = re.findall(
        r'<div class="invalid-feedback d-block" id="(\w+)-error">(.*?)</div>', response.text
    )
    return {name: html.unescape(reason) for name, reason in found}


def words(response: TestResponse) -> str:
    """What a page says, without its tags."""
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", response.text)).split())


def settle(
    session: Session,
    deliveries: list[Delivery],
    status: DeliveryStatus,
    *,
    reason: SkipReason | None = None,
    error_code: int | None = None,
) -> None:
    """Write straight into the table what sending would have made of these deliveries."""
    for delivery in deliveries:
        delivery.status, delivery.skip_reason, delivery.error_code = status, reason, error_code
        session.add(delivery)
