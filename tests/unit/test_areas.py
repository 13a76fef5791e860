"""Where a number may be: every state and time zone that its first digits leave open."""

from zoneinfo import ZoneInfo

import pytest
from phonenumbers.geodata import GEOCODE_DATA
from phonenumbers.tzdata import TIMEZONE_DATA

from messaging import areas, regions
from messaging.areas import LONGEST_KEY, area_of, read


@pytest.mark.parametrize(
    ("number", "key"),
    [
        ("+12125550123", "US-NY|America/New_York"),
        ("+13125550123", "US-IL|America/Chicago"),
        ("+12035550123", "US-CT|America/New_York"),
        ("+17135550123", "US-TX|America/Chicago"),
        ("+12025550123", "US-DC|America/New_York"),
        ("+12065550123", "US-WA|America/Los_Angeles"),
        ("+14015550123", "US-RI|America/New_York"),
        # Two time zones in one area code, and the code laid over it.
        ("+18505550123", "US-FL|America/Chicago,America/New_York"),
        ("+14485550123", "US-FL|America/Chicago,America/New_York"),
        ("+12705550123", "US-KY|America/Chicago,America/New_York"),
        ("+13645550123", "US-KY|America/Chicago,America/New_York"),
        ("+14235550123", "US-TN|America/Chicago,America/New_York"),
        ("+15415550123", "US-OR|America/Denver,America/Los_Angeles"),
        ("+19285550123", "US-AZ|America/Denver,America/Phoenix"),
        ("+14165550123", "CA-ON|America/Toronto"),
        ("+19025550123", "CA-NS,CA-PE|America/Halifax"),
        ("+18675550123", "CA-NT,CA-NU,CA-YT|+1867"),
        ("+17875550123", "PR|America/Puerto_Rico"),
        ("+18765550123", "JM|America/Jamaica"),
        # Toll-free, the carrier's test numbers, and codes that nobody has been given.
        ("+18005550123", "US|+1"),
        ("+15005550006", "US|+1"),
        ("+19995550123", "US|+1"),
        ("+442079460123", "GB|Europe/London"),
        ("+919876543210", "IN|Asia/Calcutta"),
        ("+5511987654321", "BR|America/Sao_Paulo"),
        ("+79161234567", "RU|+7"),
        ("+77012345678", "KZ|Asia/Almaty,Asia/Aqtobe"),
        ("+61412345678", "AU|+61"),
        ("+34612345678", "ES|Atlantic/Canary,Europe/Madrid"),
        ("+870773111632", "ZZ|Etc/UTC"),
        ("nonsense", "ZZ|Etc/UTC"),
        ("", "ZZ|Etc/UTC"),
    ],
)
def test_a_number_may_be_wherever_its_first_digits_leave_open(number: str, key: str) -> None:
    assert area_of(number) == key


def test_numbers_of_one_area_code_share_one_key() -> None:
    assert {area_of(f"+1850{exchange:03}0123") for exchange in range(200, 1000)} == {
        "US-FL|America/Chicago,America/New_York"
    }


def test_every_area_code_and_country_has_a_key_that_can_be_read() -> None:
    numbers = [f"+1{code:03}5550123" for code in range(1000)]
    numbers += [f"+{prefix.ljust(11, '2')}" for prefix in TIMEZONE_DATA if prefix[0] != "1"]
    for number in numbers:
        key = area_of(number)
        assert len(key) <= LONGEST_KEY
        area = read(key)
        assert len([ZoneInfo(zone) for zone in area.zones]) > 0
        assert all(region == regions.NOWHERE or regions.exists(region) for region in area.regions)


def test_each_area_code_lies_where_the_librarys_geocoder_puts_it() -> None:
    """The geocoder writes "New York", "New York, NY", or "Nova Scotia/Prince Edward Island"."""
    codes = {name: region for region, name in regions.NAMES.items()}
    codes |= {region[3:]: region for region in regions.NAMES}
    codes |= {"Washington State": "US-WA", "British Colombia": "CA-BC"}  # its own spelling
    found: dict[str, set[str]] = {}
    for prefix, names in GEOCODE_DATA.items():
        code = prefix[1:4]
        if prefix[0] == "1" and (len(prefix) == 4 or "1" + code not in GEOCODE_DATA):
            places = names["en"].rpartition(", ")[2].split("/")
            found.setdefault(code, set()).update(codes[one] for one in places if one in codes)
    found = {code: states for code, states in found.items() if states}
    assert {code: set(states) for code, states in regions.AREA_CODES.items()} == found


def test_every_state_and_province_has_an_area_code() -> None:
    found = {
        region for code in range(1000) for region in read(area_of(f"+1{code:03}5550123")).regions
    }
    assert set(regions.NAMES) <= found


def test_a_prefix_stands_for_all_of_its_zones() -> None:
    assert {"Asia/Kamchatka", "Europe/Moscow", "Europe/Bucharest"} <= set(read("RU|+7").zones)
    everywhere = set(read("US|+1").zones)
    assert {"America/New_York", "Pacific/Honolulu", "America/St_Johns"} <= everywhere
    assert "Pacific/Guam" not in everywhere


@pytest.mark.parametrize(
    "text", ["", "US-NY", "|America/New_York", "US-NY|", "US|Mars/Base", "X|+0"]
)
def test_other_text_is_no_area(text: str) -> None:
    with pytest.raises(ValueError, match="area"):
        read(text)


def test_a_known_area_code_is_looked_up_once(monkeypatch: pytest.MonkeyPatch) -> None:
    area_of("+12125550123")
    monkeypatch.setattr(areas, "zones_under", None)
    assert area_of("+12125550199") == "US-NY|America/New_York"
