"""What the compose form says about time: when it comes, to whom later, and how long it takes."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlmodel import Session

from admin import compose
from admin.display import utc
from admin.queries import broadcasts as queries
from compliance.rules import Draft as Text
from models.broadcast import LONGEST_USE
from scheduler import broadcasts, forecast, local_time, outlook, pools

_ANYWHERE = "US CA"  # before a list is chosen


@dataclass(frozen=True, slots=True)
class QuietWords:
    """`wait` and `left_out` people, and the moments in words; `about` stands before a share."""

    wait: int
    left_out: int
    first: str
    last: str
    about: str


def shown(session: Session, draft: compose.Draft, organization_id: int) -> dict[str, Any]:
    """The chosen time in words. Nothing until both date and time are there: half a moment is no
    mistake yet."""
    nothing = {"moment_words": "", "moment_problem": "", "moment_more": ()}
    is_now = draft.when not in (compose.LATER, compose.LOCAL)
    if not is_now and not (draft.date and draft.time):
        return nothing
    now, reasons = datetime.now(UTC), _reasons(draft)
    if reasons:
        return nothing | {"moment_problem": next(iter(reasons.values()))}
    order = compose.timing(draft)
    due = _due(session, draft, order, now, organization_id)
    starts = local_time.Moment(due.starts, order.timezone)
    lines = []
    if due.spread:
        lines.append(_local(due.spread, order))
    if not is_now and _is_first_of_two(draft):
        lines.append(
            "The clocks go back on that day, so this time comes twice. "
            f"The first one is taken: {utc(due.starts)}."
        )
    if broadcasts.SHORTEST_USE <= order.useful_for <= LONGEST_USE:
        until = local_time.written(due.useful_until, order.timezone)
        latest = due.starts + timedelta(minutes=order.latest_start_minutes)
        bound = (
            "" if latest <= due.useful_until else ", so that it starts no later than that either"
        )
        lines.append(f"Nothing of it goes out or is tried again after {until}{bound}.")
    words = "" if is_now else local_time.in_words(starts, now)
    return {
        "moment_words": f"Starts {words}" if due.spread else words,
        "moment_passed": not is_now and due.starts <= now,
        "moment_problem": "",
        "moment_more": tuple(lines),
    }


def duration(
    session: Session, draft: compose.Draft, recipients: int, organization_id: int
) -> outlook.Duration | None:
    """How long the sending takes; None without a list, a text or recipients."""
    chosen = queries.choice(session, organization_id, draft.list_key)
    if chosen is None or not recipients or not draft.body:
        return None
    _list, program, sender = chosen
    senders = pools.pool_of(session, program.id, sender.id)
    return outlook.expected(senders, recipients, draft.body)


def quiet(
    session: Session, draft: compose.Draft, text: Text, now: datetime, organization_id: int
) -> QuietWords | None:
    """How many would be in quiet hours and when they get it; None if nobody is."""
    sampled = sum(group.count for group in text.recipients)
    if not sampled or (draft.when != compose.NOW and _reasons(draft)):
        return None
    order = compose.timing(draft)
    due = _due(session, draft, order, now, organization_id)
    found = forecast.quiet(
        text.recipients, max(now, due.starts), due.useful_until, order.quiet_hours, order.local_at
    )
    if not (found.wait or found.left_out):
        return None
    share = max(1.0, text.audience / sampled)

    def said(moment: datetime | None) -> str:
        return local_time.written(moment, order.timezone) if moment else ""

    return QuietWords(
        wait=round(found.wait * share),
        left_out=round(found.left_out * share),
        first=said(found.first),
        last=said(found.last),
        about="about " if share > 1 else "",
    )


def _local(spread: local_time.Spread, order: broadcasts.Order) -> str:
    clock = (order.local_at or "")[-5:]
    last = local_time.written(spread.last, order.timezone)
    return (
        f"It is {clock} first in {spread.first_zone}, and last in {spread.last_zone}, on {last}. "
        "Nobody gets it before that time on their own clock."
    )


def _reasons(draft: compose.Draft) -> dict[str, str]:
    _, reasons = compose.to_order(draft, ())
    return {name: said for name, said in reasons.items() if name in ("date", "time", "timezone")}


def _is_first_of_two(draft: compose.Draft) -> bool:
    if draft.when != compose.LATER:
        return False
    return local_time.parse(draft.date, draft.time, draft.timezone).is_first_of_two


def _due(
    session: Session,
    draft: compose.Draft,
    order: broadcasts.Order,
    now: datetime,
    organization_id: int,
) -> broadcasts.Due:
    chosen = queries.choice(session, organization_id, draft.list_key)
    if chosen is None:
        return broadcasts.due_of(order, _ANYWHERE, now)
    return broadcasts.due_on_list(session, order, chosen[0], now)
