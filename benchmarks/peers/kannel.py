"""Kannel 1.4.5: its bearerbox sends by HTTP, as a generic gateway, and its smsbox takes messages.

Configuration after the user's guide's chapters on the core group, on `smsc = http` with
`system-type = generic`, and on sendsms. It keeps no store of messages, which is its default.
"""

from urllib.parse import urlencode

from benchmarks.clients import form
from benchmarks.native import Carrier, get, run_load, write_requests
from benchmarks.peers.flow import Flow, drained
from benchmarks.place import Place
from benchmarks.processes import Processes, answers, free_port, inherited

_CONNECTIONS = 32
_CONFIGURATION = """
group = core
admin-port = {admin}
admin-password = benchmark
smsbox-port = {smsbox}
box-allow-ip = 127.0.0.1
log-level = 3

group = smsc
smsc = http
smsc-id = carrier
system-type = generic
port = {inbound}
connect-allow-ip = 127.0.0.1
send-url = "http://127.0.0.1:{carrier}/send?to=%P&from=%p&body=%b"
status-success-regex = "Accepted"
generic-foreign-id-regex = "Accepted: ([A-Za-z0-9]+)"
max-pending-submits = {in_flight}

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-port = {sendsms}
log-level = 3

group = sendsms-user
username = benchmark
password = benchmark
default-smsc = carrier
max-messages = 1
"""


def measure(place: Place, count: int, latency_ms: int = 0, in_flight: int = 100) -> float:
    """Messages a second from the first one given to Kannel until the carrier has the last."""
    with Processes(place.folder) as processes:
        carrier = Carrier(processes, place.folder, latency_ms)
        sendsms = _start(place, processes, carrier.port, in_flight)
        file = place.folder / "kannel.requests"
        write_requests(file, (_request(index) for index in range(count)))
        flow = Flow(carrier.sent, count)
        load = run_load(place.folder, sendsms, file, connections=_CONNECTIONS)
        file.unlink()
        return drained(processes, flow, load)


def _start(place: Place, processes: Processes, carrier_port: int, in_flight: int) -> int:
    """Bearerbox and smsbox; the port that takes messages."""
    ports = {name: free_port() for name in ("admin", "smsbox", "inbound", "sendsms")}
    file = place.folder / "kannel.conf"
    file.write_text(_CONFIGURATION.format(carrier=carrier_port, in_flight=in_flight, **ports))
    processes.start("bearerbox", ["/usr/sbin/bearerbox", "-v", "4", str(file)], inherited())
    processes.wait_for(lambda: answers(ports["smsbox"]), "Kannel's bearerbox")
    processes.start("smsbox", ["/usr/sbin/smsbox", "-v", "4", str(file)], inherited())
    processes.wait_for(lambda: answers(ports["sendsms"]), "Kannel's smsbox")
    return ports["sendsms"]


def _request(index: int) -> bytes:
    one = form(index)
    query = {
        "username": "benchmark",
        "password": "benchmark",
        "from": one["From"],
        "to": one["To"],
        "text": one["Body"],
    }
    return get(f"/cgi-bin/sendsms?{urlencode(query)}")
