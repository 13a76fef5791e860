"""How the web process serves, as the Procfile starts it."""

import http.client
import sys
from pathlib import Path

from tests.integration.commands.process import (
    ROOT,
    Running,
    clean_environment,
    eventually,
    free_ports,
    get,
)


def test_a_kept_connection_ends_with_an_answer_that_says_so(tmp_path: Path) -> None:
    """So that the connections of a load balancer come to be shared by the workers."""
    (port,) = free_ports(1)
    config = str(ROOT / "gunicorn.conf.py")
    server = ["-m", "gunicorn", "--config", config, "--bind", f"127.0.0.1:{port}", "wsgi:app"]
    environment = clean_environment(
        DATABASE_URL=f"sqlite:///{tmp_path}/marquee.sqlite3",
        SECRET_KEY="x" * 32,
        PUBLIC_BASE_URL="https://sms.example.com",
        TWILIO_ACCOUNT_SID="AC" + "1" * 32,
        TWILIO_AUTH_TOKEN="token",
    )
    with Running([sys.executable, *server], tmp_path, environment):
        eventually(lambda: get(port, "/healthz")[0] == 200)
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
        said = []
        while "close" not in said:
            connection.request("GET", "/healthz")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b'{"status":"ok"}\n')
            said.append(answer.headers["Connection"])
        connection.close()
    assert said == [*["keep-alive"] * 49, "close"]
