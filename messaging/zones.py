"""The time zones (IANA names) of the numbers that begin with given digits.

The data is that of the library phonenumbers, with what it lacks or has wrong: it knows some area
codes only from the code next to them, and calls some countries by the zone of a neighbour that
kept the same time once. Tests compare it with the zones that tzdata (zone.tab) gives each country,
and area codes with their overlays.
"""

from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import phonenumbers
from phonenumbers import timezone as number_zones
from phonenumbers.tzdata import TIMEZONE_DATA

from messaging.regions import AREA_CODES

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
# Zones that the library leaves out under these digits (tzdata, northamerica and zone.tab).
_MORE: Final = {
    "1250": ("America/Fort_Nelson",),  # the Peace River too
    "1306": ("America/Edmonton",),  # Lloydminster, which keeps Alberta's time
    "299": ("America/Danmarkshavn",),
    "56": ("America/Punta_Arenas", "Pacific/Easter"),
    "675": ("Pacific/Bougainville",),
    "7": ("Europe/Kaliningrad",),
}
_MICRONESIA: Final = ("Pacific/Kosrae", "Pacific/Ponape", "Pacific/Truk")
_CHIHUAHUA: Final = ("America/Chihuahua",)
_BORDER: Final = ("America/Matamoros", "America/Monterrey")
# The zones of numbers that begin with these digits, in place of the library's. Area codes are those
# of Brazil's Anatel and Mexico's IFT, zones those of tzdata.
_INSTEAD: Final = {
    "211": ("Africa/Juba",),
    "212": ("Africa/Casablanca",),
    "213": ("Africa/Algiers",),
    "218": ("Africa/Tripoli",),
    "505": ("America/Managua",),
    # Chihuahua has left the time of its neighbours in the west. Cities on the border change their
    # clocks with Texas or California; some of their codes reach further inland.
    **dict.fromkeys(
        (f"52{code}" for code in (614, 621, 625, 627, 628, 629, 635, 636, 639, 648, 649, 652, 659)),
        _CHIHUAHUA,
    ),
    "52657": ("America/Ciudad_Juarez",),
    "52663": ("America/Tijuana",),
    **dict.fromkeys((f"52{code}" for code in (862, 868, 873, 891, 892, 897)), _BORDER),
    # Recife shares its area code with the island of Noronha; Pará keeps Brasília's time, and the
    # far west of Amazonas that of Acre.
    "5581": ("America/Noronha", "America/Recife"),
    "5591": ("America/Belem",),
    "5593": ("America/Santarem",),
    "5594": ("America/Belem",),
    "5597": ("America/Eirunepe", "America/Manaus"),
    # Indonesia's mobile numbers are given out for the whole country, whatever the third digit says.
    "628": ("Asia/Jakarta", "Asia/Jayapura", "Asia/Makassar"),
    # Numbers of which nothing tells the state.
    **dict.fromkeys(("69131", "69136", "69138", "69139"), _MICRONESIA),
}
_LONGEST: Final = max(map(len, _INSTEAD))


@cache
def zones_under(prefix: str) -> tuple[str, ...]:
    """Every zone of the numbers that begin with these digits: "1850", "61"; "1" stands for all
    states of the USA and provinces of Canada. None at all if nobody knows."""
    if prefix == "1":
        found = {zone for code in AREA_CODES for zone in zones_under("1" + code)}
    elif prefix.startswith("1"):
        code = _SAME_PLACES.get(prefix[1:], prefix[1:])
        found = _by_area_code().get(code, set()) | set(_MORE.get("1" + code, ()))
    else:
        known = _INSTEAD.get(prefix) or TIMEZONE_DATA.get(prefix, ())
        found = {*known, *_MORE.get(prefix, ())}
    return tuple(sorted(filter(exists, found)))


def zones_abroad(number: phonenumbers.PhoneNumber) -> tuple[str, ...]:
    """The zones of the area, outside North America, that is in a number; none if there is none in
    it, as in the mobile numbers of most countries."""
    digits = f"{number.country_code}{phonenumbers.national_significant_number(number)}"
    for length in range(_LONGEST, 2, -1):
        if zones := _INSTEAD.get(digits[:length]):
            return zones
    found = tuple(filter(exists, number_zones.time_zones_for_number(number)))
    return () if found == TIMEZONE_DATA.get(str(number.country_code)) else found


@cache
def exists(zone: str) -> bool:
    """Whether the zone is one that this machine knows."""
    try:
        return zone != number_zones.UNKNOWN_TIMEZONE and ZoneInfo(zone) is not None
    except (ZoneInfoNotFoundError, ValueError):
        return False


@cache
def _by_area_code() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for prefix, zones in TIMEZONE_DATA.items():
        if prefix.startswith("1") and len(prefix) >= 4:
            found.setdefault(prefix[1:4], set()).update(zones)
    return found
