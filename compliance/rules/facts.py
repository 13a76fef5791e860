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
    programs that this one opt-in subscribed to, `left_standing` of those that STOP did not end.
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
    left_standing: tuple[str, ...]
    stop_suppresses: bool
    stop_of_a_stranger: Exchange


@dataclass(frozen=True, slots=True)
class Conduct:
    """Counts and moments from the program's own history.

    `without_opt_in` counts people who are subscribed though no opt-in is on record,
    `shared_opt_ins` opt-ins that were taken for two programs, `unsolicited` messages handed over
    without consent. `waiting_opt_outs` are the times of texts that still wait for a judgement.
    """

    subscribers: int = 0
    without_opt_in: int = 0
    shared_opt_ins: int = 0
    unsolicited: int = 0
    first_opt_in: datetime | None = None
    last_deactivation_file: datetime | None = None
    waiting_opt_outs: tuple[datetime, ...] = ()


@dataclass(frozen=True, slots=True)
class Sent:
    """A broadcast that went out, or is about to, at `at` (UTC), to one list."""

    body: str
    at: datetime
    list_id: int = 0


@dataclass(frozen=True, slots=True)
class Facts:
    """One program at the moment `now` (UTC). `broadcasts` are its latest, newest first."""

    record: Record
    call_to_action: str
    confirmation: str
    terms: Link
    privacy: Link
    rehearsal: Rehearsal
    conduct: Conduct
    now: datetime
    broadcasts: tuple[Sent, ...] = field(default=())
