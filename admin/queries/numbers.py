"""Search by part of a number; how much of it may be searched is admin.masking's to say."""

_SHORTEST = 10  # a North American number without its country code


def digits_of(text: str) -> str:
    """The digits of what was typed, e.g. "(212) 555-01" gives "21255501"; at most 15 count."""
    return "".join(one for one in text if one in "0123456789")[:15]


def whole_numbers(digits: str) -> tuple[str, ...]:
    """The E.164 numbers that so many digits may be all of; none if they are too few for one."""
    if len(digits) < _SHORTEST:
        return ()
    return (f"+{digits}", f"+1{digits}") if len(digits) == _SHORTEST else (f"+{digits}",)
