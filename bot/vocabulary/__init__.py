"""The words that consumers text, as data: one module for each language."""

from typing import Final

from bot.vocabulary.english import ENGLISH
from bot.vocabulary.french import FRENCH
from bot.vocabulary.further import FURTHER
from bot.vocabulary.german import GERMAN
from bot.vocabulary.italian import ITALIAN
from bot.vocabulary.language import Language
from bot.vocabulary.portuguese import PORTUGUESE
from bot.vocabulary.russian import RUSSIAN
from bot.vocabulary.spanish import SPANISH

LANGUAGES: Final[tuple[Language, ...]] = (
    ENGLISH,
    SPANISH,
    FRENCH,
    PORTUGUESE,
    RUSSIAN,
    GERMAN,
    ITALIAN,
    FURTHER,
)

# Laughter, written or drawn: "stop it 😂" is banter as easily as a request, so it goes to a member.
LAUGHTER: Final = """lol, lmao, lmfao, rofl, haha, hahaha, hehe, jaja, jajaja, kkk, kkkk, rs, mdr,
    ptdr, ахах, ахаха, хаха, хахаха, лол, jk"""
LAUGHING: Final = frozenset("😂🤣😆😹😭💀🤪😜😝😅")
# Drawn signs that ask for an end, without a word: a member decides.
STOP_SIGNS: Final = frozenset("🛑⛔🚫✋🙅")

# Written without a space: "pleasestop", "STOPTEXTING". Matched against short words only.
GLUED: Final = (
    r"(?:please|pls|plz|just|ok)?(?:stop|unsubscribe|cancel|quit)"
    r"(?:texting|texts|text|sms|please|pls|plz|now|this|all|me|thanks|join|help){1,3}|"
    r"(?:please|pls|plz|just)(?:stop|unsubscribe|cancel|quit)"
)
# With a number or the name of a list beside them, or with no space between, these ask for nothing
# else; "cancel 2" may be about tickets.
UNMISTAKABLE: Final = frozenset({"stop", "stopall", "unsubscribe", "unsub", "optout", "стоп"})

# Between words that are all meant: two revocations, or two keywords.
AND: Final = frozenset({"and", "y", "et", "e", "и", "und"})
# Between two revocations, of which either will do.
OR: Final = frozenset({"or", "o", "ou", "oder", "или", "либо", "oppure"})

# How iMessage and Google Messages put a reaction to our own text into words. The quotation holds
# "Reply STOP", but the person only pressed a heart.
REACTIONS: Final = (
    r"(?:liked|loved|disliked|laughed at|emphasi[sz]ed|questioned|removed an? \w+ from|"
    r"reacted .{1,12} to|[^\w\s]{1,8} to|a aimé|a adoré|le gustó a|le gustó|le encantó|"
    r"te gustó|gostou de|amou|понравилось|hat .{1,20} markiert)"
)
# What phones add below a text, and what a text that quotes ours has at its end. "_" is any word.
SIGNATURES: Final = (
    *("sent from my _", "get outlook for _", "enviado desde mi _", "enviado do meu _"),
    *("envoyé de mon _", "отправлено с _", "von meinem _ gesendet", "inviato da _"),
    *("reply stop to _", "text stop to _", "reply stop 2 _"),
)

# One-word misspellings are read as the word when no more letters differ than given here.
TYPO_TARGETS: Final = {
    "stop": 1, "stopall": 1, "cancel": 1, "unsubscribe": 3, "revoke": 1, "remove": 1, "optout": 1,
    "cancelar": 1, "descadastrar": 2, "desuscribir": 2, "desabonner": 2, "desinscrire": 2,
    "отписаться": 2, "отписка": 1, "отмена": 1, "прекратите": 2, "удалите": 1, "abmelden": 1,
    "abbestellen": 2, "disiscrivi": 2, "annulla": 1, "annuler": 1, "resilier": 1,
}  # fmt: skip
# Words that differ as little, but are words of their own.
NOT_TYPOS: Final = """top, sop, stow, shop, slop, swop, step, stomp, stoop, strop, atop, stoup,
    stot, stob, estop, spot, stock, sto, tops, soap, scop, store, stone, story, stole, stove,
    stoke, stoic, subscribe, subscribed, subscriber, subscribes, subscription, cancer, cancels,
    chancel, evoke, invoke, revoked, revokes, remote, removed, removes, layout, lookout, cutout,
    cancan, annular, annul, annuals, cancelled, canceled, cancelada, cancelado, cancelará,
    измена, измени, отметка, описка, подписка, подписаться, описаться, записаться, выписка,
    расписаться, отписался, отписалась, annulled, prove"""
