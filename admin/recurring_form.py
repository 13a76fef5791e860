"""The form of a broadcast that recurs."""

from collections.abc import Collection

from wtforms import (
    BooleanField,
    DateField,
    HiddenField,
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, NumberRange, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from admin import compose
from admin.forms import Form
from models import Pattern, QuietHours
from scheduler import local_time
from scheduler.broadcasts import (
    GIVE_HOURS,
    GIVE_MINUTES,
    LEAST_MINUTES,
    LONGEST_HOURS,
    MOST_MINUTES,
    SHORTEST_HOURS,
)
from scheduler.recurring import LONGEST_GAP, MONTH_DAYS, WEEKDAYS, Series

PATTERN_WORDS = {
    Pattern.weekly: "On days of the week",
    Pattern.monthly: "On a day of the month",
    Pattern.every_days: "Every so many days",
}
DAY_WORDS = dict(
    zip(
        WEEKDAYS,
        ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
        strict=True,
    )
)
QUIET_WORDS = {
    QuietHours.defer: "get it once hours allow",
    QuietHours.skip: "do not get it",
}


def _chosen(words: dict[str, str] | dict[Pattern, str] | dict[QuietHours, str]) -> list[object]:
    return [SelectChoice(str(key), word) for key, word in words.items()]


class SeriesForm(Form):
    """What comes, to whom, and when it comes again."""

    form_token = HiddenField()
    list_id = SelectField("To which list", coerce=int)
    body = TextAreaField("Message", [InputRequired("Write the message first.")])
    answers_to = StringField("Answers go to")
    pattern = RadioField("It comes", choices=_chosen(PATTERN_WORDS), default=Pattern.weekly.value)
    weekdays = SelectMultipleField(
        "Days",
        choices=_chosen(DAY_WORDS),
        option_widget=CheckboxInput(),
        widget=ListWidget(prefix_label=False),
    )
    month_day = SelectField(
        "Day of the month",
        choices=[SelectChoice(day, "the last day" if day == "last" else day) for day in MONTH_DAYS],
    )
    every_days = IntegerField(
        "Days from one to the next",
        [Optional(), NumberRange(1, LONGEST_GAP, f"Give between 1 and {LONGEST_GAP} days.")],
        default=7,
    )
    first_on = DateField("From this day on", [InputRequired("Choose a date.")])
    at = StringField("At", [InputRequired("Choose a time.")])
    timezone = SelectField(
        "Time zone", choices=[SelectChoice(zone, zone) for zone in local_time.zones()]
    )
    is_local = BooleanField("The same time on everybody’s own clock")
    quiet_hours = SelectField("People in quiet hours", choices=_chosen(QUIET_WORDS))
    useful_hours = IntegerField(
        "Of use for how many hours",
        [InputRequired(GIVE_HOURS), NumberRange(SHORTEST_HOURS, LONGEST_HOURS, GIVE_HOURS)],
        default=24,
    )
    latest_start_minutes = IntegerField(
        "Latest start, minutes after its time",
        [InputRequired(GIVE_MINUTES), NumberRange(LEAST_MINUTES, MOST_MINUTES, GIVE_MINUTES)],
        default=60,
    )

    def series(self, own_addresses: Collection[str], overridden: str) -> Series | None:
        """What it orders; None, with the reasons beside the fields, if that cannot be understood.

        `own_addresses` are the senders', to which answers must not go.
        """
        reasons: dict[str, str] = {}
        answers_to = compose.answers_to(self.answers_to.data or "", own_addresses, reasons)
        at = ""
        try:
            at = local_time.wall(f"{self.first_on.data:%Y-%m-%d}", self.at.data)[-5:]
        except local_time.BadMoment as error:
            reasons["first_on" if error.field == "date" else "at"] = str(error)
        if self.refuse(reasons):
            return None
        return Series(
            list_id=self.list_id.data,
            body=compose.clean_body(self.body.data),
            answers_to=answers_to,
            pattern=Pattern(self.pattern.data),
            first_on=self.first_on.data,
            at=at,
            timezone=self.timezone.data,
            is_local=self.is_local.data,
            form_token=self.form_token.data,
            weekdays=tuple(self.weekdays.data or ()),
            month_day=self.month_day.data,
            every_days=self.every_days.data,
            quiet_hours=QuietHours(self.quiet_hours.data),
            latest_start_minutes=self.latest_start_minutes.data,
            useful_hours=self.useful_hours.data,
            overridden=overridden,
        )

    def refuse(self, reasons: dict[str, str]) -> bool:
        """Put each reason beside its field; whether there was any."""
        for name, reason in reasons.items():
            self[name].errors = [reason]
        return bool(reasons)
