"""A phone texts a sender: the signed post to the product, and what comes back."""

from dataclasses import dataclass, field
from typing import Any

from simulator import optout
from simulator.behaviour import Settings
from simulator.config import Config, Replies, Sender
from simulator.numbers import place_of
from simulator.receipts import Receipts
from simulator.segments import count_segments
from simulator.store import Message, Store
from simulator.twiml import Reply, TwimlError, read_answer
from simulator.webhooks import Answer, Webhooks


@dataclass(frozen=True, slots=True)
class Exchange:
    """A text and its answers: the webhook's HTTP status (0 for none) and every reply shown."""

    sid: str
    status: int
    replies: list[Message] = field(default_factory=list)
    error: str | None = None

    @property
    def ok(self) -> bool:
        """Tell whether the webhook answered well."""
        return self.error is None

    def asdict(self) -> dict[str, Any]:
        """Return the exchange as the control API shows it."""
        return {
            "sid": self.sid,
            "webhook_status": self.status,
            "replies": [reply.body for reply in self.replies],
            "error": self.error,
        }


class Inbound:
    """The carrier's side of a text from a phone."""

    def __init__(
        self, config: Config, store: Store, webhooks: Webhooks, receipts: Receipts
    ) -> None:
        """Know the senders; more can be added to ``senders`` while it runs."""
        self._config = config
        self._store = store
        self._webhooks = webhooks
        self._receipts = receipts
        self.senders = {sender.number: sender for sender in config.senders}

    async def text(
        self, settings: Settings, phone: str, to: str, body: str, media: tuple[str, ...] = ()
    ) -> Exchange:
        """Let a phone text a sender and return when everything that came back is on it."""
        sender = self.senders.get(to, Sender(to))
        message = self._store.add(
            sender=phone,
            to=to,
            body=body,
            direction="inbound",
            status="received",
            segments=count_segments(body),
            media=media,
        )
        message.sent = message.created
        keyword = optout.keyword_of(sender.replies, body)
        shown = []
        if keyword is not None:
            words = optout.apply(self._store.blocked, (to, phone), keyword)
            if words is not None:
                # Twilio's own answer to STOP passes the block that STOP just set.
                shown.append(self._reply(message, Reply(words), from_carrier=True))
        if not settings.inbound_url:
            self._store.note(phone, "No webhook is set: nobody was told of this text")
            return Exchange(message.sid, 0, shown, "no webhook is set")
        form = inbound_form(self._config.account_sid, message)
        if keyword is not None and sender.replies is Replies.ADVANCED_OPT_OUT:
            form["OptOutType"] = keyword
        answer = await self._webhooks.post(
            "inbound", settings.inbound_url, form, sid=message.sid, label="inbound"
        )
        return await self._take(settings, message, answer, shown)

    async def _take(
        self, settings: Settings, message: Message, answer: Answer, shown: list[Message]
    ) -> Exchange:
        """Turn the webhook's answer into messages on the phone, or into a note."""
        try:
            wanted = read_answer(answer, settings.inbound_url)
        except TwimlError as error:
            self._store.note(message.sender, str(error))
            return Exchange(message.sid, answer.status, shown, str(error))
        for reply in wanted:
            sent = self._reply(message, reply)
            shown.append(sent)
            if sent.status != "failed":
                await self._receipts.follow(sent, settings)
        return Exchange(message.sid, answer.status, shown)

    def _reply(self, message: Message, reply: Reply, *, from_carrier: bool = False) -> Message:
        to = reply.to or message.sender
        blocked = not from_carrier and (message.to, to) in self._store.blocked
        sent = self._store.add(
            sender=message.to,
            to=to,
            body=reply.body,
            direction="outbound-reply",
            status="queued",
            segments=count_segments(reply.body),
            media=reply.media,
            callback=reply.callback,
            from_carrier=from_carrier,
        )
        if blocked:
            self._store.advance(sent, "failed", 21610)
        elif from_carrier:
            self._store.advance(sent, "delivered")
        return sent


def inbound_form(account_sid: str, message: Message) -> dict[str, str]:
    """Build the form of an inbound webhook (Twilio, "TwiML request parameters")."""
    place = place_of(message.sender)
    form = {
        "AccountSid": account_sid,
        "ApiVersion": "2010-04-01",
        "Body": message.body,
        "From": message.sender,
        "FromCity": place.city,
        "FromCountry": place.country,
        "FromState": place.state,
        "FromZip": place.zip,
        "MessageSid": message.sid,
        "NumMedia": str(len(message.media)),
        "NumSegments": str(message.segments),
        "SmsMessageSid": message.sid,
        "SmsSid": message.sid,
        "SmsStatus": "received",
        "To": message.to,
        "ToCity": "",
        "ToCountry": "US",
        "ToState": "",
        "ToZip": "",
    }
    for index, url in enumerate(message.media):
        form[f"MediaUrl{index}"] = url
        form[f"MediaContentType{index}"] = "image/png"
    return form
