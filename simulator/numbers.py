"""Numbers: reading what a sender writes in ``To``, and inventing plausible phones."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass

_E164 = re.compile(r"\+[1-9]\d{6,14}")
_NANP = re.compile(r"\+1[2-9]\d\d[2-9]\d{6}")

# Where a phone is from, as Twilio guesses it from the area code alone.
_PLACES = """
202 DC WASHINGTON 20001
205 AL BIRMINGHAM 35203
206 WA SEATTLE 98101
212 NY NEW YORK 10001
213 CA LOS ANGELES 90012
214 TX DALLAS 75201
215 PA PHILADELPHIA 19107
216 OH CLEVELAND 44114
303 CO DENVER 80202
305 FL MIAMI 33101
310 CA SANTA MONICA 90401
312 IL CHICAGO 60601
313 MI DETROIT 48226
314 MO ST LOUIS 63101
317 IN INDIANAPOLIS 46204
404 GA ATLANTA 30303
412 PA PITTSBURGH 15222
415 CA SAN FRANCISCO 94103
503 OR PORTLAND 97201
504 LA NEW ORLEANS 70112
505 NM ALBUQUERQUE 87102
512 TX AUSTIN 78701
602 AZ PHOENIX 85004
612 MN MINNEAPOLIS 55401
615 TN NASHVILLE 37203
617 MA BOSTON 02108
702 NV LAS VEGAS 89101
704 NC CHARLOTTE 28202
713 TX HOUSTON 77002
718 NY BROOKLYN 11201
801 UT SALT LAKE CITY 84101
816 MO KANSAS CITY 64106
"""


@dataclass(frozen=True, slots=True)
class Place:
    """What the ``FromState``, ``FromCity`` and ``FromZip`` of a webhook say."""

    state: str = ""
    city: str = ""
    zip: str = ""
    country: str = "US"


def _read_places() -> dict[str, Place]:
    places = {}
    for line in _PLACES.strip().splitlines():
        area, state, *city, zip_code = line.split()
        places[area] = Place(state, " ".join(city), zip_code)
    return places


PLACES = _read_places()
_LINES = 10_000
# 555 first, as films do; a crowd of more than 320,000 spills into the exchanges after it.
_EXCHANGES = ("555", "556", "557", "558")


def place_of(number: str) -> Place:
    """Return the place of a US number, or an empty one outside the table."""
    if number.startswith("+1"):
        return PLACES.get(number[2:5], Place())
    return Place(country="")


def normalize_to(text: str) -> str | None:
    """Return a recipient in E.164 as Twilio reads it, or None for an invalid one.

    Twilio tolerates spaces and punctuation, and takes ten bare digits for a US number.
    """
    number = re.sub(r"[\s().\-]", "", text)
    if re.fullmatch(r"\d{10}", number):
        number = f"+1{number}"
    elif re.fullmatch(r"1\d{10}", number):
        number = f"+{number}"
    if not _E164.fullmatch(number) or (number.startswith("+1") and not _NANP.fullmatch(number)):
        return None
    return number


def fresh_numbers(taken: Container[str], seed: int, areas: tuple[str, ...] = ()) -> Iterator[str]:
    """Yield distinct US numbers that nobody has, in an order that the seed decides.

    The walk strides through every number by a step that shares no factor with their count, so
    it looks random and never repeats.
    """
    areas = areas or tuple(PLACES)
    for exchange in _EXCHANGES:
        size = len(areas) * _LINES
        stride = 7_368_787  # A prime that divides no possible size.
        for step in range(size):
            index = (seed * 104_729 + step * stride) % size
            line, area = divmod(index, len(areas))
            number = f"+1{areas[area]}{exchange}{line:04d}"
            if number not in taken:
                yield number
