"""What people read for every state and reason: one plain word, its meaning, and its colour.

The keys are the enums of models; a lookup by the enum's string works as well. `colour` is a name
of Tabler's palette, as in the class bg-<colour>-lt of a badge.
"""

from dataclasses import dataclass

from models import (
    AuditKind,
    BroadcastStatus,
    ConsentKind,
    ConsentSource,
    DeliveryStatus,
    SkipReason,
    SubscriptionState,
    SuppressionReason,
)


@dataclass(frozen=True, slots=True)
class Word:
    """A label of one to three words, a sentence that explains it, and a badge's colour."""

    label: str
    explanation: str
    colour: str


BROADCAST_WORDS: dict[BroadcastStatus, Word] = {
    BroadcastStatus.scheduled: Word("Scheduled", "It starts by itself at its time.", "blue"),
    BroadcastStatus.held: Word(
        "Held", "It did not start in time. Nothing was sent: you decide what happens.", "orange"
    ),
    BroadcastStatus.sending: Word("Sending", "Messages are going out now.", "azure"),
    BroadcastStatus.paused: Word(
        "Paused", "Nothing more goes out until somebody resumes it.", "yellow"
    ),
    BroadcastStatus.sent: Word(
        "Sent", "Every message was handed over or skipped; receipts may still arrive.", "green"
    ),
    BroadcastStatus.canceled: Word(
        "Canceled",
        "A member ended it, or it missed its time. What had left before stays sent.",
        "secondary",
    ),
}

DELIVERY_WORDS: dict[DeliveryStatus, Word] = {
    DeliveryStatus.pending: Word("Waiting", "Its turn has not come yet.", "secondary"),
    DeliveryStatus.sending: Word("Handing over", "It is on its way to the provider.", "azure"),
    DeliveryStatus.accepted: Word("Accepted", "The provider took it for sending.", "azure"),
    DeliveryStatus.sent: Word("Sent", "It left for the carrier; no receipt yet.", "blue"),
    DeliveryStatus.delivered: Word("Delivered", "The carrier says that it arrived.", "green"),
    DeliveryStatus.undelivered: Word(
        "Undelivered", "It was sent, but the carrier could not deliver it.", "orange"
    ),
    DeliveryStatus.failed: Word("Failed", "It could not be sent.", "red"),
    DeliveryStatus.skipped: Word("Skipped", "It was not sent, on purpose.", "yellow"),
    DeliveryStatus.unknown: Word(
        "Unknown",
        "The provider did not answer. It is never sent again by itself, so nobody gets it twice; "
        "a receipt may still settle it, and after a day you decide.",
        "purple",
    ),
}

SKIP_WORDS: dict[SkipReason, Word] = {
    SkipReason.opted_out: Word("Opted out", "They texted STOP or asked to be removed.", "red"),
    SkipReason.suppressed: Word(
        "Do not message", "The number is blocked for everything that you send.", "red"
    ),
    SkipReason.not_confirmed: Word(
        "Not confirmed", "They have not yet answered YES to join.", "yellow"
    ),
    SkipReason.left_list: Word("Left the list", "They left this list after it started.", "orange"),
    SkipReason.frequency: Word(
        "Enough already", "They have had as many messages as was promised, or may be.", "blue"
    ),
    SkipReason.quiet_hours: Word(
        "Quiet hours", "It would have come in their quiet hours, or too late after them.", "blue"
    ),
    SkipReason.too_late: Word(
        "Too late", "It was not of use any more when their turn came.", "secondary"
    ),
    SkipReason.canceled: Word(
        "Canceled", "The broadcast was canceled before their turn.", "secondary"
    ),
}

CONSENT_WORDS: dict[ConsentKind, Word] = {
    ConsentKind.requested: Word(
        "Asked to join", "They texted a keyword; it counts once they answer YES.", "yellow"
    ),
    ConsentKind.opted_in: Word("Opted in", "They agreed to get messages.", "green"),
    ConsentKind.joined_list: Word("Joined list", "They were added to a list.", "blue"),
    ConsentKind.left_list: Word("Left list", "They left one list and kept the others.", "orange"),
    ConsentKind.opted_out: Word("Opted out", "They revoked their consent.", "red"),
    ConsentKind.lapsed: Word("Lapsed", "Their YES did not come in time.", "secondary"),
    ConsentKind.deactivated: Word(
        "Deactivated", "The carrier says that the number is nobody’s any more.", "red"
    ),
}

SOURCE_WORDS: dict[ConsentSource, Word] = {
    ConsentSource.text: Word("By a text", "They texted it themselves.", "blue"),
    ConsentSource.page: Word("On a page", "They filled in a form.", "blue"),
    ConsentSource.imported: Word("By an import", "A file that a member uploaded.", "yellow"),
    ConsentSource.receipt: Word(
        "By the provider's receipt", "They opted out at the carrier.", "orange"
    ),
    ConsentSource.member: Word("By a member", "Somebody of the organization noted it.", "yellow"),
    ConsentSource.system: Word("By Marquee", "A rule of the system.", "secondary"),
}

SUBSCRIPTION_WORDS: dict[SubscriptionState, Word] = {
    SubscriptionState.pending: Word(
        "Not confirmed", "They have not yet answered YES to join.", "yellow"
    ),
    SubscriptionState.subscribed: Word("Subscribed", "They get messages.", "green"),
    SubscriptionState.unsubscribed: Word("Opted out", "They get nothing.", "red"),
}

SUPPRESSION_WORDS: dict[SuppressionReason, Word] = {
    SuppressionReason.opted_out: Word("Opted out", "They opted out by text.", "red"),
    SuppressionReason.provider_opt_out: Word(
        "At the carrier", "They opted out at the carrier.", "red"
    ),
    SuppressionReason.member: Word("By a member", "A member recorded their opt-out.", "yellow"),
    SuppressionReason.imported: Word(
        "Imported", "The number was in a suppression list that was imported.", "blue"
    ),
    SuppressionReason.deactivated: Word(
        "Deactivated", "The carrier says that the number is nobody’s any more.", "secondary"
    ),
}

ACT_WORDS: dict[AuditKind, Word] = {
    AuditKind.erased: Word("Erased", "A person's data was erased on request.", "purple"),
    AuditKind.expired: Word("Expired", "Texts were erased whose retention was over.", "secondary"),
    AuditKind.unmasked: Word("Unmasked", "An auditor saw whole numbers, with a reason.", "orange"),
    AuditKind.overridden: Word(
        "Overridden", "A broadcast was sent in spite of a warning.", "yellow"
    ),
    AuditKind.judged: Word("Judged", "An unclear text was read as an opt-out or not.", "blue"),
    AuditKind.imported: Word("Imported", "A file of numbers was taken in.", "blue"),
    AuditKind.restored: Word("Restored", "A restored database was confirmed.", "orange"),
    AuditKind.exported: Word("Exported", "A package or a file of numbers was handed out.", "blue"),
    AuditKind.stopped: Word(
        "Stopped", "Everything that the organization sends was stopped.", "red"
    ),
    AuditKind.resumed: Word("Resumed", "A stop of everything was ended.", "green"),
    AuditKind.decided: Word(
        "Decided", "Messages whose fate stayed unknown were given up or sent again.", "orange"
    ),
}
