"""`touchline rejected`: dead letters looked at, put right, sent again or marked as dealt with, by a person."""

import sys
from typing import TYPE_CHECKING, Annotated

import typer

from streams.run.command import account, console, fail, opened, require_broker, settings

if TYPE_CHECKING:
    from streams.run.rejected.letters import Filter

rejected = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, fix, replay, discard; resume what paused.")

Positions = Annotated[
    list[str] | None, typer.Argument(metavar="[POSITION]…", help="topic/partition/offset, with /row where there is one")
]
Reasons = Annotated[list[str] | None, typer.Option("--reason", help="only these, as bad_time; again for each")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="only of these services; '' for unreadable ones")]
Fields = Annotated[list[str] | None, typer.Option("--field", help="only with these fields at fault")]
Topics = Annotated[list[str] | None, typer.Option("--topic", help="only of these topics, as touchpoints or rows.stays")]
Since = Annotated[str | None, typer.Option(help="RFC 3339, or how long ago: 30m, 12h, 7d")]
Until = Annotated[str | None, typer.Option(help="as --since")]
All = Annotated[bool, typer.Option("--all", help="also those that somebody has dealt with")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="show what would be done, and do nothing")]
Yes = Annotated[bool, typer.Option("--yes", help="ask nothing")]
Why = Annotated[str, typer.Option("--why", help="for the books")]
By = Annotated[str | None, typer.Option("--by", help="for the books; else the account on this machine")]


@rejected.command("list")
def list_command(
    positions: Positions = None,
    reasons: Reasons = None,
    sources: Sources = None,
    fields: Fields = None,
    topics: Topics = None,
    since: Since = None,
    until: Until = None,
    everything: All = False,
    json: Annotated[bool, typer.Option("--json", help="one JSON object a line")] = False,
) -> None:
    """Counts by reason, field and source, with the newest of each. Shows nothing of what was sent."""
    from streams.run.rejected.letters import causes
    from streams.run.rejected.show import list_json, list_table, to_screen

    wanted = _filter(positions, reasons, sources, fields, topics, since, until, done=everything)
    with opened(settings()) as store:
        found = causes(store, wanted)
    if json:
        sys.stdout.write(list_json(found))
    elif not found:
        console.print("no dead letters" + ("" if everything else " that nobody has dealt with"))
    else:
        to_screen().print(list_table(found, done=everything))


@rejected.command("show")
def show_command(
    position: Annotated[
        str, typer.Argument(metavar="POSITION", help="topic/partition/offset, with /row if it has one")
    ],
    exact: Annotated[bool, typer.Option("--bytes", help="the exact bytes alone, on standard output")] = False,
) -> None:
    """One dead letter whole: what is wrong, the fix in words, and what was sent, personal data included."""
    from streams.run.rejected.act import found_letters
    from streams.run.rejected.show import letter_lines

    letter = next(found_letters(settings(), _filter([position], done=True)), None)
    if letter is None:
        fail(f"{position}: neither the store nor the log has it", 1)
    if exact:
        sys.stdout.buffer.write(letter.payload)
        return
    console.print("what follows was never hashed: it may tell who somebody is", style="yellow")
    sys.stdout.write("\n".join(letter_lines(letter)) + "\n")


@rejected.command("fix")
def fix_command(
    positions: Positions = None,
    reasons: Reasons = None,
    sources: Sources = None,
    fields: Fields = None,
    topics: Topics = None,
    since: Since = None,
    until: Until = None,
    everything: All = False,
    put: Annotated[list[str] | None, typer.Option("--set", help="field=value, as data.amount=9.90")] = None,
    unset: Annotated[list[str] | None, typer.Option("--unset", help="a field that goes")] = None,
    rename: Annotated[list[str] | None, typer.Option("--rename", help="old=new")] = None,
    edit: Annotated[bool, typer.Option("--edit", help="in an editor, one at a time")] = False,
    editor: Annotated[str, typer.Option(envvar=["VISUAL", "EDITOR"], help="for --edit")] = "vi",
    dry_run: DryRun = False,
    yes: Yes = False,
    why: Why = "",
    by: By = None,
) -> None:
    """Changes dead letters and sends them again; what the contract still refuses is named and not sent."""
    from streams.run.rejected.act import Manner, act, fixed
    from streams.run.rejected.fix import read_changes

    try:
        changes = read_changes(put or (), unset or (), rename or ())
    except ValueError as error:
        fail(str(error))
    if not changes and not edit:
        fail("nothing to change: give --set, --unset, --rename or --edit")
    wanted = _filter(positions, reasons, sources, fields, topics, since, until, done=everything)
    manner = Manner("fixed", by or account(), why, dry_run=dry_run, yes=yes)
    act(settings(), wanted, manner, lambda letter: fixed(letter, changes, editor if edit else None))


