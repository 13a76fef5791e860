"""What can be done by hand to people, and with texts where numbers belong; and what is said."""

PEOPLE = {
    "somebody gets another number": (
        ["UPDATE subscriber SET phone_number = '+12025550177' WHERE id = 2"],
        "subscriber 2 [changed]: its number and the keyed hash of it do not fit together",
    ),
    "two people get each other's number": (
        [
            "UPDATE subscriber SET id = 99 WHERE id = 1",
            "UPDATE subscriber SET id = 1 WHERE id = 2",
            "UPDATE subscriber SET id = 2 WHERE id = 99",
        ],
        "consent event 1 [evidence]: its evidence names another number than its subscriber has",
    ),
    "somebody deleted": (
        ["DELETE FROM subscriber WHERE id = 2"],
        "subscriber 2 [deleted]: the row is gone; consent event 2 is about it",
    ),
    "somebody said to be erased": (
        ["UPDATE subscriber SET erased_at = '2026-11-23 12:00:00.000000' WHERE id = 2"],
        "subscriber 2 [changed]: it says that it was erased, and no act in the log says so",
    ),
    "an opt-out forgotten": (
        ["DELETE FROM suppression"],
        "subscriber 2 [changed]: consent event 5 revoked everything, and it is not suppressed",
    ),
    "somebody subscribed again": (
        ["UPDATE subscription SET state = 'subscribed' WHERE subscriber_id = 2"],
        "subscriber 2 [changed]: it is subscribed to program 1, and no event says so since "
        "consent event 5 revoked everything",
    ),
    "somebody put on a list": (
        ["INSERT INTO list_subscription (list_id, subscription_id, added_at) "
         "SELECT 2, id, changed_at FROM subscription WHERE subscriber_id = 3"],
        "subscriber 3 [changed]: it is on list 2, and no event says so",
    ),
    "somebody moved to another list": (
        ["UPDATE list_subscription SET list_id = 3 WHERE subscription_id = 1"],
        "subscriber 1 [changed]: it is on list 3, and no event says so",
    ),
}  # fmt: skip
# SQLite takes a text in a column of numbers.
NO_NUMBERS = {
    "an event of nobody": (
        ["UPDATE consent_event SET subscriber_id = 'abc' WHERE id = 2"],
        'consent event 2 [changed]: subscriber is "abc", and the log says 2',
    ),
    "evidence of no event": (
        ["UPDATE consent_evidence SET consent_event_id = 'abc' WHERE consent_event_id = 2"],
        "consent event 2 [evidence]: its evidence is gone",
    ),
    "a leaf without a place": (
        ["UPDATE log_leaf SET leaf_index = 'abc' WHERE leaf_index = 2"],
        "leaf 'abc' [log]: its place is no number",
    ),
    "a salt in capitals": (
        ["UPDATE consent_evidence SET salt = upper(salt) WHERE consent_event_id = 2"],
        "consent event 2 [evidence]: its evidence is not what the event commits to",
    ),
}
