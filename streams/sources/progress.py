"""How long work goes on, for people: a bar with rate and time left at a terminal, a line now and then elsewhere."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from streams.clock import steady_seconds
from streams.sources.importing import Phase

WORDS: dict[Phase, str] = {
    "reading": "reading",
    "sorting": "sorting by time",
    "sending": "sending",
    "waiting": "waiting until it is stored",
    "feeding": "stored touchpoints",
    "settling": "on their way to the state",
    "following": "what came meanwhile",
}
SAY_AGAIN_SECONDS = 5.0


class Shown:
    """A watcher that draws. Without a terminal it says every few seconds where things are."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._bars = Progress(
            TextColumn("{task.description:<27}"),
            BarColumn(bar_width=30),
            MofNCompleteColumn(),
            _Rate(),
            TimeRemainingColumn(),
            console=console,
            disable=not console.is_terminal,
        )
        self._tasks: dict[Phase, TaskID] = {}
        self._said = self._began = steady_seconds()
        self._first = 0
        self._total: int | None = None

    def at(self, phase: Phase, done: int, total: int | None) -> None:
        is_new = phase not in self._tasks
        if is_new:
            for earlier in self._tasks.values():
                self._bars.stop_task(earlier)
            self._tasks[phase] = self._bars.add_task(WORDS[phase], total=total)
        if is_new or self._total != total:  # a phase, or its next round
            self._began, self._first, self._total = steady_seconds(), done, total
        self._bars.update(self._tasks[phase], completed=done, total=total)
        if not self._console.is_terminal and steady_seconds() - self._said >= SAY_AGAIN_SECONDS:
            self._said = steady_seconds()
            words = line_of(done, total, done - self._first, self._said - self._began)
            self._console.print(f"{WORDS[phase]}: {words}", markup=False, soft_wrap=True)

    def say(self, words: str) -> None:
        self._console.print(words, markup=False)

    def __enter__(self) -> "Shown":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


def line_of(done: int, total: int | None, recently: int, seconds: float) -> str:
    """`recently` of them in so many seconds: share, rate and time left, as far as they are known."""
    words = f"{done:,}" if total is None else f"{done:,} of {total:,}"
    if total:
        words += f" ({done / total:.0%})"
    rate = recently / seconds if seconds > 0 else 0.0
    if rate > 0:
        words += f", {rate:,.0f}/s"
        if total is not None and total > done:
            words += f", {(total - done) / rate:,.0f} s left"
    return words


class _Rate(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: "object") -> Text:
        speed = getattr(task, "finished_speed", None) or getattr(task, "speed", None)
        return Text(f"{speed:,.0f}/s" if speed else "")
