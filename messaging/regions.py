"""The states of the USA and the provinces of Canada: ISO 3166-2 codes and names."""

from typing import Final

import phonenumbers

# ISO 3166-1 keeps ZZ free for a place that is not known.
NOWHERE: Final = "ZZ"

_STATES: Final = (
    "AL Alabama, AK Alaska, AZ Arizona, AR Arkansas, CA California, CO Colorado, CT Connecticut, "
    "DE Delaware, DC Washington D.C., FL Florida, GA Georgia, HI Hawaii, ID Idaho, IL Illinois, "
    "IN Indiana, IA Iowa, KS Kansas, KY Kentucky, LA Louisiana, ME Maine, MD Maryland, "
    "MA Massachusetts, MI Michigan, MN Minnesota, MS Mississippi, MO Missouri, MT Montana, "
    "NE Nebraska, NV Nevada, NH New Hampshire, NJ New Jersey, NM New Mexico, NY New York, "
    "NC North Carolina, ND North Dakota, OH Ohio, OK Oklahoma, OR Oregon, PA Pennsylvania, "
    "RI Rhode Island, SC South Carolina, SD South Dakota, TN Tennessee, TX Texas, UT Utah, "
    "VT Vermont, VA Virginia, WA Washington, WV West Virginia, WI Wisconsin, WY Wyoming"
)
_PROVINCES: Final = (
    "AB Alberta, BC British Columbia, MB Manitoba, NB New Brunswick, "
    "NL Newfoundland and Labrador, NS Nova Scotia, NT Northwest Territories, NU Nunavut, "
    "ON Ontario, PE Prince Edward Island, QC Quebec, SK Saskatchewan, YT Yukon"
)


def _listed(country: str, text: str) -> dict[str, str]:
    pairs = (one.split(" ", 1) for one in text.split(", "))
    return {f"{country}-{code}": name for code, name in pairs}


NAMES: Final = _listed("US", _STATES) | _listed("CA", _PROVINCES)

# What the geocoder of phonenumbers writes, "New York" or "NY", to code; it spells two its own way.
CODES: Final = (
    {code[3:]: code for code in NAMES}
    | {name: code for code, name in NAMES.items()}
    | {"Washington State": "US-WA", "British Colombia": "CA-BC"}
)


def exists(region: str) -> bool:
    """Whether `region` is a state ("US-NY"), a province or a country ("GB") that has numbers."""
    return region in NAMES or region in phonenumbers.SUPPORTED_REGIONS


def name_of(region: str) -> str:
    """A state's or province's name; of other regions the code itself."""
    return NAMES.get(region, region)