@rejected.command("replay")
def replay_command(
    positions: Positions = None,
    reasons: Reasons = None,
    sources: Sources = None,
    fields: Fields = None,
    topics: Topics = None,
    since: Since = None,
    until: Until = None,
    everything: All = False,
    unchecked: Annotated[
        bool, typer.Option("--unchecked", help="also what this release would refuse: the workers have a newer one")
    ] = False,
    dry_run: DryRun = False,
    yes: Yes = False,
    why: Why = "",
    by: By = None,
) -> None:
    """Sends dead letters again as they are, after a release that accepts them. Sent twice, they count once."""
    from streams.run.rejected.act import Manner, act

    wanted = _filter(positions, reasons, sources, fields, topics, since, until, done=everything)
    manner = Manner("replayed", by or account(), why, dry_run=dry_run, yes=yes, checked=not unchecked)
    act(settings(), wanted, manner, lambda letter: letter.payload)


@rejected.command("discard")
def discard_command(
    why: Annotated[str, typer.Option("--why", help="for the books")],
    positions: Positions = None,
    reasons: Reasons = None,
    sources: Sources = None,
    fields: Fields = None,
    topics: Topics = None,
    since: Since = None,
    until: Until = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    by: By = None,
) -> None:
    """Marks dead letters as dealt with. They stay until they expire; only `--all` lists them."""
    from streams.run.rejected.act import Manner, act

    wanted = _filter(positions, reasons, sources, fields, topics, since, until)
    act(settings(), wanted, Manner("discarded", by or account(), why, dry_run=dry_run, yes=yes), lambda _: None)


@rejected.command("resume")
def resume_command(
    partition: Annotated[list[int] | None, typer.Option("--partition", help="else every one that is paused")] = None,
    by: By = None,
) -> None:
    """Lets partitions go on that paused because too much was refused: their dead letters are accepted."""
    from streams.run.rejected.resume import paused_partitions, resume

    chosen = settings()
    require_broker(chosen)
    if not partition:
        with opened(chosen) as store:
            partition = paused_partitions(store)
    if not partition:
        console.print("no partition is paused")
        return
    resume(chosen, partition, by or account())
    console.print(f"resumed: {', '.join(f'touchpoints/{number}' for number in partition)}; workers notice in seconds")


def _filter(
    positions: list[str] | None,
    reasons: list[str] | None = None,
    sources: list[str] | None = None,
    fields: list[str] | None = None,
    topics: list[str] | None = None,
    since: str | None = None,
    until: str | None = None,
    *,
    done: bool = False,
) -> "Filter":
    """What the options ask for, or a line for the one that is wrong."""
    from schemas.touchpoint import REASONS
    from streams.clock import now_ms
    from streams.run.rejected.letters import Filter, read_position, read_time

    for reason in reasons or ():
        if reason not in REASONS:
            fail(f"--reason {reason}: it is one of {', '.join(REASONS)}")
    try:
        return Filter(
            tuple(reasons or ()),
            tuple(sources or ()),
            tuple(fields or ()),
            tuple(topics or ()),
            None if since is None else read_time(since, now_ms()),
            None if until is None else read_time(until, now_ms()),
            tuple(read_position(text) for text in positions or ()),
            done,
        )
    except ValueError as error:
        fail(str(error))
