"""How much a run measures: a quick one shows that all works, the full one gives figures."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Size:
    """The amounts of one run.

    `rounds` is how often each figure is measured, `seconds` how long one measurement of a rate
    should take, `most` the most messages of one. `few`, `many` and `masses` are numbers of
    recipients, `import_rows` numbers in an imported file, `subscribers` and `deliveries` those of
    the database that pages are measured on, and `page_requests` how often each page is asked for
    in a round.
    """

    name: str
    rounds: int
    seconds: float
    most: int
    few: int
    many: int
    masses: int
    import_rows: int
    subscribers: int
    deliveries: int
    page_requests: int

    def amount(self, rate: float) -> int:
        """How many messages take about `seconds` at `rate` a second.

        One of 200, 500, 1,000, 2,000 and so on, so that few databases have to be built.
        """
        wanted = max(200, min(self.most, int(rate * self.seconds)))
        power: int = 10 ** (len(str(wanted)) - 1)
        return max(step * power for step in (1, 2, 5) if step * power <= wanted)


SIZES = {
    size.name: size
    for size in (
        Size(
            name="small",
            rounds=1,
            seconds=1.5,
            most=20_000,
            few=2_000,
            many=20_000,
            masses=40_000,
            import_rows=5_000,
            subscribers=20_000,
            deliveries=100_000,
            page_requests=5,
        ),
        Size(
            name="medium",
            rounds=3,
            seconds=4,
            most=50_000,
            few=10_000,
            many=1_000_000,
            masses=1_000_000,
            import_rows=100_000,
            subscribers=200_000,
            deliveries=2_000_000,
            page_requests=10,
        ),
        Size(
            name="full",
            rounds=3,
            seconds=15,
            most=400_000,
            few=10_000,
            many=1_000_000,
            masses=10_000_000,
            import_rows=1_000_000,
            subscribers=5_000_000,
            deliveries=50_000_000,
            page_requests=20,
        ),
    )
}
