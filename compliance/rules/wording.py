"""How each thing that a carrier asks for is recognized in a text. Shared by all rules."""

import re

from compliance.rules.promises import told
from messaging.folding import plain_letters

# STOP as an instruction: in capitals, or after a verb of answering. "Don't stop the music" is
# not one, in capitals neither. Spanish, French, Portuguese and Russian programs tell their own
# words.
_STOP = (
    re.compile(r"\b(STOP|UNSUBSCRIBE|ARRET|ARRÊT|ALTO|PARAR|SAIR|СТОП)\b"),
    re.compile(
        r"\b(reply|text|txt|send|answer|responde|répondez|envía|ответьте)\W{0,3}stop\b"
        r"|\bstop\W{0,3}(to|2|=|for)\W{0,3}(end|stop|opt|cancel|quit|unsub)"
        r"|\bopt[ -]?out\b|\bunsubscribe\b",
        re.IGNORECASE,
    ),
)
_NO_ORDER = re.compile(
    r"\b(?:do not|don['’`]?t|can['’`]?t|won['’`]?t|never|non|full|bus|pit|first|last|next|one)"
    r"[\s-]+stop\b",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"\b(HELP|AYUDA|AIDE|AJUDA|ПОМОЩЬ|INFO)\b|\b(reply|text|txt|send)\W{0,3}help\b", re.UNICODE
)
# A contact is an e-mail address, a telephone number or a web address.
_CONTACT = re.compile(
    r"[^\s@]+@[^\s@]+\.[^\s@]+|\+?\d(?:[\s().-]?\d){6,}|\b(?:https?://|www\.)\S+"
    r"|\b[a-z0-9-]+\.(?:com|net|org|info|co|us|uk|ca|io|app|club|example)\b",
    re.IGNORECASE,
)
_RATES = re.compile(
    r"\b(?:msg|message)s?\s*(?:&|and|\+)\s*data\s+rates\s+may\s+apply", re.IGNORECASE
)
_NO_MORE = re.compile(
    r"\bno\s+(?:more|further)\s+(?:messages?|msgs?|texts?)"
    r"|\bwill\s+not\s+(?:receive|get)\s+(?:any\s+)?(?:more|further)",
    re.IGNORECASE,
)
_RECURRING = re.compile(
    r"\brecurring\b|\b(?:msg|message)s?\.?\s+frequency\b"
    r"|\b\d+\s*(?:msgs?|messages?|texts?|alerts?)\s*(?:/|per\b|an?\b|each\b|every\b)"
    r"|\b(?:msgs?|messages?|texts?|alerts?)\s*(?:/|per\s|an?\s|each\s|every\s)\s*"
    r"(?:day|week|month|mo|wk)\b|\b(?:daily|weekly|monthly)\b",
    re.IGNORECASE,
)
_YES = re.compile(r"\b(?:YES|SÍ|SI|OUI|SIM|ДА|JA)\b|\breply\W{0,3}(?:yes|y)\b", re.IGNORECASE)
_NO_CONDITION = re.compile(
    r"\b(?:not|no)\s+(?:a\s+)?(?:condition|requirement|required)\b", re.IGNORECASE
)
_NOT_SHARED = re.compile(
    r"\bno\b[^.]{0,60}\b(?:is|are|will be)\s+(?:shared|sold)\b"
    r"|\bnot\s+(?:be\s+)?(?:share|sell|shared|sold)\b|\bnever\s+(?:shared?|sold|sell)\b",
    re.IGNORECASE,
)
# Offers and invitations have no place in the one answer to a STOP (47 CFR 64.1200(a)(12)).
_MARKETING = re.compile(
    r"\b(?:offers?|sale|discount|deals?|coupon|promo|save|buy|shop|tickets?|free|win|party|tonight"
    r"|event|rejoin|come back|miss you|join (?:us|again)|\d+\s?%)(?:\W|$)|https?://|\bwww\.",
    re.IGNORECASE,
)
_LONGER_WORD = re.compile(r"[^\W\d_]{4,}")
_WORD = re.compile(r"[^\W\d_]{3,}")
_EXCLAIMED = re.compile(r"!{3}|[!?]{4}")
_CAPITALS_MEANT = frozenset(
    ("STOP", "HELP", "JOIN", "INFO", "CANCEL", "QUIT", "END", "YES", "REPLY", "TEXT", "RSVP")
)


def tells_stop(text: str) -> bool:
    """Whether a text says how to stop."""
    rest = _NO_ORDER.sub(" ", text)
    return any(pattern.search(rest) for pattern in _STOP)


def tells_help(text: str) -> bool:
    """Whether a text says how to get help: the HELP keyword, or a contact."""
    return _HELP.search(text) is not None or gives_contact(text)


def gives_contact(text: str) -> bool:
    """Whether a text holds an e-mail address, a telephone number or a web address."""
    return _CONTACT.search(text) is not None


def tells_rates(text: str) -> bool:
    """Whether a text says that message and data rates may apply."""
    return _RATES.search(text) is not None


def says_no_more(text: str) -> bool:
    """Whether a text says that no more messages come."""
    return _NO_MORE.search(text) is not None


def tells_recurring(text: str) -> bool:
    """Whether a text says that messages recur, or how often."""
    return _RECURRING.search(text) is not None or bool(told(text))


def asks_for_yes(text: str) -> bool:
    """Whether a text asks for a YES."""
    return _YES.search(text) is not None


def is_no_condition(text: str) -> bool:
    """Whether a text says that consent is no condition of a purchase."""
    return _NO_CONDITION.search(text) is not None and "purchase" in text.casefold()


def is_not_shared(text: str) -> bool:
    """Whether a text says that data is not shared for marketing."""
    return _NOT_SHARED.search(text) is not None and "marketing" in text.casefold()


def marketing_in(text: str, program_name: str) -> str | None:
    """What sells something in a text, apart from the program's own name, or None."""
    found = _MARKETING.search(plain(text).replace(plain(program_name), ""))
    return found[0].strip() if found else None


def names(text: str, program_name: str) -> bool:
    """Whether a text names the program, whatever its case and spacing."""
    name = plain(program_name)
    return bool(name) and name in plain(text)


def mentions(text: str, description: str, program_name: str) -> bool:
    """Whether a text says what people get: it shares a word of four letters or more with the
    description, beside the program's name."""
    rest = plain(text).replace(plain(program_name), " ") if program_name else plain(text)
    words = set(_LONGER_WORD.findall(description.casefold()))
    return bool(words & set(_LONGER_WORD.findall(rest)))


def shouts(text: str, program_name: str = "") -> bool:
    """Whether more than half of a text's words of three letters or more, three at least, are in
    capitals, or three exclamation marks stand together. Keywords are meant to be in capitals, and
    a program's name is written as it likes."""
    text, program_name = plain_letters(text), plain_letters(program_name)
    named = set(_WORD.findall(program_name.upper()))
    words = [word for word in _WORD.findall(text) if word.upper() not in _CAPITALS_MEANT | named]
    capitals = [word for word in words if word.isupper()]
    is_loud = len(capitals) >= 3 and len(capitals) * 2 > len(words)
    return is_loud or _EXCLAIMED.search(text) is not None


def plain(text: str) -> str:
    """A text without what does not distinguish names: case and spacing."""
    return " ".join(text.casefold().split())
