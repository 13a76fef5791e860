"""8. Joins and STOPs racing: many texts of one phone at once, answered by several processes."""

import threading
import uuid
from collections import defaultdict

from tests.faults.conftest import Install
from tests.faults.model import TEXTS, Person, Text, possible
from tests.faults.phones import Exchange, Line
from tests.faults.processes import Installation
from tests.faults.seeds import Chance, count

HISTORIES, LONGEST, THREADS = count(50, 5_000), 5, 8

Sent = tuple[str, str, str]  # phone, body, sid


def test_state_is_that_of_one_text_after_the_other(install: Install, chance: Chance) -> None:
    site = install(0)
    site.web()
    site.promoter()
    histories = [_history(chance, f"+1212{3_000_000 + number}") for number in range(HISTORIES)]
    answers = _race(site, histories)
    found = _standing(site)
    for history in histories:
        phone = history[0][0]
        stands = found.get(phone, Person())
        assert stands in possible(_texts(history, answers)), (phone, history, stands)


def _history(chance: Chance, phone: str) -> list[Sent]:
    """Some texts of one phone; now and then the provider posts one of them twice."""
    bodies = chance.choices(TEXTS, k=chance.randint(2, LONGEST))
    texts = [(phone, body, f"SM{uuid.uuid4().hex}") for body in bodies]
    return texts + chance.sample(texts, chance.randint(0, 1))


def _race(site: Installation, histories: list[list[Sent]]) -> dict[str, list[Exchange]]:
    """Post everything, a history's texts beside each other; by sid, each post's exchange."""
    waiting = [text for history in histories for text in history][::-1]
    answers: dict[str, list[Exchange]] = defaultdict(list)

    def post() -> None:
        line = Line(site.port)
        while True:
            try:
                phone, body, sid = waiting.pop()
            except IndexError:
                return
            answers[sid].append(line.text(phone, body, sid))

    threads = [threading.Thread(target=post) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for posts in answers.values():
        assert {post.status for post in posts} == {200}
        assert len({post.reply for post in posts}) == 1, "a copy got another reply"
    return answers


def _texts(history: list[Sent], answers: dict[str, list[Exchange]]) -> list[Text]:
    """Each text once, whatever copies of it there were; the first answer bounds its effect."""
    bodies = {sid: body for _, body, sid in history}
    return [
        Text(
            body,
            min(post.asked_at for post in answers[sid]),
            min(post.answered_at for post in answers[sid]),
        )
        for sid, body in bodies.items()
    ]


def _standing(site: Installation) -> dict[str, Person]:
    """Where everybody stands, from the tables."""
    with site.rows.snapshot() as ask:
        states = dict(
            ask(
                "SELECT phone_number, state FROM subscription "
                "JOIN subscriber ON subscriber.id = subscriber_id"
            )
        )
        lists = defaultdict(set)
        for phone, name in ask(
            "SELECT phone_number, list.name FROM list_subscription "
            "JOIN subscription ON subscription.id = subscription_id "
            "JOIN subscriber ON subscriber.id = subscriber_id "
            "JOIN list ON list.id = list_id"
        ):
            lists[phone].add(name)
        suppressed = {row[0] for row in ask("SELECT phone_number FROM suppression")}
        events = dict(
            ask(
                "SELECT phone_number, COUNT(*) FROM consent_event "
                "JOIN subscriber ON subscriber.id = subscriber_id GROUP BY phone_number"
            )
        )
    return {
        phone: Person(
            states.get(phone), frozenset(lists[phone]), phone in suppressed, events.get(phone, 0)
        )
        for phone in {*states, *suppressed, *events}
    }
