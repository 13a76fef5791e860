"""Jasmin 0.11.1 with RabbitMQ and Redis: its HTTP API takes messages, an SMPP connector sends them.

Jasmin speaks SMPP alone towards carriers, so its carrier is `smpp_carrier`, which is as fast as
the HTTP one is to it. Set up over its console as its manual's first steps do, with the connector's
throttle (one message a second by default) switched off.
"""

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.checker import read_journal
from benchmarks.clients import form
from benchmarks.native import get, run_load, write_requests
from benchmarks.peers.console import converse
from benchmarks.peers.flow import Flow, drained
from benchmarks.place import Place
from benchmarks.processes import Failed, Processes, answers, free_port, inherited

_CONNECTIONS = 16
_CONFIGURATION = """
[amqp-broker]
port = {amqp}
spec = {spec}
log_level = ERROR
[redis-client]
port = {redis}
log_level = ERROR
[http-api]
bind = 127.0.0.1
port = {http}
access_log = /dev/null
log_level = ERROR
[router]
bind = 127.0.0.1
port = {router}
log_level = ERROR
[client-management]
bind = 127.0.0.1
port = {clients}
log_level = ERROR
[jcli]
authentication = no
port = {console}
log_level = ERROR
[smpp-server]
bind = 127.0.0.1
port = {server}
log_level = ERROR
[sm-listener]
log_level = ERROR
"""


def measure(place: Place, count: int) -> float:
    """Messages a second from the first one given to Jasmin until the carrier has the last."""
    folder = place.folder / "jasmin-run"
    shutil.rmtree(folder, ignore_errors=True)
    for name in ("store", "log", "etc", "mnesia"):
        (folder / name).mkdir(parents=True)
    ports = {
        name: free_port()
        for name in (
            *("amqp", "redis", "http", "router", "clients", "console"),
            *("server", "smpp", "epmd", "dist"),
        )
    }
    with Processes(place.folder) as processes:
        journal = _start(place.folder, folder, processes, ports)
        file = place.folder / "jasmin.requests"
        write_requests(file, (_request(index) for index in range(count)))
        flow = Flow(lambda: read_journal(journal.read_text()), count)
        load = run_load(place.folder, ports["http"], file, connections=_CONNECTIONS, seconds=300)
        file.unlink()
        return drained(processes, flow, load)


def _start(home: Path, folder: Path, processes: Processes, ports: Mapping[str, int]) -> Path:
    """Everything from the carrier to Jasmin; the carrier's journal."""
    journal = folder / "carrier.journal"
    carrier = [sys.executable, "-m", "benchmarks.peers.smpp_carrier"]
    processes.start("smpp-carrier", [*carrier, str(ports["smpp"]), str(journal)], inherited())
    redis = ["redis-server", "--port", str(ports["redis"]), "--bind", "127.0.0.1", "--save", ""]
    processes.start("redis", [*redis, "--dir", str(folder)], inherited())
    _start_rabbitmq(folder, processes, ports)
    environment = home / "jasmin"
    config = folder / "etc" / "jasmin.cfg"
    config.write_text(_CONFIGURATION.format(spec=_specification(environment), **ports))
    settings = {
        "ROOT_PATH": str(folder),
        "CONFIG_PATH": str(config.parent),
        "STORE_PATH": str(folder / "store"),
        "LOG_PATH": str(folder / "log"),
    }
    command = [str(environment / "bin" / "python"), str(environment / "bin" / "jasmind.py")]
    options = ["-c", str(config), "-u", "jcliadmin", "-p", "jclipwd"]
    processes.start("jasmin", [*command, *options], inherited() | settings)
    for name in ("smpp", "redis", "http", "console"):
        port = ports[name]
        processes.wait_for(lambda port=port: answers(port), f"Jasmin's {name}")  # type: ignore[misc]
    converse(ports["console"], _set_up(ports["smpp"]))
    return journal


def _start_rabbitmq(folder: Path, processes: Processes, ports: Mapping[str, int]) -> None:
    """The broker as a process of ours, and Erlang's port mapper, so that both end with us."""
    env = inherited() | {
        "HOME": str(folder),
        "ERL_EPMD_PORT": str(ports["epmd"]),
        "ERL_EPMD_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODENAME": "benchmark@localhost",
        "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
        "RABBITMQ_NODE_PORT": str(ports["amqp"]),
        "RABBITMQ_DIST_PORT": str(ports["dist"]),
        "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
        "RABBITMQ_LOG_BASE": str(folder / "log"),
        "RABBITMQ_LOGS": "-",
        "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "plugins"),
        "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq"),
        "RABBITMQ_CONF_ENV_FILE": str(folder / "none"),
    }
    processes.start("epmd", ["epmd", "-port", str(ports["epmd"]), "-address", "127.0.0.1"], env)
    processes.wait_for(lambda: answers(ports["epmd"]), "Erlang's port mapper")
    # Not Debian's wrapper, which would become another user that may not enter our folder.
    processes.start("rabbitmq", ["/usr/lib/rabbitmq/bin/rabbitmq-server"], env)
    processes.wait_for(lambda: answers(ports["amqp"]), "RabbitMQ", 120)


def _specification(environment: Path) -> Path:
    """The protocol's description, which the package lacks and one of its libraries has."""
    for file in environment.rglob("amqp0-9-1.stripped.xml"):
        return file
    raise Failed("Jasmin is not installed whole. Remove its folder and run: make bench-peers")


def _set_up(smpp_port: int) -> list[str]:
    connector = ["cid carrier", "host 127.0.0.1", f"port {smpp_port}", "username benchmark"]
    return [
        "group -a",
        "gid benchmark",
        "ok",
        "user -a",
        "username benchmark",
        "password benchmark",
        "gid benchmark",
        "uid benchmark",
        "ok",
        "smppccm -a",
        *connector,
        "password bench",
        "submit_throughput 0",
        "loglevel 40",
        "ok",
        "mtrouter -a",
        "type defaultroute",
        "connector smppc(carrier)",
        "rate 0.0",
        "ok",
        "smppccm -1 carrier",
    ]


def _request(index: int) -> bytes:
    one = form(index)
    query = {
        "username": "benchmark",
        "password": "benchmark",
        "from": one["From"],
        "to": one["To"],
        "content": one["Body"],
    }
    return get(f"/send?{urlencode(query)}")
