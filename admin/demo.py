"""The first organization: a demo program that is complete enough to send a blast with."""

import secrets
from datetime import datetime
from typing import Any

from sqlmodel import Session

from models import (
    DEFAULT_RATES,
    Keyword,
    List,
    Member,
    OptIn,
    Organization,
    Program,
    RepliesBy,
    Role,
    Sender,
    SenderKind,
)
from models.disclosing import current

SHORT_CODE = "24680"
# Keyword to the list that it leads to; the first is the program's own.
KEYWORDS = {"JOIN": "All guests", "TECHNO": "Techno nights", "JAZZ": "Jazz evenings"}


def found(
    session: Session, *, email: str, password_hash: str, public_base_url: str, now: datetime
) -> Organization:
    """Make the organization "Neon Nights" with its owner, sender, program, lists, keywords."""
    organization = Organization(name="Neon Nights", created_at=now)
    session.add(organization)
    session.flush()
    mine: dict[str, Any] = {"organization_id": organization.id, "created_at": now}
    session.add(
        Member(
            email=email,
            name="Owner",
            role=Role.owner,
            password=password_hash,
            fs_uniquifier=secrets.token_hex(16),
            **mine,
        )
    )
    sender = Sender(
        kind=SenderKind.short_code,
        address=SHORT_CODE,
        replies_by=RepliesBy.application,
        segments_per_second=DEFAULT_RATES[SenderKind.short_code],
        **mine,
    )
    session.add(sender)
    session.flush()
    program = Program(
        sender_id=sender.id,
        name="Neon Nights",
        slug="neon-nights",
        description="Club nights, concerts and guest-list offers",
        message_frequency="Up to 4 msgs/month",
        support_contact="help@neon-nights.example",
        terms_url=f"{public_base_url}/p/neon-nights/terms",
        privacy_url=f"{public_base_url}/p/neon-nights/privacy",
        opt_in=OptIn.single,
        **mine,
    )
    session.add(program)
    session.flush()
    for word, name in KEYWORDS.items():
        gathered = List(program_id=program.id, name=name, **mine)
        session.add(gathered)
        session.flush()
        session.add(
            Keyword(
                sender_id=sender.id, program_id=program.id, list_id=gathered.id, word=word, **mine
            )
        )
    session.flush()
    current(session, program, now)
    return organization
