"""`touchline identity`: who is who, why, and what a person wants to have otherwise."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from streams.run.command import account, console, fail, opened, producer, require_broker, settings
from streams.run.settings import Settings

if TYPE_CHECKING:
    from streams.run.identity.preview import Preview as Foreseen
    from streams.store.client import Store
    from streams.validate.command import Command, Kind
    from streams.validate.pseudonym import Pseudonymiser

identity = typer.Typer(
    no_args_is_help=True, help="Who is who: show, explain, unlink, relink; conflicts and leases that are blocked."
)

Identifier = Annotated[
    str, typer.Argument(metavar="ID", help="type:value as people write it: email:ann@example.org, customer:12, …")
]
Json = Annotated[bool, typer.Option("--json", help="one JSON object on standard output")]
Most = Annotated[int, typer.Option("--most", min=1, max=10_000, help="so many at most")]
Why = Annotated[str, typer.Option("--why", help="for the books; must be given")]
Who = Annotated[str | None, typer.Option("--who", help="for the books; else the account on this machine")]
Preview = Annotated[bool, typer.Option("--preview", help="show what would change, and do nothing")]
Yes = Annotated[bool, typer.Option("--yes", help="ask nothing")]
Wait = Annotated[bool, typer.Option("--wait/--no-wait", help="until everybody sees it")]

NO_SUCH = 1
"""Exit status: nobody is known by that name; of `explain`: they are not one person."""


@identity.command("show")
def show_command(
    identifier: Identifier,
    visits: Annotated[int, typer.Option(min=0, max=1_000, help="so many of the newest visits")] = 5,
    touchpoints: Annotated[int, typer.Option(min=0, max=10_000, help="so many of the newest touchpoints")] = 10,
    json: Json = False,
) -> None:
    """Who is this, since when and why; what they hold and held; visits, touchpoints, money, waits."""
    from streams.run.identity.look import look_up
    from streams.run.identity.party import party_of
    from streams.run.identity.person import touchpoints_of, visits_of
    from streams.run.identity.show import as_json, found_lines

    chosen = settings()
    wanted = read_typed(chosen, identifier)
    with opened(chosen) as store:
        found = look_up(store.query, wanted)
        if found is None:
            fail(unknown(chosen, wanted), NO_SUCH)
        shown = visits_of(store.query, found.person, visits, found.as_of_ms)
        told = touchpoints_of(store.query, found.holdings, touchpoints)
        party = party_of(store.query, found.person)
    if json:
        sys.stdout.write(
            as_json({**found._asdict(), "party": party, "newest_visits": shown, "newest_touchpoints": told})
        )
    else:
        _print(found_lines(found, shown, told, party, chosen.currency))


@identity.command("explain")
def explain_command(a: Identifier, b: Identifier, json: Json = False) -> None:
    """Are these one person, and by which links, or why not? Exit status 1 where they are not."""
    from streams.run.identity.explain import explain
    from streams.run.identity.show import as_json, explanation_lines

    chosen = settings()
    first, second = read_typed(chosen, a), read_typed(chosen, b)
    with opened(chosen) as store:
        found = explain(store.query, first, second)
    if json:
        sys.stdout.write(as_json({**found._asdict(), "one": found.one}))
    else:
        _print(explanation_lines(found))
    raise typer.Exit(0 if found.one else NO_SUCH)


@identity.command("unlink")
def unlink_command(
    a: Identifier,
    b: Identifier,
    why: Why = "",
    who: Who = None,
    preview: Preview = False,
    yes: Yes = False,
    wait: Wait = True,
    json: Json = False,
) -> None:
    """A is not B, whatever was and will be said of it: exact, in every order, until `relink`."""
    _correct("unlink", a, b, why, who or account(), look_only=preview, yes=yes, wait=wait, json=json)


@identity.command("relink")
def relink_command(
    a: Identifier,
    b: Identifier,
    why: Why = "",
    who: Who = None,
    preview: Preview = False,
    yes: Yes = False,
    wait: Wait = True,
    json: Json = False,
) -> None:
    """Takes an unlink back: A may be B again, by the evidence that there is."""
    _correct("relink", a, b, why, who or account(), look_only=preview, yes=yes, wait=wait, json=json)


@identity.command("conflicts")
def conflicts_command(most: Most = 100, json: Json = False) -> None:
    """Identifiers that two people claim, with the evidence; the newest first. The earlier claim stands meanwhile."""
    from streams.run.identity.lists import disputes

    _list(disputes, most, json=json, blocked=False, none="no identifier is claimed by two people")


@identity.command("blocked")
def blocked_command(most: Most = 100, json: Json = False) -> None:
    """Leases that more than 16 people held: what was done with them belongs to nobody."""
    from streams.run.identity.lists import blocked

    _list(blocked, most, json=json, blocked=True, none="no lease is blocked")


def _correct(
    kind: "Kind", a: str, b: str, why: str, who: str, *, look_only: bool, yes: bool, wait: bool, json: bool
) -> None:
    """Look ahead, ask, send, wait, and say what has become of it."""
    from streams.run.identity.order import RefusedError, carry_out, new_command, until_seen
    from streams.run.identity.preview import is_seen

    chosen = settings()
    if not (why.strip() or look_only):
        fail("--why is missing: say for the books why these are not (or are) one person")
    try:
        command = new_command(
            kind, read_typed(chosen, a), read_typed(chosen, b), who, why.strip(), _pseudonymiser(chosen)
        )
    except RefusedError as error:
        fail(str(error))
    found = _look_ahead(chosen, command, json=json)
    if look_only:
        return
    require_broker(chosen)
    if not yes and not typer.confirm(f"{kind} {command.weak} {command.strong}?", err=True):
        raise typer.Exit(1)
    try:
        carry_out(command, producer)
        if wait:
            with opened(chosen) as store:
                until_seen(chosen, command, lambda: found is not None and is_seen(store.query, found))
                _report(store, command, found, chosen.currency)
    except OSError as error:
        fail(str(error), 1)
    if not wait:
        console.print(f"command {command.command} is sent; workers follow it within seconds", markup=False)


def _look_ahead(chosen: Settings, command: "Command", *, json: bool) -> "Foreseen | None":
    """Print what would change; None where it is too much to look ahead."""
    from streams.clock import now_ms
    from streams.run.identity.preview import TooManyError, preview
    from streams.run.identity.show import as_json, preview_lines

    with opened(chosen) as store:
        try:
            found = preview(store.query, chosen, command, now_ms())
        except TooManyError as error:
            console.print(str(error), style="yellow")
            return None
    if json:
        sys.stdout.write(as_json(found))
    else:
        _print(preview_lines(found, chosen.currency))
    return found


def _report(store: "Store", command: "Command", found: "Foreseen | None", currency: str) -> None:
    from streams.run.identity.person import totals_of
    from streams.run.identity.show import outcome_lines

    people = [side.person for side in found.sides] if found else []
    now = {person: totals_of(store.query, person) for person in people}
    for line in outcome_lines(command, now, currency):
        console.print(line, markup=False, soft_wrap=True)


def _list(find: Any, most: int, *, json: bool, blocked: bool, none: str) -> None:
    from streams.run.identity.show import as_json, dispute_lines

    with opened(settings()) as store:
        found = find(store.query, most)
    if json:
        sys.stdout.write(as_json(found))
    else:
        _print(dispute_lines(found, blocked=blocked) or [none])


# -- names ---------------------------------------------------------------------------------------


def read_typed(chosen: Settings, typed: str) -> str:
    """The identifier as it is stored; where it is unclear, a line that asks, with those that are known."""
    from streams.run.identity.person import known_among
    from streams.run.identity.typed import UnclearError, read_identifier

    try:
        return read_identifier(typed, _pseudonymiser(chosen))
    except UnclearError as error:
        if not error.candidates:
            fail(str(error))
        with opened(chosen) as store:
            known = known_among(store.query, error.candidates)
        fail(str(error) + (f"; known: {', '.join(known)}" if known else "; none of these is known"))


def _pseudonymiser(chosen: Settings) -> "Pseudonymiser | None":
    from streams.run.identity.key import pseudonymiser_if_any

    try:
        return pseudonymiser_if_any(chosen)
    except ValueError as error:
        fail(f"TOUCHLINE_PSEUDONYM_KEY: {error}")


def unknown(chosen: Settings, identifier: str) -> str:
    kind, _, value = identifier.partition(":")
    words = f"{identifier}: no touchpoint has named it"
    key = _pseudonymiser(chosen)
    if key is not None and value.startswith(f"{key.key_id}:"):
        words += f"; it was hashed with the key {key.fingerprint}, is that the workers'?"
    return words if kind else identifier


def _print(lines: list[str]) -> None:
    sys.stdout.write("\n".join(lines) + "\n")
