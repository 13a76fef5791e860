"""The words of the conversation: what a decision needs to know, and what it can say. Pure data."""

from dataclasses import dataclass

from bot.replies import ProgramRecord
from models.program import OptIn
from models.subscriber import Awaiting, SubscriptionState


@dataclass(frozen=True, slots=True)
class Standing:
    """One program of the sender, and where this person stands in it (None: never there).

    A request whose time is over counts as left, also before the clock has come to it.
    `must_ask_age` where the program has a minimum age that this person has not stated to have.
    `was_in` says that they opted in once; `has_list`, to START, YES and keywords, that they are on
    a list of it, or were when they left. `was_asked` says that there is a question to answer, and
    `asked_lately` that one without a yes so far is less than a day old.
    """

    program_id: int
    program: ProgramRecord
    opt_in: OptIn
    state: SubscriptionState | None
    awaiting: Awaiting | None
    must_ask_age: bool
    was_in: bool
    has_list: bool
    was_asked: bool
    asked_lately: bool
    first_keyword: str | None


@dataclass(frozen=True, slots=True)
class Binding:
    """The list that a keyword leads to, and whether this person is on it."""

    program_id: int
    list_id: int
    list_name: str
    on_list: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """All that a decision needs to know. `standings` has the person's own program first.

    `answer_route` is the broadcast whose promoter gets this person's answers, if any.
    `stated_age` is the age in years that the text states as a date of birth, where one was asked.
    `stopped_lately` says that a STOP was confirmed within the last day, and nothing began since.
    `own_page` is the address of the person's own page, or None if it cannot be given here.
    """

    organization: str
    provider_answers: bool
    standings: tuple[Standing, ...]
    binding: Binding | None
    is_revoked: bool
    answer_route: int | None
    recent_fallbacks: int
    stopped_lately: bool
    stated_age: int | None
    own_page: str | None


@dataclass(frozen=True, slots=True)
class RevokeEverything:
    """End all that the organization sends to this person."""


@dataclass(frozen=True, slots=True)
class Subscribe:
    """Opt in to the program, on a list or as before."""

    program_id: int
    list_id: int | None


@dataclass(frozen=True, slots=True)
class Request:
    """Wait: for a date of birth where there is an age gate, else for a yes. Not `is_asked` where
    an earlier question stands."""

    program_id: int
    list_id: int | None
    awaiting: Awaiting
    is_asked: bool


@dataclass(frozen=True, slots=True)
class MeetAge:
    """The person is old enough; a double opt-in then still waits for its yes."""

    program_id: int
    minimum_age: int
    then: Awaiting | None


@dataclass(frozen=True, slots=True)
class TurnAway:
    """The person is too young: what waited is over."""

    program_id: int


@dataclass(frozen=True, slots=True)
class Confirm:
    """The yes has come."""

    program_id: int


@dataclass(frozen=True, slots=True)
class JoinList:
    """One list more."""

    program_id: int
    list_id: int


@dataclass(frozen=True, slots=True)
class LeaveList:
    """One list less."""

    program_id: int
    list_id: int


@dataclass(frozen=True, slots=True)
class Forward:
    """Send the text on to the promoter of a broadcast."""

    broadcast_id: int


Step = (
    RevokeEverything
    | Subscribe
    | Request
    | MeetAge
    | TurnAway
    | Confirm
    | JoinList
    | LeaveList
    | Forward
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, in order; what to answer (None: nothing); whether a member must look."""

    steps: tuple[Step, ...] = ()
    reply: str | None = None
    needs_review: bool = False
