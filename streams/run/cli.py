"""The command line: every verb a person can give, each a few lines over the room that does it."""

import gc
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from streams.kafka.ending import REFUSED
from streams.run.command import console, fail, producer, require_broker, settings
from streams.run.identity.command import identity
from streams.run.identity.erase import erase_command
from streams.run.logs import configure as configure_logs
from streams.run.rejected.command import rejected
from streams.run.settings import log_style
from streams.run.whatif.command import whatif_command

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False)
dashboards = typer.Typer(no_args_is_help=True, help="Boards for Grafana, from the same panels as the page.")
app.add_typer(dashboards, name="dashboards")
app.add_typer(rejected, name="rejected")
app.add_typer(identity, name="identity")
app.command("erase")(erase_command)
app.command("whatif")(whatif_command)

Port = Annotated[int, typer.Option(min=1, max=65535)]
Processes = Annotated[
    int, typer.Option(min=0, max=64, help="so many under a supervisor that restarts them; 0: this process alone")
]


@app.callback()
def prepare(
    verbose: Annotated[bool, typer.Option("--verbose", help="also what the libraries have to say")] = False,
) -> None:
    """Touchline: from touchpoints of every channel to the live load of every place."""
    configure_logs(verbose=verbose, style=log_style())


@app.command("up")
def up_command(
    kafka_port: Port = 9092,
    http_port: Port = 8123,
    page_port: Port = 8080,
    data_dir: Annotated[
        Path | None, typer.Option(help="keeps the store there; without it, it goes with the end")
    ] = None,
    simulate: Annotated[bool, typer.Option(help="a simulated park: the last 24 hours at once, then live")] = True,
) -> None:
    """The whole road on embedded parts, with a simulated park and the page. Ctrl-C ends everything."""
    from streams.run.up import CannotStartError, Ports, up

    try:
        raise typer.Exit(up(Ports(kafka_port, http_port, page_port), data_dir, simulate=simulate, say=console.print))
    except CannotStartError as error:
        fail(str(error))


@app.command("worker")
def worker_command(processes: Processes = 0) -> None:
    """The stages validate, stitch and load, for the partitions that the group hands to this process."""
    gc.disable()  # what is loaded stays: searching it for garbage all the while is a fifth of the start
    from streams.run.fleet import run_fleet
    from streams.run.worker import run_worker

    gc.enable()
    chosen = settings()
    try:
        raise typer.Exit(run_fleet(chosen, "worker", processes) if processes else run_worker(chosen))
    except ValueError as error:
        fail(str(error), REFUSED)


@app.command("serve")
def serve_command(
    store: Annotated[str, typer.Option(help="chdb:///folder, which this process owns, or http://user:password@host")],
    http_port: Annotated[int | None, typer.Option(help="SQL endpoint on the embedded store")] = None,
    page_port: Annotated[int | None, typer.Option(help="the page")] = None,
) -> None:
    """The process that owns the store: writes rows, answers SQL and shows the page."""
    from streams.run.serve import run_serve

    try:
        run_serve(settings(), store, http_port=http_port, page_port=page_port)
    except (ValueError, OSError) as error:
        fail(str(error), REFUSED)


@app.command("sink")
def sink_command(processes: Processes = 0) -> None:
    """Writes rows from Kafka into the ClickHouse server of TOUCHLINE_CLICKHOUSE until stopped."""
    from streams.run.fleet import run_fleet

    chosen = settings()
    if not processes:
        serve_command(chosen.clickhouse)
        return
    try:
        raise typer.Exit(run_fleet(chosen, "sink", processes))
    except ValueError as error:
        fail(str(error), REFUSED)


@app.command("page")
def page_command(port: Port = 8080) -> None:
    """The page alone, over the ClickHouse server of TOUCHLINE_CLICKHOUSE."""
    from streams.run.serve import run_page

    run_page(settings(), port)


