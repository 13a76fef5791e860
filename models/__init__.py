"""Tables and the rules that keep them true. Importing this package registers every table."""

from models.base import IllegalMove
from models.broadcast import BROADCAST_MOVES, Broadcast, BroadcastStatus
from models.consent import (
    ConsentEvent,
    ConsentKind,
    ConsentSource,
    Suppression,
    SuppressionReason,
)
from models.delivery import HANDED_OVER, RANK, STILL_TO_GO, Delivery, DeliveryStatus, SkipReason
from models.inbound import Answer, AnswerStatus, InboundMessage
from models.operations import Counter, Heartbeat
from models.organization import Member, Organization, Role
from models.program import Keyword, List, OptIn, Program
from models.sender import DEFAULT_RATES, RepliesBy, Sender, SenderKind
from models.subscriber import (
    SUBSCRIPTION_MOVES,
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
    "Broadcast",
    "BroadcastStatus",
    "ConsentEvent",
    "ConsentKind",
    "ConsentSource",
    "Counter",
    "Delivery",
    "DeliveryStatus",
    "Heartbeat",
    "IllegalMove",
    "InboundMessage",
    "Keyword",
    "List",
    "ListSubscription",
    "Member",
    "OptIn",
    "Organization",
    "Program",
    "RepliesBy",
    "Role",
    "Sender",
    "SenderKind",
    "SkipReason",
    "Subscriber",
    "Subscription",
    "SubscriptionState",
    "Suppression",
    "SuppressionReason",
]
