"""Where a broadcast's audience stands; the parts always add up."""

from dataclasses import dataclass

from sqlalchemy import func, select
from sqlmodel import Session, col

from models import STILL_TO_GO, Broadcast, Delivery, DeliveryStatus, SkipReason


@dataclass(frozen=True, slots=True)
class Balance:
    """audience = delivered + undelivered + failed + skipped (by reason) + unknown + still to go."""

    audience: int
    by_status: dict[DeliveryStatus, int]
    skipped: dict[SkipReason, int]

    def count(self, *statuses: DeliveryStatus) -> int:
        return sum(self.by_status.get(status, 0) for status in statuses)

    @property
    def still_to_go(self) -> int:
        return self.count(*STILL_TO_GO)

    @property
    def handed_over(self) -> int:
        """Messages that the provider took, whatever became of them."""
        return self.count(
            DeliveryStatus.accepted,
            DeliveryStatus.sent,
            DeliveryStatus.delivered,
            DeliveryStatus.undelivered,
        )

    @property
    def holds(self) -> bool:
        return self.audience == sum(self.by_status.values())


def balance(session: Session, broadcast_id: int) -> Balance:
    """The balance of a broadcast at this moment; all zero before its audience is resolved."""
    audience = session.get_one(Broadcast, broadcast_id).audience or 0
    by_status: dict[DeliveryStatus, int] = {}
    skipped: dict[SkipReason, int] = {}
    rows = session.execute(
        select(col(Delivery.status), col(Delivery.skip_reason), func.count())
        .where(col(Delivery.broadcast_id) == broadcast_id)
        .group_by(col(Delivery.status), col(Delivery.skip_reason))
    )
    for status, reason, number in rows:
        by_status[status] = by_status.get(status, 0) + number
        if reason is not None:
            skipped[reason] = skipped.get(reason, 0) + number
    return Balance(audience, by_status, skipped)
