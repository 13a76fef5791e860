"""That a contender does what its row says: the same request, and every message counted once."""

import asyncio
from pathlib import Path
from urllib.parse import parse_qsl

import pytest

from benchmarks import clients
from benchmarks.blast import must_be_whole
from benchmarks.checker import Sent
from benchmarks.place import ACCOUNT_SID, AUTH_TOKEN, BASE_URL, SECRET_KEY
from benchmarks.processes import Failed
from benchmarks.rows import receipts
from benchmarks.world import number
from messaging.providers import Outgoing
from messaging.providers.twilio_client import TwilioProvider
from messaging.receipt_address import ReceiptAddresses
from models.database import Database
from models.submitting import VALIDITY

DELIVERY = 1234
SIGNATURE = 27  # characters


async def posted(message: Outgoing) -> bytes:
    """The form in which the product posts this message."""
    bodies = []

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        bodies.append(await reader.readexactly(length))
        body = b'{"sid": "SM' + b"1" * 32 + b'"}'
        writer.write(b"HTTP/1.1 201 Created\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    provider = TwilioProvider(ACCOUNT_SID, AUTH_TOKEN, f"http://127.0.0.1:{port}")
    await provider.send(message)
    await provider.close()
    server.close()
    return bodies[0]


def without_signature(address: str) -> str:
    before, dot, rest = address.rpartition("-1.")
    return before + dot + "s" * SIGNATURE + rest[SIGNATURE:]


def test_a_bare_client_posts_what_the_product_posts() -> None:
    address = ReceiptAddresses(BASE_URL, SECRET_KEY).of(DELIVERY, 1)
    validity = int(VALIDITY.total_seconds())
    bare = clients.form(DELIVERY)
    ours = Outgoing(bare["From"], number(DELIVERY), bare["Body"], address, validity)
    product = dict(parse_qsl(asyncio.run(posted(ours)).decode()))
    for one in (product, bare):
        one["StatusCallback"] = without_signature(one["StatusCallback"])
    assert bare == product


def test_a_contender_has_no_figure_unless_the_carrier_took_each_message_once() -> None:
    sent = [Sent(1.0, number(index), "-", "SM") for index in range(3)]
    must_be_whole(sent, range(3))
    for wrong in (sent[:2], [*sent, sent[0]], [*sent, Sent(1.0, number(3), "-", "SM")]):
        with pytest.raises(Failed):
            must_be_whole(wrong, range(3))


def test_a_lost_receipt_leaves_no_figure(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(receipts, "_PATIENCE", 0.0)
    monkeypatch.setattr(receipts, "_delivered", lambda _: 9)
    database = Database(f"sqlite:///{tmp_path / 'nobody.sqlite3'}")
    assert receipts._until_all_are_there(database, 9) < 1
    with pytest.raises(Failed, match="1 of 10"):
        receipts._until_all_are_there(database, 10)
