"""Settings: senders, the addresses for the provider, members."""

from datetime import UTC, datetime

import pytest
from sqlmodel import select

from models import Counter, RepliesBy, Sender, SenderKind
from tests.integration.admin.browser import Browser
from tests.world import World

SENDER = {
    "kind": "long_code",
    "address": "(202) 555-0123",
    "replies_by": "provider",
    "segments_per_second": "1",
}


def senders(world: World) -> list[Sender]:
    with world.database.read() as session:
        return list(session.exec(select(Sender)))


@pytest.mark.parametrize(
    ("kind", "typed", "kept"),
    [
        ("short_code", "246 80 1", "246801"),
        ("long_code", "(202) 555-0123", "+12025550123"),
        ("toll_free", "+1 800 555 0199", "+18005550199"),
        ("messaging_service", "MG" + "0a" * 16, "MG" + "0a" * 16),
    ],
)
def test_a_sender_is_added(world: World, owner: Browser, kind: str, typed: str, kept: str) -> None:
    answer = owner.post("/settings/senders/new", SENDER | {"kind": kind, "address": typed})
    assert answer.location == "/settings"
    made = senders(world)[-1]
    assert (made.kind, made.address) == (SenderKind(kind), kept)
    assert made.replies_by is RepliesBy.provider


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"address": ""}, "Give the number"),
        ({"kind": "short_code", "address": "12"}, "3 to 8 digits"),
        ({"kind": "short_code", "address": "١٢٣٤٥"}, "3 to 8 digits"),
        ({"address": "not a number"}, "Enter one phone number in digits"),
        ({"kind": "messaging_service", "address": "MG123"}, "MG followed by 32"),
        ({"kind": "pigeon"}, "Not a valid choice."),
        ({"replies_by": "nobody"}, "Not a valid choice."),
        ({"segments_per_second": "0"}, "Give a rate"),
        ({"segments_per_second": "10001"}, "Give a rate"),
        ({"segments_per_second": "nan"}, "Give a rate"),
        ({"segments_per_second": "inf"}, "Give a rate"),
        ({"segments_per_second": "many"}, "Not a valid float value."),
    ],
)
def test_a_bad_sender_says_why(
    world: World, owner: Browser, fields: dict[str, str], reason: str
) -> None:
    page = owner.post("/settings/senders/new", SENDER | fields)
    assert page.status_code == 422
    assert reason in page.text
    assert len(senders(world)) == 1


def test_an_address_in_use_does_not_tell_by_whom(world: World, newcomer: Browser) -> None:
    page = newcomer.post(
        "/settings/senders/new", SENDER | {"kind": "short_code", "address": "24680"}
    )
    assert page.status_code == 422
    assert "in use in this installation already" in page.text
    assert "Neon" not in page.text


def test_a_sender_is_changed_and_keeps_its_own_address(world: World, owner: Browser) -> None:
    fields = SENDER | {"kind": "short_code", "address": "24680", "segments_per_second": "30.5"}
    assert owner.post("/settings/senders/1", fields).status_code == 302
    assert senders(world)[0].segments_per_second == 30.5
    assert "30.5" in owner.get("/settings").text


def test_an_unused_sender_is_deleted_and_a_used_one_is_kept(world: World, owner: Browser) -> None:
    owner.post("/settings/senders/new", SENDER)
    assert owner.post("/settings/senders/2/delete").location == "/settings"
    assert len(senders(world)) == 1
    owner.post("/settings/senders/1/delete")
    assert "Neon Nights sends from it" in owner.get("/settings/senders/1").text
    assert len(senders(world)) == 1


def test_the_addresses_for_the_provider_and_the_forged_requests(
    world: World, owner: Browser
) -> None:
    with world.database.write() as session:
        session.add(Counter(name="forged_webhook", day=datetime.now(UTC).date(), value=1234))
    text = owner.get("/settings").text
    assert "http://marquee.test/webhooks/twilio/inbound" in text
    assert "http://marquee.test/webhooks/twilio/status" in text
    assert "1,234" in text


def test_members_of_this_organization_only(owner: Browser, newcomer: Browser) -> None:
    text = owner.get("/settings").text
    assert "owner@neon.example" in text
    assert "new@empty.example" not in text
