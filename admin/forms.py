"""What every form shares: text without the characters that no database column can hold."""

import re
from typing import Any

from flask_wtf import FlaskForm
from wtforms.validators import DataRequired, Length

# NUL ends a text on PostgreSQL; the other controls can be pasted but not seen. Tab, line feed and
# carriage return stay.
_INVISIBLE = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def clean(value: Any) -> Any:
    """A text without controls and without the space around it; other values as they are."""
    return _INVISIBLE.sub("", value).strip() if isinstance(value, str) else value


class Form(FlaskForm):  # type: ignore[misc]  # the library is untyped
    """A form with a CSRF token, whose texts are cleaned before they are checked."""

    class Meta(FlaskForm.Meta):  # type: ignore[misc]
        def bind_field(self, form: Any, unbound_field: Any, options: dict[str, Any]) -> Any:
            filters = [*unbound_field.kwargs.get("filters", ()), clean]
            return unbound_field.bind(form=form, filters=filters, **options)


def required(reason: str, most: int) -> list[Any]:
    """The checks of a text that must be there, in at most `most` characters."""
    return [DataRequired(reason), at_most(most)]


def at_most(most: int) -> Length:
    """The check that a text has at most `most` characters."""
    return Length(max=most, message=f"Use at most {most:,} characters.")
