"""Where a phone number may be: its regions and time zones, as far as its first digits tell.

A number's place comes from where it was given out, and people move and keep it. So all that a
sender knows is a set of candidates, and quiet hours must be kept in every one of them. They are
named by a short key, "US-NY|America/New_York": the possible regions (ISO 3166: a state or province
in North America, else a country), a bar, and the possible IANA time zones, or a "+" and digits for
"every zone of the numbers that begin so" where their names would be too long. The data is that of
the library phonenumbers, and for North America that of the whole area code, because a ported
number keeps its area code and nothing finer.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as number_zones
from phonenumbers.tzdata import TIMEZONE_DATA

from messaging.regions import AREA_CODES, NOWHERE

LONGEST_KEY: Final = 100  # characters: subscriber.area
_ANYWHERE: Final = "US|+1"  # in the USA or Canada
# Satellite phones and the like belong to no country; UTC is as good a guess as any.
_NOWHERE_ZONE: Final = "Etc/UTC"
# A code laid over another serves the same places, and the library knows the older one better:
# it has the time zones of its single exchanges (nationalnanpa.com, planning letters). A test lists
# all overlays; these are those of which the library says something else than of the older code.
_SAME_PLACES: Final = {
    "236": "250",
    "257": "250",
    "273": "418",
    "364": "270",
    "367": "418",
    "448": "850",
    "458": "541",
    "474": "306",
    "581": "418",
    "639": "306",
    "672": "250",
    "689": "407",
    "778": "250",
    "879": "709",
    "930": "812",
    "986": "208",
}
# Zones that the library leaves out: the Peace River and Fort Nelson in British Columbia, and
# Lloydminster in Saskatchewan, which keeps Alberta's time (tzdata, northamerica).
_ALSO: Final = {"250": ("America/Fort_Nelson",), "306": ("America/Edmonton",)}
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
    known = _zones_under(zones[1:]) if zones.startswith("+") else tuple(zones.split(","))
    if not known or not all(map(_exists, known)):
        raise ValueError("An area names time zones that exist, like US-NY|America/New_York.")
    return Area(tuple(regions.split(",")), known)


@cache
def zones_of(country: str) -> tuple[str, ...]:
    """Every time zone in which a number of a country (ISO 3166, e.g. "US") may be."""
    code = phonenumbers.country_code_for_region(country)
    if code != 1:
        found = _zones_under(_COUNTRY_PREFIX.get(country, str(code)))
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
    found = tuple(filter(_exists, number_zones.time_zones_for_number(parsed)))
    # A mobile number is as wide as its calling code, which other countries may share.
    is_country_wide = not found or found == TIMEZONE_DATA.get(country)
    return _key((region,), _COUNTRY_PREFIX.get(region, country), () if is_country_wide else found)


def _key(regions: Iterable[str], prefix: str, zones: Iterable[str] = ()) -> str:
    """The key of these regions, with `zones` or else every zone of the prefix."""
    places = ",".join(regions)
    key = f"{places}|{','.join(sorted(zones) or _zones_under(prefix))}"
    # Russia or Australia would not fit.
    return key if len(key) <= LONGEST_KEY else f"{places}|+{prefix}"


@cache
def _zones_under(prefix: str) -> tuple[str, ...]:
    """Every zone of the numbers that begin with these digits: "1850", "61"; "1" stands for all
    states of the USA and provinces of Canada."""
    if prefix == "1":
        found = {zone for code in AREA_CODES for zone in _zones_under("1" + code)}
    elif prefix.startswith("1"):
        code = _SAME_PLACES.get(prefix[1:], prefix[1:])
        found = _zones_by_area_code().get(code, set()) | set(_ALSO.get(code, ()))
    else:
        found = set(TIMEZONE_DATA.get(prefix, ()))
    return tuple(sorted(filter(_exists, found)))


@cache
def _zones_by_area_code() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            found.setdefault(prefix[1:4], set()).update(zones)
    return found


@cache
def _exists(zone: str) -> bool:
    try:
        return zone != number_zones.UNKNOWN_TIMEZONE and ZoneInfo(zone) is not None
    except (ZoneInfoNotFoundError, ValueError):
        return False
