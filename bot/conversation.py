"""What a text does and what it is answered: state and intent in, steps and one reply out. Pure.

The consumer gets one right answer to each text, and nothing after STOP but the answers to texts
that ask for one. Who speaks that answer is the sender's setting; the steps are taken in any case.
"""

from dataclasses import dataclass

from bot import replies
from bot.keywords import Intent
from bot.replies import ProgramRecord
from models.program import OptIn
from models.sender import RepliesBy, SenderKind
from models.subscriber import SubscriptionState

# Answers to texts that we cannot read stop after these many an hour, so that two machines that
# answer each other fall silent.
MAX_FALLBACKS_AN_HOUR = 3

# The words that Twilio answers by itself, on each kind of sender
# (https://help.twilio.com/articles/223134027; toll-free: the network, STOP, START and UNSTOP only).
_LONG_CODE_WORDS = frozenset(
    [
        "STOP",
        "STOPALL",
        "UNSUBSCRIBE",
        "CANCEL",
        "END",
        "QUIT",
        "REVOKE",
        "OPTOUT",
        "START",
        "YES",
        "UNSTOP",
        "HELP",
        "INFO",
    ]
)
PROVIDER_WORDS = {
    SenderKind.short_code: _LONG_CODE_WORDS,
    SenderKind.long_code: _LONG_CODE_WORDS,
    SenderKind.messaging_service: _LONG_CODE_WORDS,
    SenderKind.toll_free: frozenset({"STOP", "START", "UNSTOP"}),
}
OPT_OUT_TYPES = {"STOP": Intent.stop, "START": Intent.start, "HELP": Intent.help}


@dataclass(frozen=True, slots=True)
class Standing:
    """One program of the sender, and where this person stands in it (None: never there)."""

    program_id: int
    program: ProgramRecord
    opt_in: OptIn
    state: SubscriptionState | None
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
    """

    organization: str
    replies_by: RepliesBy
    provider_answers: bool
    standings: tuple[Standing, ...]
    binding: Binding | None
    is_revoked: bool
    answer_route: int | None
    recent_fallbacks: int


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
    """Wait for a yes."""

    program_id: int
    list_id: int | None


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


Step = RevokeEverything | Subscribe | Request | Confirm | JoinList | LeaveList | Forward


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do, in order; what to answer (None: nothing); whether a member must look."""

    steps: tuple[Step, ...] = ()
    reply: str | None = None
    needs_review: bool = False


def provider_answers(
    kind: SenderKind, replies_by: RepliesBy, body: str, opt_out_type: str | None
) -> bool:
    """Whether the provider has answered this text by itself.

    OptOutType says so outright. A provider's fixed words must be the whole message; a revocation
    in plain language is ours to answer.
    """
    if opt_out_type:
        return True
    return replies_by is RepliesBy.provider and body.strip().upper() in PROVIDER_WORDS[kind]


def decide(intent: Intent, scene: Scene) -> Decision:
    """The decision for a text of this intent in this scene."""
    match intent:
        case Intent.stop:
            return Decision((RevokeEverything(),), _unless_provider(scene, _stop_reply(scene)))
        case Intent.help:
            return Decision((), _unless_provider(scene, _help_reply(scene)))
        case Intent.start:
            return _resume(scene)
        case Intent.yes:
            return _affirm(scene)
        case Intent.join if scene.binding:
            return _join(scene, scene.binding)
        case Intent.leave if scene.binding:
            return _leave(scene, scene.binding)
        case _:
            return _converse(scene, needs_review=intent is Intent.unclear)


def _stop_reply(scene: Scene) -> str:
    if not scene.standings:
        return replies.nameless_stop(scene.organization)
    return replies.stop_confirmation(scene.standings[0].program)


def _help_reply(scene: Scene) -> str:
    if not scene.standings:
        return replies.nameless_help(scene.organization)
    return replies.help_answer(scene.standings[0].program)


def _resume(scene: Scene) -> Decision:
    """START gives back what STOP took, on this sender; it makes nobody a subscriber who was none.

    A double opt-in program waits for a yes here too.
    """
    left = [s for s in scene.standings if s.state is SubscriptionState.unsubscribed]
    if left:
        steps = tuple(
            Subscribe(s.program_id, None)
            if s.opt_in is OptIn.single
            else Request(s.program_id, None)
            for s in left
        )
        return Decision(steps, _unless_provider(scene, _welcome(left[0])))
    if not scene.standings:
        return Decision()
    first = scene.standings[0]
    if first.state is SubscriptionState.subscribed:
        reply = replies.already_subscribed(first.program)
    elif first.state is SubscriptionState.pending:
        reply = replies.already_waiting(first.program)
    else:
        reply = replies.how_to_join(first.program, first.first_keyword)
    return Decision((), _unless_provider(scene, reply))


def _affirm(scene: Scene) -> Decision:
    waiting = [s for s in scene.standings if s.state is SubscriptionState.pending]
    if waiting:
        return Decision(
            tuple(Confirm(s.program_id) for s in waiting),
            replies.confirmation(waiting[0].program),
        )
    if scene.provider_answers:
        return _resume(scene)  # on a long code YES undoes a STOP at the provider
    return _converse(scene, needs_review=False)


def _join(scene: Scene, binding: Binding) -> Decision:
    standing = _standing_of(scene, binding)
    program, state = standing.program, standing.state
    if state is SubscriptionState.subscribed:
        if binding.on_list:
            return Decision((), replies.already_subscribed(program))
        step = JoinList(binding.program_id, binding.list_id)
        return Decision((step,), replies.joined_list(program, binding.list_name))
    if standing.opt_in is OptIn.single:
        return Decision(
            (Subscribe(binding.program_id, binding.list_id),), replies.confirmation(program)
        )
    if state is SubscriptionState.pending:
        more = () if binding.on_list else (JoinList(binding.program_id, binding.list_id),)
        return Decision(more, replies.already_waiting(program))
    return Decision((Request(binding.program_id, binding.list_id),), replies.ask_for_yes(program))


def _leave(scene: Scene, binding: Binding) -> Decision:
    standing = _standing_of(scene, binding)
    left_already = standing.state in (None, SubscriptionState.unsubscribed)
    if left_already or not binding.on_list:
        return Decision((), replies.not_on_list(standing.program, binding.list_name))
    step = LeaveList(binding.program_id, binding.list_id)
    return Decision((step,), replies.left_list(standing.program, binding.list_name))


def _converse(scene: Scene, *, needs_review: bool) -> Decision:
    """Anything else: it goes on to the promoter it answers, and is answered unless revoked."""
    steps = () if scene.answer_route is None else (Forward(scene.answer_route),)
    silent = (
        scene.is_revoked
        or scene.provider_answers
        or scene.recent_fallbacks >= MAX_FALLBACKS_AN_HOUR
        or not scene.standings
    )
    if silent:
        return Decision(steps, None, needs_review)
    first = scene.standings[0]
    if steps:
        reply = replies.answer_received(first.program)
    else:
        is_in = first.state is SubscriptionState.subscribed
        reply = replies.not_understood(first.program, None if is_in else first.first_keyword)
    return Decision(steps, reply, needs_review)


def _welcome(standing: Standing) -> str:
    if standing.opt_in is OptIn.single:
        return replies.confirmation(standing.program)
    return replies.ask_for_yes(standing.program)


def _standing_of(scene: Scene, binding: Binding) -> Standing:
    return next(s for s in scene.standings if s.program_id == binding.program_id)


def _unless_provider(scene: Scene, reply: str) -> str | None:
    return None if scene.provider_answers else reply
