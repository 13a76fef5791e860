"""Reading the answer of an inbound webhook: TwiML for messages, or plain text.

Twilio, "TwiML for Programmable Messaging": ``<Response><Message>text</Message></Response>``,
or ``<Message><Body>…</Body><Media>url</Media></Message>``, as often as wanted.
"""

from dataclasses import dataclass
from urllib.parse import urljoin
from xml.etree import ElementTree

from simulator.webhooks import Answer


class TwimlError(ValueError):
    """An answer that Twilio could not use; carries its error code."""

    def __init__(self, code: int, reason: str) -> None:
        """Keep the code of the debugger's entry and the words for it."""
        super().__init__(f"{reason} (error {code})")
        self.code = code


@dataclass(frozen=True, slots=True)
class Reply:
    """One message that the webhook wants sent."""

    body: str
    media: tuple[str, ...] = ()
    to: str | None = None
    callback: str | None = None


def read_answer(answer: Answer, url: str) -> list[Reply]:
    """Return the messages of an answer, in order; raise TwimlError for an unusable one."""
    if not answer.ok:
        what = f"Webhook answered {answer.status}" if answer.status else "Webhook did not answer"
        raise TwimlError(11205 if answer.error == "ct" else 11200, what)
    if not answer.text.strip():
        return []
    if answer.content_type == "text/plain":
        return [Reply(answer.text)]
    if answer.content_type not in ("text/xml", "application/xml", "text/html"):
        raise TwimlError(12300, f"Webhook answered with {answer.content_type}, not XML")
    try:
        # The XML comes from the operator's own product on the same machine, and expat has
        # bounded entity expansion since 2.4.1.
        root = ElementTree.fromstring(answer.text.strip())  # noqa: S314
    except ElementTree.ParseError:
        raise TwimlError(12100, "Webhook answered with XML that does not parse") from None
    if root.tag != "Response":
        raise TwimlError(12100, "Webhook answered with XML that has no <Response>")
    return [_read_message(node, url) for node in root.findall("Message")]


def _read_message(node: ElementTree.Element, url: str) -> Reply:
    bodies = [_text(child) for child in node.findall("Body")]
    body = "".join(bodies) if bodies else (node.text or "").strip()
    callback = node.get("statusCallback") or node.get("action")
    return Reply(
        body=body,
        media=tuple(_text(child).strip() for child in node.findall("Media")),
        to=node.get("to"),
        callback=urljoin(url, callback) if callback else None,
    )


def _text(node: ElementTree.Element) -> str:
    return "".join(node.itertext())
