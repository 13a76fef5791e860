"""Characters that make a text dear: which to replace, and what that saves."""

from collections.abc import Iterable

from messaging.segments import CostlyCharacter, costly_characters, measure

_FEW = 6


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


def what_they_cost(body: str, few: Iterable[CostlyCharacter]) -> tuple[str, bool]:
    """What these characters of `body` cost, in a sentence, and whether it is whole segments."""
    cheap = body
    for costly in few:
        cheap = cheap.replace(costly.character, costly.replacement or "")
    now, then = measure(body).segments, measure(cheap).segments
    if then < now:
        return f"Special characters make this {now} segments instead of {then}.", True
    return "Special characters leave room for 70 characters in a segment instead of 160.", False
