"""People who go on texting while something is broken, and what became of their texts."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from tests.faults.phones import Exchange, Line
from tests.faults.processes import Installation
from tests.integration.commands.process import eventually

_PAUSE = 0.05  # seconds between two texts of one line
LINES = 4


class Traffic:
    """New phones that text JOIN, one after the other on each of a few lines."""

    def __init__(self, site: Installation) -> None:
        self._site, self._over = site, threading.Event()
        self.exchanges: list[Exchange] = []
        self._lines = [
            threading.Thread(target=self._text, args=(line,), daemon=True) for line in range(LINES)
        ]

    def __enter__(self) -> "Traffic":
        for line in self._lines:
            line.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for line in self._lines:
            line.join(120)

    def _text(self, number: int) -> None:
        line, phone = Line(self._site.port), 3_000_000 + number * 100_000
        while not self._over.wait(_PAUSE):
            phone += 1
            self.exchanges.append(line.text(f"+1212{phone}", "JOIN"))

    def goes_well_again(self) -> None:
        """Wait until texts are answered with 200 one after the other."""

        def well() -> bool:
            latest = self.exchanges[-10:]
            since = time.time() - 5
            return len(latest) == 10 and all(e.status == 200 and e.asked_at > since for e in latest)

        eventually(well, 60, f"texts are not answered: {self.exchanges[-5:]}")


def check_no_answer_without_a_commit(site: Installation, exchanges: list[Exchange]) -> None:
    """Each text that was answered with 200 is in the tables, with what it did."""
    joined = {
        row[0]
        for row in site.rows.ask(
            "SELECT message_sid FROM inbound_message "
            "JOIN subscription ON subscription.subscriber_id = inbound_message.subscriber_id "
            "WHERE subscription.state = 'subscribed'"
        )
    }
    answered = {exchange.sid for exchange in exchanges if exchange.status == 200}
    assert answered, "no text was answered at all"
    assert answered - joined == set()


@contextmanager
def while_texting(site: Installation) -> Iterator[Traffic]:
    """Texts come before, during and after the block; afterwards no answer was a lie."""
    with Traffic(site) as traffic:
        traffic.goes_well_again()
        yield traffic
        traffic.goes_well_again()
    check_no_answer_without_a_commit(site, traffic.exchanges)
