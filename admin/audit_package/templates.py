"""The texts of a package, filled in without a web request."""

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from admin.display import thousands, utc

_environment = Environment(
    loader=PackageLoader("admin", "templates/audit_package"),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
    keep_trailing_newline=True,
)
_environment.filters.update(utc=utc, thousands=thousands)


def render(name: str, **values: Any) -> str:
    """The template of that name; what is in HTML is escaped."""
    return _environment.get_template(name).render(**values)
