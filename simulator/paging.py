"""The message list: Twilio's filters, page tokens and page addresses."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from simulator.errors import ApiError
from simulator.resources import API, DEFAULT_PAGE, message_json
from simulator.store import Message, Store

MAX_PAGE = 1000


def page_json(account_sid: str, store: Store, query: Mapping[str, str]) -> dict[str, Any]:
    """Return one page of the message list, newest first, filtered as the query asks.

    A page token names the last message seen (``PA``) or the first (``PB``), so messages that
    arrive meanwhile never shift a page.
    """
    size = min(max(_number(query, "PageSize", DEFAULT_PAGE), 1), MAX_PAGE)
    page = _number(query, "Page", 0)
    token = query.get("PageToken", "")
    backwards = token.startswith("PB")
    found: list[Message] = []
    more = False
    for message in _walk(store, query, token):
        if len(found) == size:
            more = True
            break
        found.append(message)
    if backwards:
        found.reverse()
    first, last = (found[0].sid, found[-1].sid) if found else ("", "")
    return {
        "end": page * size + max(len(found) - 1, 0),
        "first_page_uri": _uri(account_sid, query, size, 0),
        "next_page_uri": (
            _uri(account_sid, query, size, page + 1, f"PA{last}") if more or backwards else None
        ),
        "page": page,
        "page_size": size,
        "previous_page_uri": (
            _uri(account_sid, query, size, page - 1, f"PB{first}") if page and found else None
        ),
        "messages": [message_json(account_sid, message) for message in found],
        "start": page * size,
        "uri": _uri(account_sid, query, size, page, token),
    }


def _walk(store: Store, query: Mapping[str, str], token: str) -> Iterator[Message]:
    """Yield the matching messages from where the token points, away from it."""
    to, sender = query.get("To"), query.get("From")
    source = store.messages if to is None else store.by_recipient.get(to, [])
    after, before = _dates(query)
    edge = store.by_sid.get(token[2:]) if token else None
    if token and edge is None:
        raise ApiError(20001, "PageToken")
    backwards = token.startswith("PB")
    for message in source if backwards else reversed(source):
        if edge is not None and (
            message.index <= edge.index if backwards else message.index >= edge.index
        ):
            continue
        if message.deleted or (sender is not None and message.sender != sender):
            continue
        if after is not None or before is not None:
            # A message that has not left yet has no date_sent, and no date matches it.
            if message.sent is None:
                continue
            second = int(message.sent)
            if (after is not None and second < after) or (before is not None and second > before):
                continue
        yield message


def _dates(query: Mapping[str, str]) -> tuple[int | None, int | None]:
    """Return the first and last second that DateSent, DateSent> and DateSent< allow (GMT)."""
    day = _moment(query, "DateSent")
    if day is not None:
        start = datetime.combine(day.date(), datetime.min.time(), UTC)
        return int(start.timestamp()), int((start + timedelta(days=1)).timestamp()) - 1
    after, before = _moment(query, "DateSent>"), _moment(query, "DateSent<")
    return (
        int(after.timestamp()) if after else None,
        int(before.timestamp()) if before else None,
    )


def _moment(query: Mapping[str, str], name: str) -> datetime | None:
    text = query.get(name)
    if not text:
        return None
    try:
        if len(text) == len("2026-01-31"):
            return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ApiError(20001, f"{name} must be a GMT date, YYYY-MM-DD") from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _number(query: Mapping[str, str], name: str, default: int) -> int:
    text = query.get(name, "")
    return int(text) if text.isdecimal() and text.isascii() else default


def _uri(account_sid: str, query: Mapping[str, str], size: int, page: int, token: str = "") -> str:
    wanted = {
        name: query[name]
        for name in ("To", "From", "DateSent", "DateSent<", "DateSent>")
        if name in query
    }
    wanted |= {"PageSize": str(size), "Page": str(page)}
    if token:
        wanted["PageToken"] = token
    return f"{API}/Accounts/{account_sid}/Messages.json?{urlencode(wanted)}"
