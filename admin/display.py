"""How templates write moments, counts, numbers of phones, states and strangers' texts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any
from urllib.parse import urlencode

from flask import Flask, request

from admin import costly, words
from admin.masking import shown_number, shown_text
from admin.words import Word
from messaging.consumer_link import without_key
from messaging.errors import meaning
from messaging.numbers import display
from models import (
    BroadcastStatus,
    ConsentKind,
    ConsentSource,
    DeliveryStatus,
    SkipReason,
    SubscriptionState,
    SuppressionReason,
)

# By the enum's class: members of two enums that share a string are equal to each other.
_WORDS: dict[type[StrEnum], Mapping[Any, Word]] = {
    BroadcastStatus: words.BROADCAST_WORDS,
    DeliveryStatus: words.DELIVERY_WORDS,
    SkipReason: words.SKIP_WORDS,
    ConsentKind: words.CONSENT_WORDS,
    ConsentSource: words.SOURCE_WORDS,
    SubscriptionState: words.SUBSCRIPTION_WORDS,
    SuppressionReason: words.SUPPRESSION_WORDS,
}


def register(app: Flask) -> None:
    """Add the filters to the templates of `app`."""
    app.jinja_env.globals.update(
        kind_word=lambda kind: word(ConsentKind(kind)),
        source_word=lambda source: word(ConsentSource(source)),
        costly_groups=costly.groups,
    )
    app.jinja_env.filters.update(
        iso=iso,
        utc=utc,
        thousands=thousands,
        phone=shown_number,
        business_number=display,
        personal=shown_text,
        word=word,
        visible=visible,
        sent_words=sent_words,
        page_url=page_url,
        part_url=part_url,
        provider_meaning=meaning,
        web_address=web_address,
        without_key=without_key,
    )


def iso(moment: datetime) -> str:
    """For a machine: "2026-11-27T19:00:00Z"."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def utc(moment: datetime) -> str:
    """For a reader whose zone is not known: "27 Nov 2026, 19:00 UTC"."""
    at = moment.astimezone(UTC)
    return f"{at.day} {at:%b %Y, %H:%M} UTC"


def thousands(number: int) -> str:
    """1234 as "1,234"."""
    return f"{number:,}"


def word(state: StrEnum) -> Word:
    """What people read for a state; a state without a word of its own reads as it is stored."""
    known = _WORDS.get(type(state), {}).get(state)
    return known or Word(state.replace("_", " ").capitalize(), "", "secondary")


def sent_words(body: str) -> str:
    """The words of a broadcast, or that they were erased."""
    return body or "Erased when its time was over."


def visible(text: str) -> str:
    """A stranger's text with the characters that a page cannot hold made visible, e.g. NUL as ␀."""
    return "".join(
        chr(0x2400 + ord(character))
        if ord(character) < 32 and character not in "\n\r\t"
        else character
        for character in text
    )


def page_url(number: int) -> str:
    """The address of this page's table at another page number, with its filters."""
    return _address(("page", number), but=("page",))


def part_url(older: int) -> str:
    """The same at the part of the table below a key; 0 is its beginning."""
    return _address(("older", older), but=("page", "older"))


def _address(more: tuple[str, int], but: tuple[str, ...]) -> str:
    filters = [item for item in request.args.items(multi=True) if item[0] not in but]
    return f"{request.path}?{urlencode([*filters, (more[0], str(more[1]))])}"


def web_address(text: str) -> str:
    """A link's address as a stranger gave it, or nowhere if it is not one of the web's."""
    return text if text.startswith(("https://", "http://")) else "#"
