"""When a broadcast goes out: quiet hours, and how many messages a state allows in a day."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from compliance import quiet_hours
from compliance.rules.draft import Draft, Recipients
from compliance.rules.model import Level, Remark, Rule, Severity
from compliance.rules.pace import DAY, busiest_around
from messaging import areas, regions

_SHOWN = 3  # areas that a warning names
_SEARCHED = timedelta(days=8)


def _lint_quiet_hours(draft: Draft) -> Remark | None:
    if draft.at is None:
        return None
    late = [
        group
        for group in draft.recipients
        if not quiet_hours.is_open(group.area, draft.comes_at(group.area))
    ]
    if not late:
        return None
    federal = sum(
        group.count
        for group in late
        if quiet_hours.is_outside_federal(group.area, draft.comes_at(group.area))
    )
    law = f" For {_people(draft, federal)} it is outside the federal 8:00 to 21:00 too."
    comes = [
        (group, quiet_hours.arrival(group.area, at, draft.waits, draft.useful_until))
        for group in late
        for at in [draft.comes_at(group.area)]
    ]
    lost = sum(group.count for group, moment in comes if moment is None)
    number = sum(group.count for group in late)
    said = f"{_people(draft, number)} of {draft.audience:,} {_are(draft, number)} in quiet hours"
    return Remark(
        Level.warning if lost else Level.hint,
        f"{said[0].upper()}{said[1:]} then: {_places(draft, late)}.{law if federal else ''} "
        f"{_what_follows(draft, [moment for _, moment in comes if moment], lost)}",
        "Choose an hour that is allowed everywhere." if draft.own else _when_all_are_open(draft),
    )


def _what_follows(draft: Draft, waiting: list[datetime], lost: int) -> str:
    """What becomes of the messages of those who are in quiet hours."""
    said = []
    if waiting:
        first, last = (_said(draft, moment) for moment in (min(waiting), max(waiting)))
        span = f"at {first}" if first == last else f"from {first} on, the last at {last}"
        said.append(
            f"{'The others' if lost else 'They'} get it by itself when their quiet hours are over: "
            f"{span}."
        )
    if lost:
        until = f" ({_said(draft, draft.useful_until)})" if draft.useful_until else ""
        why = (
            f"their quiet hours end after the message is of use{until}"
            if draft.waits
            else "this broadcast leaves out who is in quiet hours"
        )
        does = "does" if lost == 1 and not _is_sample(draft) else "do"
        people = _people(draft, lost)
        said.insert(0, f"{people[0].upper()}{people[1:]} {does} not get it: {why}.")
    return " ".join(said)


def _said(draft: Draft, moment: datetime) -> str:
    local = moment.astimezone(ZoneInfo(draft.timezone))
    return f"{local:%A} {local.day} {local:%B, %H:%M} {draft.timezone}"


def _places(draft: Draft, late: Iterable[Recipients]) -> str:
    """E.g. "212 in California, where it is Monday 07:30 (allowed: 9:00 to 20:00 every day)"."""
    by_place: Counter[tuple[str, str, str]] = Counter()
    for group in late:
        clock = _clock(group.area, draft.comes_at(group.area))
        by_place[_place(group.area), clock, quiet_hours.in_words(group.area)] += group.count
    said = [
        f"{_about(draft, count)} {place}, where it is {clock} (allowed: {hours})"
        for (place, clock, hours), count in by_place.most_common(_SHOWN)
    ]
    others = by_place.total() - sum(count for _, count in by_place.most_common(_SHOWN))
    return "; ".join([*said, f"{_about(draft, others)} elsewhere"] if others else said)


def _place(area: str) -> str:
    names = [regions.name_of(region) for region in areas.read(area).regions]
    return (
        "at a place that their number does not tell"
        if names == [regions.NOWHERE]
        else (f"in {' or '.join(names)}")
    )


def _clock(area: str, at: datetime) -> str:
    """The time in the zone that is closed; of several the first of those."""
    zones = areas.read(area).zones
    closed = [zone for zone in zones if quiet_hours.is_zone_closed(area, zone, at)]
    return f"{at.astimezone(ZoneInfo((closed or list(zones))[0])):%A %H:%M}"


def _when_all_are_open(draft: Draft) -> str | None:
    """The remedy: the next moment at which nobody on the list is in quiet hours."""
    assert draft.at is not None
    every = [group.area for group in draft.recipients]
    opens: datetime | None = draft.at
    while opens is not None and opens < draft.at + _SEARCHED:
        closed = quiet_hours.closed_areas(every, opens)
        if not closed:
            return f"Everybody on the list may get it from {_said(draft, opens)} on."
        later = [opening for opening in closed.values() if opening is not None]
        opens = max(later) if len(later) == len(closed) else None
    return "Send to lists of one region each: no hour of the week is right for everybody here."


def _lint_most_in_a_day(draft: Draft) -> Remark | None:
    if draft.at is None:
        return None
    number = busiest_around(draft.at, draft.history.sent_at, lambda end: end - DAY)
    limited = [
        group
        for group in draft.recipients
        if number > (quiet_hours.most_in_24_hours(group.area) or number)
    ]
    if not limited:
        return None
    states = sorted({_place(group.area).removeprefix("in ") for group in limited})
    return Remark(
        Level.warning,
        f"It would be number {number} of this program in 24 hours, more than the law allows "
        f"{_people(draft, sum(group.count for group in limited))} in {', '.join(states)}.",
    )


def _people(draft: Draft, number: int) -> str:
    return f"{_about(draft, number)} {'person' if number == 1 else 'people'}"


def _are(draft: Draft, number: int) -> str:
    return "is" if number == 1 and not _is_sample(draft) else "are"


def _about(draft: Draft, number: int) -> str:
    """A number of people; of a sample their share in the whole audience."""
    if not _is_sample(draft):
        return f"{number:,}"
    sampled = sum(group.count for group in draft.recipients)
    return f"about {round(number * draft.audience / sampled):,}"


def _is_sample(draft: Draft) -> bool:
    return draft.audience > sum(group.count for group in draft.recipients)


RULES = (
    Rule(
        "C021",
        Severity.serious,
        "Nobody is texted in quiet hours",
        "47 CFR 64.1200(c)(1), and the narrower windows of many states",
        "Pick a time at which everybody on the list may be messaged.",
        lint=_lint_quiet_hours,
    ),
    Rule(
        "C035",
        Severity.serious,
        "No more messages in 24 hours than a state allows",
        "Fla. Stat. § 501.616(6), and the laws of Maryland, Oklahoma and Oregon",
        "Wait until the day is over.",
        lint=_lint_most_in_a_day,
    ),
)
