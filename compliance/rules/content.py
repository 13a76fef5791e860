"""Words that carriers forbid, or allow behind an age gate only (SHAFT), and the word "free".

Source: CTIA Short Code Monitoring Handbook v1.8 (prohibited content, age-gated content, misuse of
"free"), CTIA Messaging Principles of May 2023. A word list knows no irony: it is made so that what
a venue writes of a show passes ("Guns N' Roses tribute"), and it is no excuse for what it misses.
"""

import re
from dataclasses import dataclass

from messaging.folding import letters_in_words, undisguised


@dataclass(frozen=True, slots=True)
class Topic:
    """A family of content and the words that give it away."""

    name: str
    words: re.Pattern[str]


def _topic(name: str, *words: str, emoji: str = "") -> Topic:
    pictures = f"|[{emoji}]" if emoji else ""
    return Topic(name, re.compile(rf"\b(?:{'|'.join(words)})\b{pictures}", re.IGNORECASE))


# Never allowed, with an age gate or without one.
FORBIDDEN = (
    _topic(
        "sex",
        r"sex(?:y|ual|ually)?",
        r"porn\w*",
        r"xxx",
        r"nudes?",
        r"escorts?",
        r"hook ?-?ups?",
        r"onlyfans",
        r"strippers?",
        r"striptease",
        r"strip clubs?",
        r"lap ?dances?",
        r"topless",
        r"nsfw",
        r"bdsm",
        r"dildos?",
        r"sugar daddy",
        r"call ?girls?",
        r"swingers (?:club|night|party)",
        r"erotic\w*",
        r"fetish\w*",
        emoji="🔞",
    ),
    _topic(
        "hate",
        r"white power",
        r"heil hitler",
        r"nazis? rule",
        r"ethnic cleansing",
        r"race war",
        r"(?:kill|hate|death to|exterminate|deport) (?:all |the )?"
        r"(?:jews?|muslims?|blacks?|whites?|gays?|immigrants?|christians?|asians?)",
        r"nigg(?:er|a)s?",
        r"fagg?ots?",
        r"kikes?",
        r"trann(?:y|ies)",
    ),
)
# Allowed where it is legal, behind an age gate.
GATED = (
    _topic(
        "alcohol",
        r"alcohol\w*",
        r"beers?",
        r"wines?",
        r"vodka",
        r"whiske?ys?",
        r"tequila",
        r"rum",
        r"gin",
        r"cocktails?",
        r"margaritas?",
        r"champagne",
        r"prosecco",
        r"liquor",
        r"booze",
        r"happy hour",
        r"open bar",
        r"bottle service",
        r"jello shots?",
        r"shots? of",
        r"brewery",
        r"craft brews?",
        r"bourbon",
        r"scotch",
        r"mezcal",
        r"cognac",
        r"brandy",
        r"lagers?",
        r"ales?",
        r"pints?",
        r"kegs?",
        r"ciders?",
        r"sangria",
        r"mimosas?",
        r"martinis?",
        r"mojitos?",
        r"spritz",
        r"hard seltzers?",
        r"soju",
        r"drink specials?",
        r"free drinks?",
        r"(?:\d+|half)[- ]?(?:off|price) drinks?",
        r"drinks? (?:on us|free|are free)",
        r"free shots",
        r"pub crawl",
        emoji="🍺🍻🍷🍸🍹🍾🥂🥃🍶",
    ),
    _topic(
        "firearms",
        r"guns?",
        r"firearms?",
        r"rifles?",
        r"handguns?",
        r"shotguns?",
        r"pistols?",
        r"ammo",
        r"ammunition",
        r"ar-?15s?",
        r"ak-?47s?",
        r"glocks?",
        r"revolvers?",
        r"silencers?",
        emoji="🔫",
    ),
    _topic(
        "tobacco",
        r"tobacco",
        r"cigarettes?",
        r"cigars?",
        r"e-?cig\w*",
        r"vap(?:e|es|ing)",
        r"juul",
        r"nicotine",
        r"hookah",
        r"shisha",
        r"cannabis",
        r"marijuana",
        r"weed",
        r"thc",
        r"cbd",
        r"kratom",
        r"vapers?",
        r"cigarillos?",
        r"snus",
        r"zyn",
        r"edibles",
        r"pre-?rolls?",
        r"dispensary",
        r"delta[- ]?8",
        emoji="🚬",
    ),
)
# Names of bands, films and drinks without what they are named after.
_HARMLESS = re.compile(
    r"\bguns n['’`]? ?roses\b|\bsex pistols\b|\bsex and the city\b|\btop gun\b"
    r"|\b(?:glue|nerf|water) guns?\b|\b(?:root|ginger) (?:beer|ale)\b|\bginger ale\b"
    r"|\bwithout alcohol\b|\balcohol[ -]free\b|\bno alcohol\b|\bnon-alcoholic\b",
    re.IGNORECASE,
)
# "Free" said of the messages, which people pay their carrier for; free entry is another matter.
_FREE_MESSAGES = re.compile(
    r"\bfree(?:\W+\w+\W+|\W*)(?:msgs?|messages?|texts?|sms|alerts?|subscription)\b"
    r"|\b(?:msgs?|messages?|texts?|sms|alerts?)\s+(?:are|is)\s+(?:totally\s+|always\s+)?free\b"
    r"|\bfree to (?:join|receive|text)\b",
    re.IGNORECASE,
)


def found_in(text: str, topics: tuple[Topic, ...]) -> list[tuple[str, str]]:
    """(topic, word) for the first word of each topic in a text.

    Words are read as people see them, so that nobody hides one in look-alike letters, accents,
    digits ("w33d") or what cannot be seen.
    """
    rest = _HARMLESS.sub(" ", undisguised(text))
    read = letters_in_words(rest)
    found = ((one.name, one.words.search(rest) or one.words.search(read)) for one in topics)
    return [(name, rest[match.start() : match.end()]) for name, match in found if match]


def free_messages(text: str) -> str | None:
    """Where a text calls its messages free, or None."""
    found = _FREE_MESSAGES.search(undisguised(text))
    return found[0] if found else None
