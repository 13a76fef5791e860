"""The table of deliveries, paged, filtered and searched, and the same as a spreadsheet."""

import csv
import io
import re

import pytest

from tests.integration.admin.desk import Desk, spread, started, words


def numbers(page: str) -> list[str]:
    table = page[page.index('id="deliveries"') :]
    return re.findall(r"\+1 202-555-(\d{4})", table)


def test_deliveries_are_paged_by_fifty_both_ways(desk: Desk) -> None:
    broadcast_id = started(desk, 120)
    everybody = [f"{number:04d}" for number in range(120)]
    page, seen = desk.get(f"/broadcasts/{broadcast_id}").text, []
    pages = [numbers(page)]
    while onward := re.search(r'rel="next" href="([^"]+)#', page):
        page = desk.get(onward[1].replace("&amp;", "&")).text
        pages.append(numbers(page))
    assert [len(each) for each in pages] == [50, 50, 20]
    seen = [number for each in pages for number in each]
    assert seen == everybody
    back = re.search(r'rel="prev" href="([^"]+)#', page)
    assert back is not None
    page = desk.get(back[1].replace("&amp;", "&")).text
    assert numbers(page) == everybody[50:100]
    assert 'rel="next"' in page
    back = re.search(r'rel="prev" href="([^"]+)#', page)
    assert back is not None
    page = desk.get(back[1].replace("&amp;", "&")).text
    assert numbers(page) == everybody[:50]
    assert 'rel="prev"' not in page


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=delivered", ["0000", "0001"]),
        ("status=failed", ["0003"]),
        ("reason=left_list", ["0005"]),
        ("status=skipped&reason=opted_out", ["0004"]),
        ("status=delivered&reason=opted_out", []),
        ("number=0007", ["0007"]),
        ("number=%28202%29+555-0008", ["0008"]),
        ("number=%25", [f"{number:04d}" for number in range(10)]),
        ("status=nonsense&after=x&before=99999999999999999999", [f"000{n}" for n in range(10)]),
    ],
)
def test_deliveries_are_filtered_and_searched(
    sqlite_desk: Desk, query: str, found: list[str]
) -> None:
    broadcast_id = started(sqlite_desk, 10)
    spread(sqlite_desk, broadcast_id)
    page = sqlite_desk.get(f"/broadcasts/{broadcast_id}?{query}")
    assert page.status_code == 200
    assert numbers(page.text) == found
    assert ("No such delivery" in words(page)) is (not found)


def test_each_delivery_says_in_plain_words_why_it_did_not_arrive(sqlite_desk: Desk) -> None:
    broadcast_id = started(sqlite_desk, 10)
    spread(sqlite_desk, broadcast_id)
    told = words(sqlite_desk.get(f"/broadcasts/{broadcast_id}"))
    assert "This is not a valid phone number. (code 21211)" in told
    assert "The phone was switched off or out of reach. (code 30003)" in told
    assert "They left this list after it started." in told
    assert "It is never sent again by itself, so nobody gets it twice" in told


def test_the_spreadsheet_holds_every_delivery_that_the_filter_lets_through(desk: Desk) -> None:
    broadcast_id = started(desk, 10)
    spread(desk, broadcast_id)
    answer = desk.get(f"/broadcasts/{broadcast_id}/deliveries.csv")
    assert answer.mimetype == "text/csv"
    assert f"broadcast-{broadcast_id}-deliveries.csv" in answer.headers["Content-Disposition"]
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert [row["number"] for row in rows] == [f"+1202555000{n}" for n in range(10)]
    assert rows[3]["status"] == "failed"
    assert (rows[3]["error_code"], rows[3]["error"]) == (
        "21211",
        "This is not a valid phone number.",
    )
    assert (rows[4]["status"], rows[4]["reason"]) == ("skipped", "opted_out")
    some = desk.get(f"/broadcasts/{broadcast_id}/deliveries.csv?status=delivered").text
    assert len(some.splitlines()) == 3


def test_a_large_spreadsheet_is_streamed_whole(sqlite_desk: Desk) -> None:
    broadcast_id = started(sqlite_desk, 1100)
    answer = sqlite_desk.browser.client.get(f"/broadcasts/{broadcast_id}/deliveries.csv")
    assert answer.is_streamed
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert len({row["number"] for row in rows}) == 1100
