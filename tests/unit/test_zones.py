"""The time zones of numbers outside North America: every zone of the country, or of the area in the
number. They are compared with the zones of each country in tzdata (zone.tab)."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from importlib import resources
from zoneinfo import ZoneInfo

import phonenumbers
import pytest
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from messaging.areas import area_of, read, zones_of

# The area is in these countries' mobile numbers. Ukraine's do not work in Simferopol, and China's
# only legal time is Beijing's, whatever Urumqi's clocks show.
AREA_IS_IN_NUMBER = {"BR", "FM", "MX"}
ANOTHER_LAW = {"CN", "UA"}
SEASONS = datetime(2026, 1, 15, tzinfo=UTC), datetime(2026, 7, 15, tzinfo=UTC)


def zones_by_country() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    table = resources.files("tzdata").joinpath("zoneinfo", "zone.tab").read_text("utf-8")
    for line in table.splitlines():
        if not line.startswith("#"):
            country, _, zone, *_ = line.split("\t")
            found.setdefault(country, set()).add(zone)
    return found


ZONES = zones_by_country()
COUNTRIES = sorted(
    country
    for country in phonenumbers.SUPPORTED_REGIONS
    if phonenumbers.country_code_for_region(country) != 1 and country in ZONES
)


def extremes(zones: Iterable[str], at: datetime) -> tuple[timedelta, timedelta]:
    """How far the first and the last of these zones are from UTC."""
    offsets = [at.astimezone(ZoneInfo(zone)).utcoffset() or timedelta(0) for zone in zones]
    return min(offsets), max(offsets)


def mobile(country: str) -> str:
    number = phonenumbers.example_number_for_type(country, PhoneNumberType.MOBILE)
    assert number is not None
    return phonenumbers.format_number(number, PhoneNumberFormat.E164)


@pytest.mark.parametrize("country", [one for one in COUNTRIES if one not in ANOTHER_LAW])
@pytest.mark.parametrize("at", SEASONS)
def test_a_mobile_number_without_an_area_has_every_zone_of_its_country(
    country: str, at: datetime
) -> None:
    first, last = extremes(ZONES[country], at)
    found = [zones_of(country)]
    if country not in AREA_IS_IN_NUMBER:
        found.append(read(area_of(mobile(country))).zones)
    for zones in found:
        earliest, latest = extremes(zones, at)
        assert earliest <= first
        assert latest >= last


@pytest.mark.parametrize("country", ["CL", "DZ", "ID", "LY", "MA", "NI", "PG", "RU", "SS"])
@pytest.mark.parametrize("at", SEASONS)
def test_and_none_that_its_country_does_not_have(country: str, at: datetime) -> None:
    zones = read(area_of(mobile(country))).zones
    assert extremes(zones, at) == extremes(ZONES[country], at)


@pytest.mark.parametrize(
    ("number", "zones"),
    [
        ("+6281234567890", {"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"}),
        ("+6285312345678", {"Asia/Jakarta", "Asia/Makassar", "Asia/Jayapura"}),
        ("+62218350123", {"Asia/Jakarta"}),  # a landline in Jakarta
        ("+213551234567", {"Africa/Algiers"}),
        ("+5511987654321", {"America/Sao_Paulo"}),
        ("+5581987654321", {"America/Noronha", "America/Recife"}),
        ("+5591987654321", {"America/Belem"}),
        ("+5592987654321", {"America/Manaus"}),
        ("+5597987654321", {"America/Eirunepe", "America/Manaus"}),
        ("+525512345678", {"America/Mexico_City"}),
        ("+526141234567", {"America/Chihuahua"}),
        ("+526561234567", {"America/Ciudad_Juarez"}),
        ("+526571234567", {"America/Ciudad_Juarez"}),
        ("+526641234567", {"America/Tijuana"}),
        ("+526631234567", {"America/Tijuana"}),
        ("+528681234567", {"America/Matamoros", "America/Monterrey"}),
        ("+6913501234", {"Pacific/Truk"}),  # Yap
        ("+6913602123", {"Pacific/Kosrae", "Pacific/Ponape", "Pacific/Truk"}),
    ],
)
def test_the_area_counts_where_it_is_in_the_number(number: str, zones: set[str]) -> None:
    assert set(read(area_of(number)).zones) == zones
