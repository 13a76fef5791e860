"""The sign-up form of a program's public page."""

from typing import Any

from wtforms import BooleanField, Field, HiddenField, StringField
from wtforms.validators import InputRequired, Length, ValidationError

from admin.forms import Form
from messaging.line_types import why_not_textable
from messaging.numbers import InvalidNumber, display, parse_number
from models import Program

_CONSENT = "Tick the box if you want our texts. We may not text you without it."
_TICKED = "y"  # what the box sends
_LONGEST = 60  # characters; no number and no date is longer


class SignUpForm(Form):
    """A phone number and consent; a date of birth where the program has an age gate.

    `shown` is the version of the disclosure that the page showed. `trap` is filled in by machines
    only: people do not see it.
    """

    phone = StringField(
        "Your mobile number",
        [InputRequired("Enter your mobile number."), Length(max=_LONGEST)],
    )
    birth_date = StringField("Your date of birth", [Length(max=_LONGEST)])
    consent = BooleanField()
    shown = HiddenField(validators=[Length(max=20)])
    trap = StringField("Leave this empty")

    def __init__(self, program: Program, **values: Any) -> None:
        super().__init__(**values)
        self._regions = program.regions.split()
        self.number = ""

    def validate_phone(self, field: Field) -> None:
        """The number must be one that the program can text. Whose it is, is not looked at."""
        try:
            number = parse_number(field.data or "", self._regions[0] if self._regions else None)
        except InvalidNumber as error:
            raise ValidationError(str(error)) from None
        if reason := why_not_textable(number, self._regions):
            raise ValidationError(reason)
        self.number = number

    def validate_consent(self, field: Field) -> None:
        """Only the ticked box consents: "no" or "false" in its place, or two answers, do not."""
        if field.raw_data != [_TICKED]:
            field.data = False
            raise ValidationError(_CONSENT)

    @property
    def shown_number(self) -> str | None:
        """The typed number as the consent wording names it; None before there is a right one."""
        return display(self.number) if self.number else None
