"""Measures one contender once: the product's blast, a bare client, or the carrier itself."""

import subprocess
import sys
import time
from urllib.parse import urlencode

from benchmarks import native
from benchmarks.blast import must_be_whole, whole_blast
from benchmarks.blast import running as product_running
from benchmarks.clients import form
from benchmarks.native import Carrier
from benchmarks.place import ACCOUNT_SID, Place
from benchmarks.processes import ROOT, Failed, Processes, inherited

_CONNECTIONS = 64


def product(place: Place, count: int, latency_ms: int = 0, in_flight: int = 100) -> float:
    """Messages a second of a whole blast on SQLite, in one process."""
    with (
        place.sqlite(count) as url,
        product_running(place, url, latency_ms=latency_ms, in_flight=in_flight) as run,
    ):
        return whole_blast(run, count).rate


def client(place: Place, kind: str, count: int, latency_ms: int = 0, in_flight: int = 100) -> float:
    """Messages a second of a bare client in a process of its own, by its own clock; Failed unless
    the carrier took each message once."""
    with Processes(place.folder) as processes:
        carrier = Carrier(processes, place.folder, latency_ms)
        command = [sys.executable, "-m", "benchmarks.clients", kind, carrier.url]
        done = subprocess.run(
            [*command, str(count), str(in_flight)],
            cwd=ROOT,
            env=inherited(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise Failed(f"The {kind} client failed: {done.stderr.strip().splitlines()[-1]}")
        time.sleep(0.2)  # until the carrier's journal is written
        must_be_whole(carrier.sent(), range(count))
        return float(done.stdout)


def carrier(place: Place, count: int) -> float:
    """Requests a second that the carrier itself answers to a client in C."""
    requests = place.folder / "carrier.requests"
    native.write_requests(requests, (_as_twilio_gets_it(index) for index in range(count)))
    with Processes(place.folder) as processes:
        port = Carrier(processes, place.folder).port
        load = native.run_load(place.folder, port, requests, connections=_CONNECTIONS)
    requests.unlink()
    if load.statuses != {"201": count}:
        raise Failed(f"The carrier refused its own load: {load}")
    return load.rate


def _as_twilio_gets_it(index: int) -> bytes:
    path = f"/2010-04-01/Accounts/{ACCOUNT_SID}/Messages.json"
    return native.post(path, urlencode(form(index)).encode(), Authorization="Basic " + "x" * 68)
