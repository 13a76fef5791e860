"""Cells that a spreadsheet shows and never runs."""

from messaging.numbers import is_e164

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(cell: str) -> str:
    """`cell` for a CSV file, with an apostrophe before what a spreadsheet would run as a formula.

    After OWASP's page on CSV injection. A phone number in E.164 begins with "+" too, but holds
    nothing but digits after it, so there is nothing to run; it stays as it is, to be read by
    programs and imported again.
    """
    return f"'{cell}" if cell.startswith(_STARTS) and not is_e164(cell) else cell
