"""Where a phone number may be: its regions and time zones, as far as its first digits tell.

A number's place comes from where it was given out, and people move and keep it. So all that a
sender knows is a set of candidates, and quiet hours must be kept in every one of them. They are
named by a short key, "US-NY|America/New_York": the possible regions (ISO 3166: a state or province
in North America, else a country), a bar, and the possible IANA time zones, or a "+" and digits for
"every zone of the numbers that begin so" where their names would be too long (messaging.zones).
In North America they are those of the whole area code, because a ported number keeps its area code
and nothing finer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import phonenumbers

from messaging.regions import ANY_STATE, AREA_CODES, NOWHERE
from messaging.zones import exists, zones_abroad, zones_under

LONGEST_KEY: Final = 100  # characters: subscriber.area
_ANYWHERE: Final = f"{ANY_STATE}|+1"
# Satellite phones and the like belong to no country; UTC is as good a guess as any.
_NOWHERE_ZONE: Final = "Etc/UTC"
# Kazakhstan shares +7 with Russia and has the numbers from +77 on.
_COUNTRY_PREFIX: Final = {"KZ": "77"}


@dataclass(frozen=True, slots=True)
class Area:
    """What a key says: possible `regions`, e.g. ("US-NY",), and possible IANA `zones`."""

    regions: tuple[str, ...]
    zones: tuple[str, ...]


def area_of(number: str) -> str:
    """The key, at most 100 characters, of where a number (E.164) may be.

    Half a microsecond for an area code or a prefix seen before.
    """
    if number.startswith("+1") and len(number) == 12:
        return _key_of_area_code(number[2:5])
    # The last four digits of a number never decide on its place.
    return _key_abroad(number[:-4])


@lru_cache(maxsize=4096)
def read(key: str) -> Area:
    """What a key of `area_of` says. Raises ValueError for any other text."""
    regions, bar, zones = key.partition("|")
    if not bar or not regions or not zones:
        raise ValueError("An area is written like US-NY|America/New_York.")
    known = zones_under(zones[1:]) if zones.startswith("+") else tuple(zones.split(","))
    if not known or not all(map(exists, known)):
        raise ValueError("An area names time zones that exist, like US-NY|America/New_York.")
    return Area(tuple(regions.split(",")), known)


@cache
def zones_of(country: str) -> tuple[str, ...]:
    """Every time zone in which a number of a country (ISO 3166, e.g. "US") may be."""
    code = phonenumbers.country_code_for_region(country)
    if code != 1:
        found = zones_under(_COUNTRY_PREFIX.get(country, str(code)))
        return found or (_NOWHERE_ZONE,)
    keys = {_key_of_area_code(str(number)) for number in range(200, 1000)} - {_ANYWHERE}
    zones = {
        zone
        for area in map(read, keys)
        if any(region.split("-")[0] == country for region in area.regions)
        for zone in area.zones
    }
    return tuple(sorted(zones)) or (_NOWHERE_ZONE,)


@cache
def _key_of_area_code(code: str) -> str:
    if states := AREA_CODES.get(code):
        return _key(states, "1" + code)
    if code.isdecimal() and code[0] in "23456789":
        # Puerto Rico, Jamaica and so on; the library calls toll-free numbers American.
        number = phonenumbers.PhoneNumber(country_code=1, national_number=int(code + "2345678"))
        region = phonenumbers.region_code_for_number(number)
        if region not in (None, "US", "CA"):
            return _key((region,), "1" + code)
    # A toll-free number, or a code newer than Marquee: anywhere in both countries.
    return _ANYWHERE


@lru_cache(maxsize=65536)
def _key_abroad(prefix: str) -> str:
    try:
        parsed = phonenumbers.parse(prefix + "2345")
    except phonenumbers.NumberParseException:
        return f"{NOWHERE}|{_NOWHERE_ZONE}"
    country = str(parsed.country_code)
    region = phonenumbers.region_code_for_number(parsed) or (
        phonenumbers.region_code_for_country_code(int(country))
    )
    if region in ("001", NOWHERE):
        return f"{NOWHERE}|{_NOWHERE_ZONE}"
    # Without an area it is as wide as its calling code, which other countries may share.
    return _key((region,), _COUNTRY_PREFIX.get(region, country), zones_abroad(parsed))


def _key(regions: Iterable[str], prefix: str, zones: Iterable[str] = ()) -> str:
    """The key of these regions, with `zones` or else every zone of the prefix."""
    places = ",".join(regions)
    key = f"{places}|{','.join(sorted(zones) or zones_under(prefix))}"
    # Russia or Australia would not fit.
    return key if len(key) <= LONGEST_KEY else f"{places}|+{prefix}"