@app.command("emit")
def emit_command(
    kind: Annotated[
        str | None, typer.Argument(metavar="[TYPE]", help="such as queue.joined; none: lines on stdin")
    ] = None,
    source: Annotated[str | None, typer.Option(help="the emitting service; fills in where a line has none")] = None,
    channel: Annotated[str, typer.Option(help="web, app, wristband, till, call_center, …")] = "web",
    event_id: Annotated[str | None, typer.Option(help="a new one if not given")] = None,
    occurred_at: Annotated[str | None, typer.Option(help="RFC 3339 with offset or Z; now if not given")] = None,
    identifier: Annotated[list[str] | None, typer.Option(help="type=value, again for each")] = None,
    place: Annotated[str | None, typer.Option()] = None,
    data: Annotated[list[str] | None, typer.Option(help="name=value, again for each; a value may be JSON")] = None,
    all_or_nothing: Annotated[bool, typer.Option("--all-or-nothing", help="one bad line stops them all")] = False,
) -> None:
    """Sends touchpoints: one from the flags, or one JSON object a line from stdin. Bad ones are named, with the fix."""
    import sys

    from streams.sources.emit import emit_lines, touchpoint_of
    from streams.sources.producer import BrokerUnreachableError

    lines: Iterable[bytes] = sys.stdin.buffer
    try:
        if kind is not None:
            if source is None:
                fail("--source is missing: name the emitting service")
            lines = [
                touchpoint_of(
                    kind,
                    source=source,
                    channel=channel,
                    event_id=event_id,
                    occurred_at=occurred_at,
                    identifiers=identifier or (),
                    place=place,
                    data=data or (),
                )
            ]
        with producer() as sending:
            report = emit_lines(lines, sending, source=source, all_or_nothing=all_or_nothing)
    except (ValueError, BrokerUnreachableError) as error:
        fail(str(error))
    for line in report.lines():
        console.print(line, markup=False)
    raise typer.Exit(0 if report.ok else 1)


@app.command("simulate")
def simulate_command(
    seed: int = 1,
    visitors: Annotated[int, typer.Option(help="people a day", min=1)] = 1_500,
    file: Annotated[Path | None, typer.Option(help="write JSONL there instead of sending")] = None,
    hours: Annotated[float, typer.Option(help="with --file: how much, up to now")] = 24.0,
    truth: Annotated[Path | None, typer.Option(help="write there who was where when")] = None,
) -> None:
    """A resort whose people choose by wait: its last 24 hours at once, then live until stopped; the same for a seed."""
    from streams.run.simulating import World, into_file, live

    world = World(seed, visitors, truth)
    if file is None:
        live(settings(), world, console.print)
    else:
        console.print(f"{into_file(settings(), world, hours, file)} touchpoints in {file}")


@app.command("topics")
def topics_command() -> None:
    """Creates the topics that are missing and checks those that exist; refuses what would lose data."""
    from streams.run.prepare import ensure_topics

    chosen = settings()
    require_broker(chosen)
    try:
        created = ensure_topics(chosen)
    except ValueError as error:
        fail(str(error), REFUSED)
    console.print(f"created: {', '.join(created)}" if created else "every topic is there and as it must be")


@app.command("migrate")
def migrate_command() -> None:
    """Brings the tables and views of TOUCHLINE_CLICKHOUSE up to date and fills in the places."""
    from streams.run.prepare import ensure_tables

    try:
        applied = ensure_tables(settings())
    except (ValueError, OSError) as error:
        fail(str(error), REFUSED)
    console.print(f"applied: {', '.join(applied)}" if applied else "nothing to do: the store is up to date")


