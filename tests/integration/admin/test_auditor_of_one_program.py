"""An auditor of one program reads that program, and nothing of the organization's others."""

import re
from datetime import date

from flask import Flask

from models import AuditKind, FileKind, NumberFile, PoolSender, Sender
from models.leaves import note_act
from tests import series
from tests.integration.admin.browser import Browser, limit
from tests.integration.admin.test_access import address, rules
from tests.integration.audit.programs import second_program
from tests.world import World


def test_an_auditor_of_one_program_sees_nothing_of_another(
    app: Flask, history: World, auditor: Browser
) -> None:
    program_id = second_program(history)
    history.text("+12025550303", "DUB")
    history.text("+12025550303", "secret words")
    history.text("+12025550404", "what is this?")
    dub_list = 4
    other = history.order(list_id=dub_list, body="Dub Sessions tonight. STOP to cancel.")
    history.fire(other)
    limit(history, program_id=1)
    for page in ("/", "/subscribers", "/lists", "/programs", "/inbox", "/broadcasts", "/reports"):
        text = auditor.get(page).text
        for secret in ("0303", "Dub Sessions", "Dubbers", "secret words", "tonight"):
            assert secret not in text, (page, secret)
    assert "0101" in auditor.get("/subscribers").text
    assert "what is this?" in auditor.get("/inbox").text  # a stranger's, to this program's sender
    with history.database.write() as session:
        owner, now = history.organization_id, history.now
        for what, subject in (
            ("of-one", {"program": 1}),
            ("of-another", {"program": program_id}),
            ("of-anothers-broadcast", {"broadcast": other.id}),
            ("of-all", {}),
        ):
            note_act(session, owner, AuditKind.exported, now, what=what, **subject)
    acts = auditor.get("/reports/acts").text
    assert [what in acts for what in ("of-one", "of-all")] == [True, True]
    assert "of-another" not in acts
    for absent in (
        "/subscribers/2",
        f"/lists/{dub_list}",
        f"/programs/{program_id}",
        f"/broadcasts/{other.id}",
        f"/broadcasts/{other.id}/deliveries.csv",
        f"/reports/stops?program={program_id}",
        f"/reports/programs/{program_id}/package.zip",
    ):
        assert auditor.get(absent).status_code == 404, absent
    limit(history, program_id=program_id)
    assert "•0303" in auditor.get("/subscribers").text
    assert not re.search(r"\b0101\b", auditor.get("/subscribers").text)
    assert auditor.get("/broadcasts/1").status_code == 404


def test_an_auditor_of_one_program_sees_no_import_of_another(
    history: World, auditor: Browser
) -> None:
    """A file of consents is its list's program's; one that takes away is everybody's."""
    program_id = second_program(history)
    kinds = ((FileKind.subscribers, 4, date(2026, 1, 1)), (FileKind.suppression, None, None))
    with history.database.write() as session:
        for kind, list_id, day in kinds:
            file = NumberFile(
                organization_id=history.organization_id,
                kind=kind,
                name="dub.csv",
                sha256="a" * 64,
                declared_source="dub box office",
                list_id=list_id,
                declared_on=day,
                proof_text="I agree" if list_id else None,
                created_at=history.now,
            )
            session.add(file)
            session.flush()
    limit(history, program_id=1)
    assert auditor.get("/suppressions/files/1").status_code == 404
    assert "dub box office" in auditor.get("/suppressions/files/2").text
    limit(history, program_id=program_id)
    assert "dub box office" in auditor.get("/suppressions/files/1").text


def test_an_auditor_of_one_program_sees_no_series_of_another(
    history: World, auditor: Browser
) -> None:
    program_id = second_program(history)
    series.order(history, list_id=4, body="Dub Sessions every Friday. STOP to cancel.")
    series.order(history, body="Neon Nights every Friday. STOP to cancel.")
    for program, own, foreign in ((1, "Neon", "Dub"), (program_id, "Dub", "Neon")):
        limit(history, program_id=program)
        bodies = auditor.get("/recurring").text
        assert re.search(rf"{own} \w+ every Friday", bodies)
        assert not re.search(rf"{foreign} \w+ every Friday", bodies)


def test_an_auditor_of_one_program_reads_every_page_without_an_error(
    app: Flask, history: World, auditor: Browser
) -> None:
    limit(history, program_id=1)
    for rule in rules(app):
        if "GET" in (rule.methods or set()) and "package.zip" not in rule.rule:
            assert auditor.get(address(rule)).status_code < 500, rule


def test_texts_to_the_whole_pool_are_the_programs(history: World, auditor: Browser) -> None:
    with history.database.write() as session:
        first = session.get_one(Sender, 1).model_dump(exclude={"id"})
        session.add(Sender(**(first | {"address": "24681"})))
        session.flush()
        session.add(PoolSender(program_id=1, sender_id=2, added_at=history.now))
    history.text("+12025550101", "is there parking?", to="24681")
    limit(history, program_id=1)
    assert "is there parking?" in auditor.get("/inbox").text
