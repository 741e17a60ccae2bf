"""The command line: every verb a person can give, each a few lines over the room that does it."""

from pathlib import Path
from typing import Annotated, NoReturn

import typer
from pydantic import ValidationError
from rich.console import Console

from streams.run.settings import Settings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
dashboards = typer.Typer(no_args_is_help=True, help="Boards for Grafana, from the same panels as the page.")
app.add_typer(dashboards, name="dashboards")
console = Console(stderr=True, highlight=False)

Port = Annotated[int, typer.Option(min=1, max=65535)]


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


def settings() -> Settings:
    """The settings, or one line per wrong one and the end."""
    try:
        return Settings()
    except ValidationError as error:
        for wrong in error.errors():
            name = "_".join(str(part) for part in wrong["loc"]).upper()
            console.print(f"TOUCHLINE_{name}: {wrong['msg']}")
        raise typer.Exit(2) from None


def fail(message: str, status: int = 2) -> NoReturn:
    """One clear line, no traceback."""
    console.print(message, style="bold red", markup=False)
    raise typer.Exit(status)


def main() -> None:
    app(prog_name="touchline")


if __name__ == "__main__":
    main()
