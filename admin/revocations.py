"""An opt-out that reached the organization in another way than by text: the form of its proof."""

from typing import Any

from wtforms import SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, ValidationError

from admin.forms import Form, required
from messaging.numbers import InvalidNumber, parse_number
from models import ConsentSource
from models.consenting import Evidence

# 47 CFR 64.1200(a)(10): a revocation may come in any reasonable way.
CHANNELS = ("e-mail", "phone call", "in person", "letter", "other")


class OptOutForm(Form):
    """How somebody told the organization to stop."""

    channel = SelectField(
        "How did it reach you?",
        [DataRequired("Choose how it reached you.")],
        choices=[("", "Choose …"), *((one, one.capitalize()) for one in CHANNELS)],
    )
    note = TextAreaField(
        "What did they tell you, and when?",
        required("Say what they told you and when: it is the proof of this opt-out.", 1000),
    )

    def evidence(self, member_id: int) -> Evidence:
        """What a member's word for it is made of."""
        return Evidence(
            source=ConsentSource.member,
            member_id=member_id,
            channel=self.channel.data,
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
