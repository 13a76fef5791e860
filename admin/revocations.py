"""An opt-out that reached the organization in another way than by text: the form of its proof."""

from datetime import UTC, datetime, timedelta
from typing import Any

from wtforms import DateField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, InputRequired, ValidationError

from admin.forms import Form, required
from messaging.numbers import InvalidNumber, parse_number
from models import ConsentSource
from models.consenting import Evidence

# 47 CFR 64.1200(a)(10): a revocation may come in any reasonable way.
CHANNELS = ("e-mail", "phone call", "in person", "letter", "other")
# An opt-out that was overlooked for longer than this is likelier to be a slip of the pen.
_OLDEST = timedelta(days=5 * 366)
# Where the day begins first it is this much later than UTC.
_FIRST_DAY = timedelta(hours=14)


class OptOutForm(Form):
    """How somebody told the organization to stop."""

    channel = SelectField(
        "How did it reach you?",
        [DataRequired("Choose how it reached you.")],
        choices=[("", "Choose …"), *((one, one.capitalize()) for one in CHANNELS)],
    )
    received_on = DateField(
        "On which day did it reach you?",
        [InputRequired("Give the day on which it reached you, e.g. 2026-03-01.")],
    )
    note = TextAreaField(
        "What did they tell you?",
        required("Say what they told you: it is the proof of this opt-out.", 1000),
    )

    def validate_received_on(self, field: Any) -> None:
        """A day that has begun somewhere, and that somebody can remember."""
        if field.data is None:
            return  # what was typed is no date, and the field says so
        if field.data > (datetime.now(UTC) + _FIRST_DAY).date():
            raise ValidationError("This day is in the future. Give the day on which it came.")
        if field.data < (datetime.now(UTC) - _OLDEST).date():
            raise ValidationError("This is more than five years ago. Look at the year again.")

    def evidence(self, member_id: int) -> Evidence:
        """What a member's word for it is made of."""
        return Evidence(
            source=ConsentSource.member,
            member_id=member_id,
            channel=self.channel.data,
            received_on=self.received_on.data.isoformat(),
            note=self.note.data,
        )


class NumberForm(OptOutForm):
    """The same for a number that may be new here."""

    number = StringField("Phone number", required("Give the number that must get nothing.", 60))

    def validate_number(self, field: Any) -> None:
        """Put the number into E.164, or say beside the field what is wrong with it."""
        try:
            field.data = parse_number(field.data)
        except InvalidNumber as refusal:
            raise ValidationError(str(refusal)) from None
