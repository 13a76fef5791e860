"""The adapter over the real SDK and real HTTP, against the simulated carrier."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest

import simulator
from messaging.errors import Outcome
from messaging.providers import Accepted, Found, NoPlace, Outgoing, SendError
from messaging.providers.twilio_client import TwilioProvider
from messaging.providers.twilio_sdk import check_log_in
from simulator import SimulatorClient

PHONE = "+12025550123"
T = TypeVar("T")


@pytest.fixture
def carrier() -> Iterator[SimulatorClient]:
    with simulator.running() as client:
        yield client


def message(to: str = PHONE, sender: str = "24680", body: str = "Doors at 9") -> Outgoing:
    return Outgoing(sender, to, body, None, 600)


def with_provider(
    carrier: SimulatorClient,
    use: Callable[[TwilioProvider], Awaitable[T]],
    *,
    token: str | None = None,
    timeout: float = 5,
    url: str | None = None,
    places: int | None = None,
) -> T:
    async def main() -> T:
        provider = TwilioProvider(
            carrier.account_sid,
            token or carrier.auth_token,
            url or carrier.base_url,
            timeout=timeout,
            places=places,
        )
        try:
            return await use(provider)
        finally:
            await provider.close()

    return asyncio.run(main())


def send(carrier: SimulatorClient, outgoing: Outgoing, **options: object) -> Accepted:
    return with_provider(carrier, lambda p: p.send(outgoing), **options)  # type: ignore[arg-type]


def refusal(carrier: SimulatorClient, outgoing: Outgoing, **options: object) -> SendError:
    with pytest.raises(SendError) as refused:
        send(carrier, outgoing, **options)
    return refused.value


def test_a_message_is_fetched_by_its_sid(carrier: SimulatorClient) -> None:
    carrier.settings(overrides={PHONE: {"status": "undelivered", "code": 30005}})
    taken = send(carrier, message())
    assert carrier.wait_until_idle()
    held = with_provider(carrier, lambda p: p.fetch(taken.sid))
    assert held is not None
    assert (held.sid, held.status, held.error_code) == (taken.sid, "undelivered", 30005)
    assert with_provider(carrier, lambda p: p.fetch("SM" + "0" * 32)) is None
    with pytest.raises(SendError):
        with_provider(carrier, lambda p: p.fetch(taken.sid), token="wrong")


def test_a_message_is_taken_and_found_again(carrier: SimulatorClient) -> None:
    before = datetime.now(UTC) - timedelta(seconds=5)
    accepted = send(carrier, message())
    found: list[Found] = with_provider(carrier, lambda p: p.find(PHONE, before))
    assert [one.sid for one in found] == [accepted.sid]
    assert (found[0].sender, found[0].body) == ("24680", "Doors at 9")
    assert carrier.received(PHONE) == ["Doors at 9"]


@pytest.mark.parametrize(
    ("to", "code", "outcome"),
    [
        ("+15005550001", 21211, Outcome.permanent),
        ("+15005550002", 21612, Outcome.permanent),
        ("+15005550003", 21408, Outcome.pause),
        ("+15005550004", 21610, Outcome.suppress),
        ("+15005550009", 21614, Outcome.permanent),
    ],
)
def test_the_magic_numbers_lead_to_their_outcome(
    carrier: SimulatorClient, to: str, code: int, outcome: Outcome
) -> None:
    error = refusal(carrier, message(to=to))
    assert (error.code, error.outcome) == (code, outcome)


def test_a_wrong_token_pauses(carrier: SimulatorClient) -> None:
    error = refusal(carrier, message(), token="wrong")
    assert (error.code, error.outcome) == (20003, Outcome.pause)
    with pytest.raises(SendError):
        check_log_in(carrier.account_sid, "wrong", carrier.base_url)
    check_log_in(carrier.account_sid, carrier.auth_token, carrier.base_url)


@pytest.mark.parametrize(
    ("fault", "outcome", "taken"),
    [
        ("rate_limited", Outcome.slow_down, 0),
        ("server_error", Outcome.unknown, 0),
        ("unavailable", Outcome.retry, 0),
        ("reset_before", Outcome.unknown, 0),
        ("reset_after", Outcome.unknown, 1),
        ("time_out", Outcome.unknown, 1),
        ("garbage", Outcome.unknown, 1),
        ("no_sid", Outcome.unknown, 1),
    ],
)
def test_a_fault_is_read_safely(
    carrier: SimulatorClient, fault: str, outcome: Outcome, taken: int
) -> None:
    carrier.settings(**{f"{fault}_share": 1, "time_out_seconds": 5})
    assert refusal(carrier, message(), timeout=1).outcome is outcome
    assert len(carrier.messages(to=PHONE)) == taken


def test_what_finds_no_place_never_leaves_and_can_be_sent_again(carrier: SimulatorClient) -> None:
    carrier.settings(time_out_share=1, time_out_seconds=1)

    async def two_at_once(provider: TwilioProvider) -> list[Accepted | BaseException]:
        sends = (provider.send(message(body=body)) for body in ("first", "second"))
        answers = await asyncio.gather(*sends, return_exceptions=True)
        carrier.settings(time_out_share=0)
        return [*answers, await provider.send(message(body="second, again"))]

    first, second, again = with_provider(carrier, two_at_once, places=1)
    assert isinstance(first, Accepted)
    assert isinstance(second, NoPlace)
    assert isinstance(again, Accepted)
    assert carrier.received(PHONE) == ["first", "second, again"]


def test_nobody_there_means_that_nothing_left(carrier: SimulatorClient) -> None:
    assert refusal(carrier, message(), url="http://127.0.0.1:9").outcome is Outcome.retry


def test_the_environment_does_not_move_the_api(
    carrier: SimulatorClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TWILIO_EDGE", "sydney")
    monkeypatch.setenv("TWILIO_REGION", "au1")
    assert send(carrier, message()).sid.startswith("SM")
