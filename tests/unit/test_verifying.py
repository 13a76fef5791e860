"""The two small tools of a verification."""

from compliance.verifying import Ids, out_of_order


def test_out_of_order_names_the_fewest() -> None:
    assert out_of_order([1, 2, 7, 4, 5, 6, 3, 8]) == [7, 3]
    assert out_of_order([1, 2, 3]) == []
    assert out_of_order([]) == []
    assert len(out_of_order([2, 1])) == 1


def test_a_set_of_ids() -> None:
    ids = Ids()
    for key in (0, 1, 4095, 4096, 2**62, -5):
        assert key not in ids
        assert ids.add(key)
        assert not ids.add(key)
        assert key in ids
    assert 2 not in ids
