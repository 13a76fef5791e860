"""Tables and the rules that keep them true. Importing this package registers every table."""

from models.base import IllegalMove
from models.broadcast import BROADCAST_MOVES, Broadcast, BroadcastStatus, Lane, QuietHours
from models.consent import (
    ConsentEvent,
    ConsentEvidence,
    ConsentKind,
    ConsentSource,
    Disclosure,
    Suppression,
    SuppressionReason,
)
from models.delivery import (
    HANDED_OVER,
    RANK,
    STILL_TO_GO,
    Delivery,
    DeliveryCount,
    DeliveryStatus,
    FrozenRange,
    Lease,
    SkipReason,
)
from models.inbound import Answer, AnswerStatus, InboundMessage
from models.inquiry import Inquiry
from models.log import AuditEvent, AuditKind, Checkpoint, LogLeaf, SigningKey, TreeHead, Unsealed
from models.operations import Counter, Heartbeat, Throttle
from models.organization import Member, Organization, Role
from models.outgoing import FileKind, Notice, NoticeStatus, NumberFile, NumberFilePiece, RefusedRow
from models.program import Keyword, List, OptIn, PoolSender, Program, SentFrom
from models.recurrence import Pattern, Recurrence
from models.sender import DEFAULT_RATES, RepliesBy, Sender, SenderDebit, SenderKind
from models.sizes import Counted, Size
from models.subscriber import (
    SUBSCRIPTION_MOVES,
    Awaiting,
    ListSubscription,
    Subscriber,
    Subscription,
    SubscriptionState,
)

__all__ = [
    "BROADCAST_MOVES",
    "DEFAULT_RATES",
    "HANDED_OVER",
    "RANK",
    "STILL_TO_GO",
    "SUBSCRIPTION_MOVES",
    "Answer",
    "AnswerStatus",
    "AuditEvent",
    "AuditKind",
    "Awaiting",
    "Broadcast",
    "BroadcastStatus",
    "Checkpoint",
    "ConsentEvent",
    "ConsentEvidence",
    "ConsentKind",
    "ConsentSource",
    "Counted",
    "Counter",
    "Delivery",
    "DeliveryCount",
    "DeliveryStatus",
    "Disclosure",
    "FileKind",
    "FrozenRange",
    "Heartbeat",
    "IllegalMove",
    "InboundMessage",
    "Inquiry",
    "Keyword",
    "Lane",
    "Lease",
    "List",
    "ListSubscription",
    "LogLeaf",
    "Member",
    "Notice",
    "NoticeStatus",
    "NumberFile",
    "NumberFilePiece",
    "OptIn",
    "Organization",
    "Pattern",
    "PoolSender",
    "Program",
    "QuietHours",
    "Recurrence",
    "RefusedRow",
    "RepliesBy",
    "Role",
    "Sender",
    "SenderDebit",
    "SenderKind",
    "SentFrom",
    "SigningKey",
    "Size",
    "SkipReason",
    "Subscriber",
    "Subscription",
    "SubscriptionState",
    "Suppression",
    "SuppressionReason",
    "Throttle",
    "TreeHead",
    "Unsealed",
]
