"""What a program's own replies must hold, by the handbook."""

import pytest

from compliance.rules.replies import ReplyKind, missing_parts

NAME = "Neon Nights"
CONFIRMATION = (
    "Neon Nights: hi! 4 msgs/month. Msg & data rates may apply. "
    "Reply HELP for help, STOP to cancel."
)


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (ReplyKind.confirmation, CONFIRMATION),
        (ReplyKind.confirmation, CONFIRMATION.replace("Msg & data", "MESSAGE AND DATA")),
        (ReplyKind.confirmation, CONFIRMATION.replace("Neon Nights", "NEON  NIGHTS")),
        (ReplyKind.help, "Neon Nights help: help@neon.example"),
        (ReplyKind.help, "neon nights. Call +1 (202) 555-0100."),
        (ReplyKind.help, "Neon Nights: see https://neon.example/help"),
        (ReplyKind.stop, "Neon Nights: you will get no more messages."),
        (ReplyKind.stop, "Neon Nights: No further texts."),
        (ReplyKind.stop, "Neon Nights: you will not receive any more messages."),
    ],
)
def test_a_whole_text_lacks_nothing(kind: ReplyKind, text: str) -> None:
    assert missing_parts(kind, text, NAME) == []


@pytest.mark.parametrize(
    ("kind", "text", "advice"),
    [
        (ReplyKind.confirmation, CONFIRMATION.replace("Neon Nights", "Hey"), "name"),
        (ReplyKind.confirmation, CONFIRMATION.replace("HELP", "info"), "help"),
        (ReplyKind.confirmation, CONFIRMATION.replace("STOP", "END"), "stop"),
        (ReplyKind.confirmation, CONFIRMATION.replace("rates", "fees"), "rates"),
        (ReplyKind.confirmation, CONFIRMATION.replace("4 msgs/month. ", ""), "how often"),
        (ReplyKind.help, "Neon Nights: ask at the door.", "contact"),
        (ReplyKind.help, "help@neon.example", "name"),
        (ReplyKind.stop, "Neon Nights: goodbye!", "no more messages"),
        (ReplyKind.stop, "Neon Nights: no more messages. 20% off on Friday!", "sells"),
    ],
)
def test_each_missing_part_is_named(kind: ReplyKind, text: str, advice: str) -> None:
    (missing,) = missing_parts(kind, text, NAME)
    assert advice in missing


def test_everything_is_missing_from_nothing() -> None:
    assert len(missing_parts(ReplyKind.confirmation, "", NAME)) == 5
