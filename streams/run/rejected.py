"""`touchline rejected`: dead letters looked at, put right, sent again or marked as dealt with, by a person."""

import typer

rejected = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, fix, replay, discard, resume.")
