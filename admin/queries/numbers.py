"""Search by part of a number; how much of it may be searched is admin.masking's to say."""


def digits_of(text: str) -> str:
    """The digits of what was typed, e.g. "(212) 555-01" gives "21255501"; at most 15 count."""
    return "".join(one for one in text if one in "0123456789")[:15]
