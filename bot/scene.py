"""The scene of a text: where the person stands who sent it, and in what."""

from datetime import datetime, timedelta

from bot.birthdays import stated_age, today_everywhere
from bot.conversation import provider_answers
from bot.decisions import Binding, Scene, Standing
from bot.history import Heard, History
from models.lines import Line, Place, ProgramOfLine
from models.subscriber import Awaiting, SubscriptionState

_A_DAY = timedelta(days=1)
_IS_IN = (SubscriptionState.subscribed, SubscriptionState.pending)
_OWN_FIRST = {
    SubscriptionState.subscribed: 0,
    SubscriptionState.pending: 1,
    SubscriptionState.unsubscribed: 2,
    None: 3,
}


def scene_of(heard: Heard, history: History, own_page: str | None, now: datetime) -> Scene:
    """The scene of one text."""
    line = heard.line
    standings = _standings(heard, history, now)
    is_asked_age = any(s.awaiting is Awaiting.age for s in standings)
    states = {s.state for s in standings}
    left_all = SubscriptionState.unsubscribed in states and states.isdisjoint(_IS_IN)
    # A wish to come back lifts no suppression yet; who waits for an answer to it is spoken with.
    stays_out = history.is_suppressed and SubscriptionState.pending not in states
    return Scene(
        organization=line.organization,
        provider_answers=provider_answers(
            line.kind, line.replies_by, heard.body, heard.opt_out_type
        ),
        standings=standings,
        binding=_binding(line, history, heard.understood.keyword),
        is_revoked=left_all or stays_out,
        answer_route=history.answer_route,
        recent_fallbacks=history.recent_fallbacks,
        # Who began anew since and stops that is told so again.
        stopped_lately=history.is_suppressed
        and history.stands_nowhere
        and history.stop_was_confirmed,
        stated_age=stated_age(heard.body, today_everywhere(now)) if is_asked_age else None,
        own_page=own_page,
    )


def _standings(heard: Heard, history: History, now: datetime) -> tuple[Standing, ...]:
    """The person's own program first, and of several the one of the latest question or change: one
    that has left the sender after those that have not."""
    programs = sorted(
        _concerned(heard, history), key=lambda one: _moment(history, one.facts.id), reverse=True
    )
    # The number may be somebody else's now: what the person before agreed to, or was old enough
    # for, says nothing about the one who texts.
    age_met = 0 if history.is_handed_on else heard.person.minimum_age_met or 0
    standings = [(_standing(one, history, age_met, now), one.place) for one in programs]
    standings.sort(key=_comes)
    return tuple(standing for standing, _ in standings)


def _concerned(heard: Heard, history: History) -> list[ProgramOfLine]:
    """The programs that a text can be about: those that the person knows, the one that it names,
    and of the rest the one that speaks to strangers. (Of forty that answer at a sender, all but
    one or two are none of these, and to look at them took longer than to decide.)"""
    programs, named = heard.line.programs, heard.understood.keyword
    about = {word.program_id for word in heard.line.words if word.word == named}
    about |= history.subscriptions.keys()
    others = (one for one in programs if one.facts.id not in about)
    speaks = min(others, key=lambda one: one.place is Place.left, default=None)
    return [one for one in programs if one is speaks or one.facts.id in about]


def _comes(one: tuple[Standing, Place]) -> tuple[int, bool]:
    """A yes is to the latest question, also of a program that has left the sender since; else the
    programs that send from it go before those that did."""
    standing, place = one
    is_asked = standing.state is SubscriptionState.pending
    return _OWN_FIRST[standing.state], place is Place.left and not is_asked


def _moment(history: History, program_id: int) -> float:
    found = history.subscriptions.get(program_id)
    if found is None:
        return 0.0
    is_pending = found.state is SubscriptionState.pending
    return ((found.asked_at if is_pending else None) or found.changed_at).timestamp()


def _standing(program: ProgramOfLine, history: History, age_met: int, now: datetime) -> Standing:
    facts = program.facts
    subscription = None if history.is_handed_on else history.subscriptions.get(facts.id)
    state = subscription.state_at(now, facts.pending_hours) if subscription else None
    if history.is_suppressed and state is SubscriptionState.subscribed:
        state = SubscriptionState.unsubscribed  # they get nothing: no answer may call that "in"
    asked = subscription.asked_at if subscription else None
    is_pending = state is SubscriptionState.pending
    return Standing(
        program_id=facts.id,
        program=facts,
        opt_in=facts.opt_in,
        state=state,
        awaiting=subscription.awaiting if subscription and is_pending else None,
        must_ask_age=(facts.minimum_age or 0) > age_met,
        was_in=facts.id in history.was_in,
        has_list=facts.id in history.placed_in,
        was_asked=asked is not None,
        asked_lately=asked is not None and asked > now - _A_DAY,
        first_keyword=program.first_keyword,
    )


def _binding(line: Line, history: History, word: str | None) -> Binding | None:
    for one in line.words:
        if one.word == word:
            on_list = one.list_id in history.lists
            return Binding(one.program_id, one.list_id, one.list_name, on_list)
    return None
