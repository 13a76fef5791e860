"""A row as a bar chart, in SVG: no library is needed for a handful of rectangles."""

from html import escape

from benchmarks.row import Row, Series

_WIDTH, _LABELS, _BAR, _GAP, _TOP = 760, 250, 22, 10, 34
_FONT = "font-family='system-ui, sans-serif' font-size='13'"
_OURS, _OTHERS, _FLOOR, _GOAL = "#2f6f4f", "#9aa5b1", "#b3541e", "#6b46c1"


def bars(row: Row) -> str:
    """One bar for each series, whiskers from lowest to highest, lines at floor and goal."""
    series = [row.ours, *row.beside]
    marks = [(row.floor, _FLOOR, "floor"), (row.goal, _GOAL, "goal")]
    most = max([one.high for one in series] + [mark.value for mark, _, _ in marks if mark] + [1e-9])
    scale = (_WIDTH - _LABELS - 110) / most
    height = _TOP + len(series) * (_BAR + _GAP) + 40
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 {_WIDTH} {height}' "
        f"width='{_WIDTH}' height='{height}' role='img'>",
        f"<title>{escape(row.title)}</title>",
        f"<rect width='{_WIDTH}' height='{height}' fill='#ffffff'/>",
        f"<text x='8' y='20' {_FONT} font-weight='600' fill='#1f2933'>"
        f"{escape(row.title)} ({escape(row.unit)}, {row.better} is better)</text>",
    ]
    for place, one in enumerate(series):
        colour = _OURS if place == 0 else _OTHERS
        parts += _bar(one, _TOP + place * (_BAR + _GAP), scale, colour)
    for place, (mark, colour, name) in enumerate(marks):
        if mark:
            x = _LABELS + mark.value * scale
            parts.append(
                f"<line x1='{x:.1f}' x2='{x:.1f}' y1='{_TOP - 4}' y2='{height - 34}' "
                f"stroke='{colour}' stroke-dasharray='4 3'/>"
                f"<text x='{x:.1f}' y='{height - 20 + 15 * place}' {_FONT} "
                f"fill='{colour}' text-anchor='middle'>{name} {_short(mark.value)}</text>"
            )
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(one: Series, y: int, scale: float, colour: str) -> list[str]:
    width = max(1.0, one.median * scale)
    low, high = _LABELS + one.low * scale, _LABELS + one.high * scale
    middle = y + _BAR / 2
    return [
        f"<text x='{_LABELS - 8}' y='{middle + 4:.1f}' {_FONT} fill='#1f2933' "
        f"text-anchor='end'>{escape(one.name)}</text>",
        f"<rect x='{_LABELS}' y='{y}' width='{width:.1f}' height='{_BAR}' fill='{colour}' rx='2'/>",
        f"<line x1='{low:.1f}' x2='{high:.1f}' y1='{middle}' y2='{middle}' stroke='#1f2933'/>",
        f"<text x='{high + 6:.1f}' y='{middle + 4:.1f}' {_FONT} fill='#1f2933'>"
        f"{_short(one.median)}</text>",
    ]


def _short(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
