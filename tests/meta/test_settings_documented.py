"""Each setting is in docs/SETTINGS.md, and nothing there is made up."""

import re
from pathlib import Path

from settings import Settings

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "SETTINGS.md").read_text(encoding="utf-8")
ROWS = dict(re.findall(r"^\| `([A-Z_]+)` \| (yes|no) \|", PAGE, re.MULTILINE))


def test_each_setting_is_documented_and_each_documented_one_exists() -> None:
    assert set(ROWS) == {name.upper() for name in Settings.model_fields}


def test_the_page_says_truly_which_settings_are_needed() -> None:
    needed = {name.upper() for name, field in Settings.model_fields.items() if field.is_required()}
    assert {name for name, needs in ROWS.items() if needs == "yes"} == needed


def test_the_page_gives_the_true_defaults() -> None:
    for name, field in Settings.model_fields.items():
        if field.is_required() or field.default is None:
            continue
        row = next(line for line in PAGE.splitlines() if line.startswith(f"| `{name.upper()}`"))
        assert str(field.default) in row, name
