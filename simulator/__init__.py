"""A carrier on loopback: Twilio's HTTP API, phones to text from, and a mailbox.

Marquee talks to it exactly as it talks to Twilio (the real SDK, real HTTP, real signatures),
so the demo, the tests and the benchmarks all travel the real way. It imports nothing of the
product and shares no code with it: a mistake made twice would prove nothing.

Three doors, all on one loopback port:

- ``/2010-04-01/…``  Twilio's API (``simulator.twilio_api``)
- ``/control/…``     JSON for tests and for the page (documented in ``simulator/README.md``)
- ``/``              the page with the phones

In a test::

    with simulator.running(inbound_url="http://127.0.0.1:8000/webhooks/twilio/inbound") as carrier:
        carrier.text("+12025550100", "JOIN")
"""

from simulator.app import create_app
from simulator.client import SimulatorClient
from simulator.config import Config, ConfigError, Replies, Sender
from simulator.harness import running

__all__ = [
    "Config",
    "ConfigError",
    "Replies",
    "Sender",
    "SimulatorClient",
    "create_app",
    "running",
]
