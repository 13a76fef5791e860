"""What a text does and what it is answered: state and intent in, steps and one reply out. Pure.

The consumer gets one right answer to each text, and nothing after STOP but the answers to texts
that ask for one. Who speaks that answer is the sender's setting; the steps are taken in any case.
"""

from bot import replies
from bot.decisions import (
    Binding,
    Confirm,
    Decision,
    Forward,
    JoinList,
    LeaveList,
    MeetAge,
    Request,
    RevokeEverything,
    Scene,
    Standing,
    Step,
    Subscribe,
    TurnAway,
)
from bot.keywords import Intent
from models.program import OptIn
from models.sender import RepliesBy, SenderKind
from models.subscriber import Awaiting, SubscriptionState

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
    if scene.stated_age is not None and _is_answer(intent, scene):
        return _judge_age(scene, scene.stated_age)
    match intent:
        case Intent.stop:
            # Exactly one confirmation on each code: a second STOP to it within a day is recorded
            # and not answered.
            reply = None if scene.stopped_lately else _stop_reply(scene)
            return Decision((RevokeEverything(),), _unless_provider(scene, reply))
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
    return replies.help_answer(scene.standings[0].program, scene.own_page)


def _resume(scene: Scene) -> Decision:
    """START gives back what STOP took, on this sender; it makes nobody a subscriber who was none.

    A double opt-in program waits for a yes here too. Its question goes out also where the provider
    has answered the START: nobody else asks it.
    """
    left = [
        s
        for s in scene.standings
        if s.state is SubscriptionState.unsubscribed and s.was_in and s.has_list
    ]
    if left:
        steps = tuple(_enter(s, None) for s in left)
        told = [s for s in left if _waits_for(s) or not scene.provider_answers]
        # Each program has a confirmation or a question of its own.
        return Decision(steps, "\n\n".join(map(_welcome, told)) or None)
    if not scene.standings:
        return Decision()
    first = scene.standings[0]
    if first.state is SubscriptionState.pending:
        return _go_on_waiting(first)
    return Decision((), _unless_provider(scene, _nothing_to_resume(first)))


def _nothing_to_resume(standing: Standing) -> str:
    """To START, or a yes to nothing: they get our messages, or there is no list to come back to."""
    if standing.state is SubscriptionState.subscribed and standing.has_list:
        return replies.already_subscribed(standing.program)
    return replies.how_to_join(standing.program, standing.first_keyword)


def _affirm(scene: Scene) -> Decision:
    """A yes answers the latest question alone: one opt-in never covers two programs."""
    waiting = [s for s in scene.standings if s.state is SubscriptionState.pending]
    asked = [s for s in waiting if s.awaiting is Awaiting.yes and s.was_asked]
    if asked and not asked[0].must_ask_age:
        return Decision((Confirm(asked[0].program_id),), replies.confirmation(asked[0].program))
    if waiting:
        return _go_on_waiting((asked or waiting)[0])
    if scene.provider_answers:
        return _resume(scene)  # on a long code YES undoes a STOP at the provider
    return _converse(scene, needs_review=False, is_yes=True)


def _join(scene: Scene, binding: Binding) -> Decision:
    standing = _standing_of(scene, binding)
    program, state = standing.program, standing.state
    if state is SubscriptionState.subscribed:
        if binding.on_list:
            return Decision((), replies.already_subscribed(program))
        step = JoinList(binding.program_id, binding.list_id)
        return Decision((step,), replies.joined_list(program, binding.list_name))
    waits_for = _waits_for(standing)
    if (
        state is SubscriptionState.pending
        and waits_for is not None
        and _is_asked_already(standing, waits_for)
    ):
        more = () if binding.on_list else (JoinList(binding.program_id, binding.list_id),)
        return Decision(more, _welcome(standing))
    return Decision((_enter(standing, binding.list_id),), _welcome(standing))


