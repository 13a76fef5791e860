"""What an experienced promoter would say about a draft: advice, never a refusal.

Carriers require these of a program as a whole, not of each single message, so a member may know
better; what must not be sent at all is refused elsewhere.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from messaging.segments import CostlyCharacter, costly_characters, measure


class Topic(StrEnum):
    """What an advice is about."""

    stop = "stop"
    brand = "brand"
    cost = "cost"
    short_link = "short_link"


@dataclass(frozen=True, slots=True)
class Advice:
    """One point: what is the matter (`text`), what to do (`remedy`), who says so (`source`)."""

    topic: Topic
    text: str
    remedy: str
    source: str


# STOP as an instruction: in capitals, or after a verb of answering. "Don't stop the music" is
# not one. Spanish, French, Portuguese and Russian programs tell their own words.
_STOP_WORDING = (
    re.compile(r"\b(STOP|UNSUBSCRIBE|ARRET|ARRÊT|ALTO|PARAR|SAIR|СТОП)\b"),
    re.compile(
        r"\b(reply|text|txt|send|answer|responde|répondez|envía|ответьте)\W{0,3}stop\b"
        r"|\bstop\W{0,3}(to|2|=|for)\W{0,3}(end|stop|opt|cancel|quit|unsub)"
        r"|\bopt[ -]?out\b|\bunsubscribe\b",
        re.IGNORECASE,
    ),
)

# Public shorteners hide where a link leads, so carriers filter them.
_SHORTENERS = frozenset(
    {"bit.ly", "tinyurl.com", "t.co", "goo.gl", "ow.ly", "is.gd", "buff.ly", "rebrand.ly"}
    | {"cutt.ly", "shorturl.at", "rb.gy", "t.ly", "tiny.cc", "v.gd", "soo.gd", "clck.ru"}
)
_FEW = 6
_LINK = re.compile(r"(?:https?://)?(?:[a-z0-9-]+\.)+[a-z]{2,}(?:/\S*)?", re.IGNORECASE)


def advice(body: str, program_name: str) -> list[Advice]:
    """What to mend in a draft of a broadcast; empty for an empty draft.

    Sources: CTIA Short Code Monitoring Handbook v1.8 (program name, STOP), CTIA Messaging
    Principles of May 2023, section 5 (sender identification, links), 3GPP TS 23.038 (alphabets).
    """
    if not body.strip():
        return []
    found = (_stop(body), _brand(body, program_name), _short_link(body), _cost(body))
    return [point for point in found if point]


def _stop(body: str) -> Advice | None:
    if any(pattern.search(body) for pattern in _STOP_WORDING):
        return None
    return Advice(
        Topic.stop,
        "The message does not say how to stop.",
        "Add “Reply STOP to end”. Carriers want it at least once a month; in every message "
        "is safest.",
        "CTIA Short Code Monitoring Handbook v1.8",
    )


def _brand(body: str, program_name: str) -> Advice | None:
    name = _plain(program_name)
    if not name or name in _plain(body):
        return None
    return Advice(
        Topic.brand,
        "The message does not say who it is from.",
        f"Begin with “{program_name}: ”, so that people recognize you.",
        "CTIA Messaging Principles, May 2023",
    )


def _short_link(body: str) -> Advice | None:
    for link in _LINK.findall(body):
        host = urlsplit(link if "//" in link else f"//{link}").hostname or ""
        if host.removeprefix("www.") in _SHORTENERS:
            return Advice(
                Topic.short_link,
                f"Carriers often block links from {host}.",
                "Use a link on your own domain.",
                "CTIA Messaging Principles, May 2023",
            )
    return None


def few_costly_characters(body: str) -> list[CostlyCharacter]:
    """The first of each character that alone keeps `body` out of the cheap alphabet.

    Empty for a text that is cheap anyway, and for one that is written in another script, where
    there is nothing to replace: up to six different characters count as few, if they are no more
    than a fifth of the text.
    """
    every = costly_characters(body)
    first: dict[str, CostlyCharacter] = {}
    for costly in every:
        first.setdefault(costly.character, costly)
    if len(first) > _FEW or len(every) * 5 > len(body):
        return []
    return list(first.values())


def _cost(body: str) -> Advice | None:
    few = few_costly_characters(body)
    if not few:
        return None
    plain = body
    for costly in few:
        plain = plain.replace(costly.character, costly.replacement or "")
    now, then = measure(body), measure(plain)
    if then.segments < now.segments:
        text = f"Special characters make this {now.segments} segments instead of {then.segments}."
    else:
        text = "Special characters leave room for 70 characters in a segment instead of 160."
    return Advice(Topic.cost, text, "Replace them to pay less.", "3GPP TS 23.038")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
