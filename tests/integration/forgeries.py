"""What somebody can do by hand to the log of `forger.record`, and what is said about it."""

from tests.integration.forgeries_people import NO_NUMBERS, PEOPLE

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
        ["DELETE FROM consent_event WHERE id = 2", "DELETE FROM log_leaf WHERE leaf_index = 2"],
        "consent event 2 [deleted]",
    ),
    "deleted, its leaf renumbered": (
        [
            "DELETE FROM consent_event WHERE id = 2",
            "DELETE FROM log_leaf WHERE leaf_index = 2",
            "UPDATE log_leaf SET leaf_index = leaf_index - 1 WHERE leaf_index > 2",
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
            "UPDATE log_leaf SET leaf_index = 99 WHERE leaf_index = 1",
            "UPDATE log_leaf SET leaf_index = 1 WHERE leaf_index = 3",
            "UPDATE log_leaf SET leaf_index = 3 WHERE leaf_index = 99",
        ],
        "consent event 1 [reordered]: its leaf and that of consent event 3 were exchanged",
    ),
    "a leaf moved": (
        [
            "UPDATE log_leaf SET leaf_index = leaf_index + 100 WHERE leaf_index < 4",
            "UPDATE log_leaf SET leaf_index = 0 WHERE leaf_index = 103",
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
        ["DELETE FROM log_leaf WHERE leaf_index > 5"],
        "checkpoint of size 9 [truncated]",
    ),
    "the end cut off with its checkpoints": (
        [
            "DELETE FROM log_leaf WHERE leaf_index > 5",
            "DELETE FROM checkpoint WHERE tree_size > 6",
        ],
        "consent event 6 [inserted]: it has no leaf",
    ),
    "a leaf's content changed": (
        ["UPDATE log_leaf SET leaf = CAST('{}' AS BLOB) WHERE leaf_index = 1"],
        "leaf 1 [log]: it is not what Marquee writes",
    ),
    "a root changed": (
        ["UPDATE checkpoint SET root_hash = zeroblob(32) WHERE tree_size = 4"],
        "checkpoint of size 4 [changed]",
    ),
    "a note changed": (
        ["UPDATE checkpoint SET note = replace(note, '\n4\n', '\n5\n') WHERE tree_size = 4"],
        "checkpoint of size 4 [signature]: The signature of marquee.test/1 is wrong",
    ),
    "the keys exchanged": (
        ["UPDATE signing_key SET public_key = zeroblob(32)"],
        "checkpoint of size 4 [signature]: None of the known keys",
    ),
    "a key that is none": (
        ["UPDATE signing_key SET public_key = zeroblob(3)"],
        "key 1 [signature]",
    ),
    "a checkpoint of the middle deleted": (
        ["DELETE FROM checkpoint WHERE tree_size = 6"],
        "checkpoint of size 6 [deleted]: the row is gone; that of size 7 was signed next after it",
    ),
    "the first checkpoint deleted": (
        ["DELETE FROM checkpoint WHERE tree_size = 4"],
        "checkpoint of size 4 [deleted]",
    ),
    "a checkpoint dated otherwise": (
        ["UPDATE checkpoint SET created_at = '2026-10-01 12:00:00.000000' WHERE tree_size = 6"],
        "checkpoint of size 6 [changed]: it was signed at 2026-11-23T",
    ),
    "a checkpoint without a date": (
        ["UPDATE checkpoint SET created_at = 'never' WHERE tree_size = 6"],
        "checkpoint of size 6 [changed]: the row holds what Marquee never writes",
    ),
    "a checkpoint's size is no number": (
        ["UPDATE checkpoint SET tree_size = 'many' WHERE tree_size = 6"],
        "checkpoint of size many [changed]: the row holds what Marquee never writes",
    ),
    "a checkpoint given to somebody else": (
        ["UPDATE checkpoint SET organization_id = 9 WHERE tree_size = 6"],
        "checkpoint of size 6 [deleted]",
    ),
    "a checkpoint made up": (
        [
            "INSERT INTO checkpoint (organization_id, tree_size, root_hash, note, created_at) "
            "SELECT organization_id, 5, root_hash, note, created_at FROM checkpoint "
            "WHERE tree_size = 6"
        ],
        "checkpoint of size 5 [changed]: its row and its note differ",
    ),
    "a key dated otherwise": (
        ["UPDATE signing_key SET created_at = '2026-10-01 12:00:00.000000'"],
        "key 1 [changed]: it was made at 2026-11-23T",
    ),
    "a key said to be retired": (
        ["UPDATE signing_key SET retired_at = '2026-12-01 12:00:00.000000'"],
        "key 1 [changed]: its row says that it was retired at 2026-12-01T12:00:00.000000Z, and no",
    ),
    "a key renamed": (
        ["UPDATE signing_key SET name = 'evil.test/1'"],
        "key 1 [inserted]: no checkpoint is signed by it",
    ),
    "a key deleted": (
        ["DELETE FROM signing_key"],
        "[deleted]: it signed 4 checkpoints, and is not among the keys",
    ),
    "a key made up": (
        [
            "INSERT INTO signing_key (organization_id, name, public_key, created_at) "
            "SELECT organization_id, name, randomblob(32), created_at FROM signing_key"
        ],
        "key 2 [inserted]: no checkpoint is signed by it",
    ),
    "a disclosure reworded": (
        ["UPDATE disclosure SET text = 'You agreed to everything.'"],
        "disclosure 1 [changed]: sha256 is",
    ),
    "a disclosure dated otherwise": (
        ["UPDATE disclosure SET created_at = '2026-10-01 12:00:00.000000'"],
        "disclosure 1 [changed]: occurred_at is",
    ),
    "a disclosure that cannot be read": (
        ["UPDATE disclosure SET created_at = 'never'"],
        "disclosure 1 [changed]: the row holds what Marquee never writes",
    ),
    "a disclosure numbered otherwise": (
        ["UPDATE disclosure SET version = 4"],
        "disclosure 1 [changed]: version is 4, and the log says 1",
    ),
    "a disclosure of another program": (
        ["UPDATE disclosure SET program_id = 4"],
        "disclosure 1 [changed]: program is 4, and the log says 1",
    ),
    "a disclosure deleted": (
        ["DELETE FROM disclosure"],
        "disclosure 1 [deleted]: the row is gone; consent events point to it",
    ),
    "a disclosure made up": (
        [
            "INSERT INTO disclosure (organization_id, program_id, version, text, terms_url, "
            "privacy_url, created_at) SELECT organization_id, program_id, 2, 'Free!', terms_url, "
            "privacy_url, created_at FROM disclosure"
        ],
        "disclosure 2 [inserted]: it has no leaf in the log",
    ),
    "a disclosure slipped in before all": (
        [
            "INSERT INTO disclosure (id, organization_id, program_id, version, text, terms_url, "
            "privacy_url, created_at) SELECT 0, organization_id, program_id, 2, 'Free!', "
            "terms_url, privacy_url, created_at FROM disclosure"
        ],
        "disclosure 0 [reordered]: version 2 of program 1 comes after version 0",
    ),
    "a leaf that is a text": (
        ["UPDATE log_leaf SET leaf = 'x' WHERE leaf_index = 1"],
        "leaf 1 [log]: it is not what Marquee writes",
    ),
    "the last checkpoint deleted": (
        ["DELETE FROM checkpoint WHERE tree_size > 7"],
        "leaf 7 and after [inserted]: no checkpoint was signed for it",
    ),
    "the tree head changed": (
        ["UPDATE tree_head SET size = size - 1"],
        "tree head [log]",
    ),
    **PEOPLE,
    **NO_NUMBERS,
}
