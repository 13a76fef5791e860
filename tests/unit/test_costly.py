"""Where a text field has the characters that make its text dear."""

from admin.costly import groups
from messaging.segments import costly_characters


def test_each_place_is_counted_as_people_and_as_browsers_count() -> None:
    text = "a’b🎉c’d\u200b"
    found = groups(costly_characters(text))
    assert [(one.character, one.replacement) for one in found] == [
        ("’", "'"),
        ("🎉", None),
        ("\u200b", ""),
    ]
    units = text.encode("utf-16-le")
    for one in found:
        for place in one.places:
            assert text[place.number - 1] == one.character
            cut = units[2 * place.start : 2 * place.end].decode("utf-16-le")
            assert cut == one.character
    assert [place.number for place in found[0].places] == [2, 6]
    assert found[1].change == ("🎉", "")


def test_what_cannot_be_seen_is_named() -> None:
    shown = [one.shown for one in groups(costly_characters("’\u00a0\u200b\u0301"))]
    assert shown == ["’", "No-break space", "Zero width space", "Combining acute accent"]
