"""How an import goes on, for people at a terminal: a bar with rate and time left, one line where there is none."""

from types import TracebackType

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from streams.run.clock import steady_seconds
from streams.sources.importing import Phase

WORDS: dict[Phase, str] = {
    "reading": "reading",
    "sorting": "sorting by time",
    "sending": "sending",
    "waiting": "waiting until it is stored",
}
SAY_AGAIN_SECONDS = 10.0


class Shown:
    """A watcher that draws. Without a terminal it says every ten seconds where things are."""

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
        self._said = steady_seconds()

    def at(self, phase: Phase, done: int, total: int | None) -> None:
        if phase not in self._tasks:
            for earlier in self._tasks.values():
                self._bars.stop_task(earlier)
            self._tasks[phase] = self._bars.add_task(WORDS[phase], total=total)
        self._bars.update(self._tasks[phase], completed=done, total=total)
        if not self._console.is_terminal and steady_seconds() - self._said >= SAY_AGAIN_SECONDS:
            self._said = steady_seconds()
            self._console.print(f"{WORDS[phase]}: {done:,}" + (f" of {total:,}" if total is not None else ""))

    def say(self, words: str) -> None:
        self._console.print(words, markup=False)

    def __enter__(self) -> "Shown":
        self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bars.stop()


class _Rate(TextColumn):
    def __init__(self) -> None:
        super().__init__("")

    def render(self, task: "object") -> Text:
        speed = getattr(task, "finished_speed", None) or getattr(task, "speed", None)
        return Text(f"{speed:,.0f}/s" if speed else "")