def _leave(scene: Scene, binding: Binding) -> Decision:
    standing = _standing_of(scene, binding)
    left_already = standing.state in (None, SubscriptionState.unsubscribed)
    if left_already or not binding.on_list:
        return Decision((), replies.not_on_list(standing.program, binding.list_name))
    step = LeaveList(binding.program_id, binding.list_id)
    return Decision((step,), replies.left_list(standing.program, binding.list_name))


def _converse(scene: Scene, *, needs_review: bool, is_yes: bool = False) -> Decision:
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
    if first.awaiting is Awaiting.age:
        reply = replies.not_a_birth_date(first.program)
    elif steps:
        reply = replies.answer_received(first.program)
    elif is_yes:
        reply = _nothing_to_resume(first)
    else:
        is_in = first.state is SubscriptionState.subscribed
        reply = replies.not_understood(first.program, None if is_in else first.first_keyword)
    return Decision(steps, reply, needs_review)


def _is_answer(intent: Intent, scene: Scene) -> bool:
    """Whether a text with a date of birth answers the latest question for one: what else it says
    (`intent`) is nothing, or agrees. With "no, 1/2/1990" nobody joins."""
    if intent is Intent.join and scene.binding:
        return scene.binding.program_id == _asked_age(scene)[0].program_id
    return intent in (Intent.other, Intent.yes, Intent.start)


def _asked_age(scene: Scene) -> list[Standing]:
    return [s for s in scene.standings if s.awaiting is Awaiting.age]


def _judge_age(scene: Scene, age: int) -> Decision:
    """The answer to the latest question of an age gate; the date itself is not kept."""
    asked = _asked_age(scene)
    first = asked[0]
    minimum = first.program.minimum_age or 0
    if age < minimum:
        away = tuple(TurnAway(s.program_id) for s in asked if age < (s.program.minimum_age or 0))
        return Decision(away, replies.too_young(first.program))
    then = Awaiting.yes if first.opt_in is OptIn.double else None
    reply = replies.ask_for_yes(first.program) if then else replies.confirmation(first.program)
    return Decision((MeetAge(first.program_id, minimum, then),), reply)


def _waits_for(standing: Standing) -> Awaiting | None:
    """What stands between a wish to join and the subscription, if anything."""
    if standing.must_ask_age:
        return Awaiting.age
    return Awaiting.yes if standing.opt_in is OptIn.double else None


def _enter(standing: Standing, list_id: int | None) -> Step:
    waits_for = _waits_for(standing)
    if waits_for is None:
        return Subscribe(standing.program_id, list_id)
    is_asked = not _is_asked_already(standing, waits_for)
    return Request(standing.program_id, list_id, waits_for, is_asked)


def _welcome(standing: Standing) -> str:
    """What somebody is told who enters: the confirmation, or a question first."""
    waits_for = _waits_for(standing)
    if waits_for is None:
        return replies.confirmation(standing.program)
    return _question(standing, waits_for)


def _go_on_waiting(standing: Standing) -> Decision:
    """To START or yes from who waits for something else. Nobody has asked who was imported."""
    awaiting = Awaiting.age if standing.must_ask_age else Awaiting.yes
    is_asked = not _is_asked_already(standing, awaiting)
    steps = (Request(standing.program_id, None, awaiting, is_asked),) if is_asked else ()
    return Decision(steps, _question(standing, awaiting))


def _question(standing: Standing, awaiting: Awaiting) -> str:
    """The question; within a day of it only that it stands, so that nobody is asked twice."""
    is_asked_already = _is_asked_already(standing, awaiting)
    if awaiting is Awaiting.age:
        ask = replies.already_waiting_for_age if is_asked_already else replies.ask_for_age
    else:
        ask = replies.already_waiting if is_asked_already else replies.ask_for_yes
    return ask(standing.program)


def _is_asked_already(standing: Standing, awaiting: Awaiting) -> bool:
    return standing.asked_lately and standing.awaiting in (None, awaiting)


def _standing_of(scene: Scene, binding: Binding) -> Standing:
    return next(s for s in scene.standings if s.program_id == binding.program_id)


def _unless_provider(scene: Scene, reply: str | None) -> str | None:
    return None if scene.provider_answers else reply
