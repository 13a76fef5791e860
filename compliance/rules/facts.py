"""All that the self-audit of a program judges. Reading it is admin/self_audit.py's business."""

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Record:
    """What is registered of a program; `minimum_age` in years is None without an age gate."""

    name: str
    description: str = ""
    message_frequency: str = ""
    support_contact: str = ""
    terms_url: str = ""
    privacy_url: str = ""
    is_double_opt_in: bool = False
    minimum_age: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A page that the record names. `answers` is None for a page that is not Marquee's own:
    a self-audit opens no connection."""

    url: str
    answers: bool | None


@dataclass(frozen=True, slots=True)
class Exchange:
    """One text of a consumer, and every text that it was answered with.

    `by_provider`: the sender's provider answers it, so Marquee must keep silent.
    """

    says: str
    answers: tuple[str, ...]
    by_provider: bool = False


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a consumer met who texted the program, in a transaction that was rolled back.

    `joining` begins with the keyword, on which follow an age and a yes where they are asked for;
    it is empty where no keyword leads to the program. `joined_programs` are the names of the
    programs that this one opt-in subscribed to. Of somebody who joined every program of the sender,
    `stood_in` are those before a STOP and `left_standing` those after it. `ways_to_stop` are other
    ways to say STOP, each from a phone of its own, and `unheard` those that changed nothing.
    `own_page` is the link to the consumer's page as HELP's answer carries it.
    """

    joining: tuple[Exchange, ...]
    subscribed_at_once: bool
    subscribed: bool
    joined_programs: tuple[str, ...]
    help: Exchange
    help_of_a_stranger: Exchange
    garbage: Exchange
    garbage_subscribes: bool
    stop: Exchange
    stood_in: tuple[str, ...]
    left_standing: tuple[str, ...]
    stop_suppresses: bool
    stop_of_a_stranger: Exchange
    ways_to_stop: tuple[Exchange, ...] = ()
    unheard: tuple[str, ...] = ()
    own_page: str = ""


@dataclass(frozen=True, slots=True)
class Conduct:
    """Counts and moments from the program's own history.

    `without_opt_in` counts people who are subscribed though no opt-in is on record,
    `without_evidence` those whose opt-in is, but not what it was made of,
    `shared_opt_ins` opt-ins that were taken for two programs, `unsolicited` messages handed over
    without consent. `waiting_opt_outs` are the times of texts that still wait for a judgement.
    With `is_part` only the latest people, acts and messages were looked at.
    """

    subscribers: int = 0
    without_opt_in: int = 0
    without_evidence: int = 0
    shared_opt_ins: int = 0
    unsolicited: int = 0
    first_opt_in: datetime | None = None
    last_deactivation_file: datetime | None = None
    waiting_opt_outs: tuple[datetime, ...] = ()
    is_part: bool = False

    @property
    def people(self) -> str:
        """Those who were looked at, in words, e.g. "12 subscribed"."""
        return f"{'latest ' if self.is_part else ''}{self.subscribers:,} subscribed"


@dataclass(frozen=True, slots=True)
class Sent:
    """A broadcast to one list that went out, or is about to: planned for `at` (UTC), on the clock
    of `timezone`."""

    body: str
    at: datetime
    list_id: int = 0
    timezone: str = "UTC"


@dataclass(frozen=True, slots=True)
class Facts:
    """One program at the moment `now` (UTC). `broadcasts` are its latest, newest first.

    `privacy_text` is who gets the data by the privacy policy; None if that is not Marquee's page.
    """

    record: Record
    call_to_action: str
    confirmation: str
    terms: Link
    privacy: Link
    rehearsal: Rehearsal
    conduct: Conduct
    now: datetime
    broadcasts: tuple[Sent, ...] = field(default=())
    privacy_text: str | None = None