@app.command("import")
def import_command(
    files: Annotated[list[str], typer.Argument(metavar="FILE…", help="JSONL, also .gz; - is standard input")],
    wait: Annotated[
        bool, typer.Option("--wait", help="until it is stored; then the account, which must add up")
    ] = False,
    more_follows: Annotated[bool, typer.Option("--more-follows", help="leave the event clock where it is")] = False,
    backfill: Annotated[bool, typer.Option("--backfill", help="rows and exact views only, no live state")] = False,
) -> None:
    """Reads touchpoints from files, in order of time; the same file again goes on where it stopped."""
    from streams.run.importing import import_into, refusals
    from streams.sources.importing import Order

    chosen = settings()
    require_broker(chosen)
    order = Order(tuple(files), chosen.clock, wait=wait, more_follows=more_follows, backfill=backfill)
    try:
        outcome = import_into(order, chosen, console)
    except refusals() as error:
        fail(str(error))
    raise typer.Exit(0 if outcome.ok else 1)


@app.command("doctor")
def doctor_command(
    hours: Annotated[int, typer.Option(min=1, max=336, help="how far back the account goes")] = 24,
    records: Annotated[int, typer.Option(min=0, help="so many records of the log are read at most")] = 2_000_000,
    every_hour: Annotated[bool, typer.Option("--every-hour", help="also the hours that add up")] = False,
    json: Annotated[bool, typer.Option("--json", help="one JSON object on standard output")] = False,
) -> None:
    """Does everything add up, does everybody move, is any setting unsafe?

    Exit status: 0 all well, 1 warnings, 2 something is lost or stands still, 3 broker or store cannot be reached.
    """
    from streams.run.doctor.command import run_doctor
    from streams.run.doctor.examine import Order

    try:
        raise typer.Exit(
            run_doctor(Order(hours, records), settings(), json=json, every_hour=every_hour, say=console.print)
        )
    except ValueError as error:
        fail(str(error))


@app.command("rebuild")
def rebuild_command(
    forget: Annotated[bool, typer.Option("--forget", help="also where stored touchpoints expire")] = False,
) -> None:
    """Makes stays, load and identifiers anew from the stored touchpoints; boards show the former ones until then."""
    from streams.run.rebuild.command import FAILURES, REFUSALS, rebuild

    chosen = settings()
    require_broker(chosen)
    try:
        rebuild(chosen, console, forget=forget)
    except REFUSALS as error:
        fail(str(error), REFUSED)
    except FAILURES as error:
        fail(f"{str(error) or type(error).__name__}; `touchline rebuild` again goes on, nothing is lost", 1)


@app.command("refill", hidden=True)
def refill_command(epoch: int) -> None:
    """Stitch and load of an epoch that `touchline rebuild` feeds, which starts and ends this."""
    from streams.run.worker import run_refill_worker

    run_refill_worker(settings(), epoch)


@dashboards.command("render")
def render_command(
    folder: Annotated[Path, typer.Argument(help="where the files go")] = Path("dashboards/grafana"),
    check: Annotated[bool, typer.Option("--check", help="write nothing; fail where a file is stale")] = False,
) -> None:
    """Writes the boards as Grafana's Classic JSON, for provisioning from files."""
    from dashboards.classic import render, stale

    if check:
        if files := stale(folder):
            fail(f"stale: {', '.join(map(str, files))}; run `make generate`", 1)
        return
    for path in render(folder):
        console.print(str(path))


@dashboards.command("push")
def push_command(
    url: Annotated[str, typer.Argument(help="of Grafana, such as http://127.0.0.1:3000")],
    token: Annotated[str, typer.Option(envvar="GRAFANA_TOKEN", help="of a service account that may write boards")],
    store: Annotated[
        str | None, typer.Option(help="ClickHouse as Grafana reaches it; else TOUCHLINE_CLICKHOUSE")
    ] = None,
) -> None:
    """Puts the data source and the boards into a Grafana that is running; again changes what has changed."""
    from dashboards.publish import DataSource, PublishError, publish

    try:
        published = publish(url, token, DataSource.from_url(store or settings().clickhouse))
    except (PublishError, ValueError) as error:
        fail(str(error), 1)
    for title, address in published.boards:
        console.print(f"{title}: {address}")


def main() -> None:
    app(prog_name="touchline")


if __name__ == "__main__":
    main()
