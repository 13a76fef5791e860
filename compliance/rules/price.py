"""Characters that make a text dear: where each stands, what could replace it, what that saves."""

from collections.abc import Iterable

from messaging.segments import CostlyCharacter, costly_characters, measure

_MOST_OF_A_TEXT = 5  # a fifth


def replaceable(body: str) -> list[CostlyCharacter]:
    """Every character that keeps `body` out of the cheap alphabet, in order.

    Empty for a text that is cheap anyway, and for one that is written in another script, where
    there is nothing to replace: more than a fifth of it, and no plain form.
    """
    every = costly_characters(body)
    without_plain_form = sum(1 for costly in every if costly.replacement is None)
    return [] if without_plain_form * _MOST_OF_A_TEXT > len(body) else every


def cheaper(body: str, costly: Iterable[CostlyCharacter]) -> str:
    """`body` with each of these replaced, or left out where nothing means the same."""
    for one in costly:
        body = body.replace(one.character, one.replacement or "")
    return body


def what_they_cost(body: str, costly: Iterable[CostlyCharacter]) -> tuple[str, bool]:
    """What these characters of `body` cost, in a sentence, and whether it is whole segments."""
    now, then = measure(body).segments, measure(cheaper(body, costly)).segments
    if then < now:
        return f"Special characters make this {now} segments instead of {then}.", True
    return "Special characters leave room for 70 characters in a segment instead of 160.", False
