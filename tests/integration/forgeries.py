"""What somebody can do by hand to the log of `forger.record`, and what is said about it."""

# Another value for each column of consent event 1 but its key.
COLUMNS = {
    "organization_id": "99",
    "list_id": "NULL",
    "sender_id": "NULL",
    "inbound_message_id": "NULL",
    "disclosure_id": "77",
    "disclosure_sha256": "'ab'",
    "kind": "'joined_list'",
    "occurred_at": "'2026-11-20 12:00:00.000000'",
    "source": "'page'",
    "keyword": "'OTHER'",
    "subscriber_id": "2",
    "program_id": "NULL",
    "commitment": "'00'",
    "message_sid": "NULL",
    "member_id": "1",
}

# Statements, and the sentence that names what they did.
SQL = {
    "deleted": (
        ["DELETE FROM consent_event WHERE id = 2"],
        "consent event 2 [deleted]: the row is gone",
    ),
    "deleted with its leaf": (
        ["DELETE FROM consent_event WHERE id = 2", "DELETE FROM log_leaf WHERE leaf_index = 1"],
        "consent event 2 [deleted]",
    ),
    "deleted, its leaf renumbered": (
        [
            "DELETE FROM consent_event WHERE id = 2",
            "DELETE FROM log_leaf WHERE leaf_index = 1",
            "UPDATE log_leaf SET leaf_index = leaf_index - 1 WHERE leaf_index > 1",
        ],
        "consent event 2 [deleted]",
    ),
    "two events exchanged": (
        [
            "UPDATE consent_event SET id = 99 WHERE id = 1",
            "UPDATE consent_event SET id = 1 WHERE id = 2",
            "UPDATE consent_event SET id = 2 WHERE id = 99",
        ],
        "consent event 1 [changed]",
    ),
    "two leaves exchanged": (
        [
            "UPDATE log_leaf SET leaf_index = 99 WHERE leaf_index = 0",
            "UPDATE log_leaf SET leaf_index = 0 WHERE leaf_index = 2",
            "UPDATE log_leaf SET leaf_index = 2 WHERE leaf_index = 99",
        ],
        "consent event 1 [reordered]: its leaf and that of consent event 3 were exchanged",
    ),
    "a leaf moved": (
        [
            "UPDATE log_leaf SET leaf_index = leaf_index + 100 WHERE leaf_index < 3",
            "UPDATE log_leaf SET leaf_index = 0 WHERE leaf_index = 102",
            "UPDATE log_leaf SET leaf_index = leaf_index - 99 WHERE leaf_index >= 100",
        ],
        "consent event 3 [reordered]: it is out of its order",
    ),
    "an event of nobody's": (
        ["UPDATE consent_event SET organization_id = 99 WHERE id = 3"],
        "consent event 3 [deleted]",
    ),
    "a value that is none": (
        ["UPDATE consent_event SET occurred_at = 'never' WHERE id = 3"],
        "consent event 3 [changed]",
    ),
    "evidence changed": (
        [
            "UPDATE consent_evidence SET content = replace(content, 'JOIN', 'join') "
            "WHERE consent_event_id = 3"
        ],
        "consent event 3 [evidence]: its evidence is not what",
    ),
    "evidence deleted": (
        ["DELETE FROM consent_evidence WHERE consent_event_id = 3"],
        "consent event 3 [evidence]: its evidence is gone",
    ),
    "evidence erased by hand": (
        [
            "UPDATE consent_evidence SET salt = NULL, content = NULL, "
            "erased_at = '2026-11-23 12:00:00.000000' WHERE consent_event_id = 3"
        ],
        "consent event 3 [evidence]: its evidence was erased, and no act in the log says so",
    ),
    "evidence said to be erased": (
        [
            "UPDATE consent_evidence SET erased_at = '2026-11-23 12:00:00.000000' "
            "WHERE consent_event_id = 3"
        ],
        "consent event 3 [evidence]: its evidence says that it was erased, and is there",
    ),
    "evidence emptied": (
        ["UPDATE consent_evidence SET content = NULL WHERE consent_event_id = 3"],
        "consent event 3 [evidence]",
    ),
    "an act changed": (
        ["UPDATE audit_event SET subject = '{\"rows\": 4}'"],
        'audit event 1 [changed]: subject is {"rows": 4}, and the log says {"rows": 3}',
    ),
    "an act deleted": (["DELETE FROM audit_event"], "audit event 1 [deleted]"),
    "a submission moved in time": (
        ["UPDATE delivery SET submitted_at = '2026-11-23 18:00:00.000000' WHERE id = 1"],
        "delivery 1 [inserted]: it has no leaf",
    ),
    "a submission moved back": (
        ["UPDATE delivery SET submitted_at = '2026-11-23 11:00:00.000000' WHERE id = 1"],
        "delivery 1 [changed]: submitted_at",
    ),
    "a submission denied": (
        ["UPDATE delivery SET submitted_at = NULL, status = 'pending' WHERE id = 1"],
        "delivery 1 [changed]: submitted_at is null",
    ),
    "a submission under another consent": (
        ["UPDATE delivery SET consent_event_id = 2 WHERE id = 1"],
        "delivery 1 [changed]: consent is 2, and the log says 1",
    ),
    "a submission made up": (
        ["UPDATE delivery SET submitted_at = '2026-11-23 12:00:00.000000' WHERE id = 2"],
        "delivery 2 [inserted]: it has no leaf",
    ),
    "a delivery deleted": (["DELETE FROM delivery WHERE id = 1"], "delivery 1 [deleted]"),
    "the end cut off": (
        ["DELETE FROM log_leaf WHERE leaf_index > 4"],
        "checkpoint of size 8 [truncated]",
    ),
    "the end cut off with its checkpoints": (
        [
            "DELETE FROM log_leaf WHERE leaf_index > 4",
            "DELETE FROM checkpoint WHERE tree_size > 5",
        ],
        "consent event 6 [inserted]: it has no leaf",
    ),
    "a leaf's content changed": (
        ["UPDATE log_leaf SET leaf = CAST('{}' AS BLOB) WHERE leaf_index = 0"],
        "leaf 0 [log]: it is not what Marquee writes",
    ),
    "a root changed": (
        ["UPDATE checkpoint SET root_hash = zeroblob(32) WHERE tree_size = 3"],
        "checkpoint of size 3 [changed]",
    ),
    "a note changed": (
        ["UPDATE checkpoint SET note = replace(note, '\n3\n', '\n4\n') WHERE tree_size = 3"],
        "checkpoint of size 3 [signature]: The signature of marquee.test/1 is wrong",
    ),
    "the keys exchanged": (
        ["UPDATE signing_key SET public_key = zeroblob(32)"],
        "checkpoint of size 3 [signature]: None of the known keys",
    ),
    "a key that is none": (
        ["UPDATE signing_key SET public_key = zeroblob(3)"],
        "key 1 [signature]",
    ),
    "the last checkpoint deleted": (
        ["DELETE FROM checkpoint WHERE tree_size > 6"],
        "leaf 6 and after [inserted]: no checkpoint was signed for it",
    ),
    "the tree head changed": (
        ["UPDATE tree_head SET size = size - 1"],
        "tree head [log]",
    ),
}
