"""Which moment a live picture shows: the clock's, or the data's own while that is catching up."""

from dataclasses import dataclass

from dashboards.page.answers import Answer


@dataclass
class Pace:
    """Whether the data is catching up with the clock, by the banner's reports: (reported at, known up to), in ms.

    While it gains, a feed that shows *now* shows the data's own now: the day in fast motion instead of nothing.
    """

    last: tuple[int, int] | None = None
    follows_ms: int | None = None

    def clock(self, now_ms: int) -> int:
        return now_ms if self.follows_ms is None else min(self.follows_ms, now_ms)

    def read(self, answer: Answer) -> bool:
        """True if it has just begun or ceased to catch up: then everything is to be asked anew."""
        report = _report(answer)
        if report is None or report == self.last:
            return False
        before, self.last = self.last, report
        gaining = before is not None and report[1] - before[1] > 2 * (report[0] - before[0])
        behind = report[0] - report[1] > 60_000
        followed, self.follows_ms = self.follows_ms, report[1] if gaining and behind else None
        return (followed is None) != (self.follows_ms is None)


def _report(answer: Answer) -> tuple[int, int] | None:
    if not answer.rows or "as_of" not in answer.names:
        return None
    row = dict(zip(answer.names, answer.rows[0], strict=True))
    if row["as_of"] is None:
        return None
    return round(row["reported_at"].timestamp() * 1_000), round(row["as_of"].timestamp() * 1_000)
