"""A sender holds in memory what sending needs; the provider's SDK is a sixth of it."""

import subprocess
import sys

_HEAVY = (
    *("twilio", "aiohttp", "requests", "flask", "alembic", "psycopg"),
    "confusable_homoglyphs.confusables",
)
_ASK = """import sys, scheduler.process, bot.keywords
print([name for name in {} if name in sys.modules])"""


def test_nothing_heavy_is_loaded_to_send() -> None:
    run = subprocess.run(
        [sys.executable, "-c", _ASK.format(_HEAVY)], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "[]"
