"""HTML as Python calls; every text and attribute value is escaped, so no name from an event can become markup."""

from html import escape

VOID = frozenset({"meta", "link", "input", "br", "hr"})


class Markup(str):
    """Text that is HTML already: only `tag` makes it."""

    __slots__ = ()


def tag(name: str, /, *children: str | None, **attributes: str | bool | None) -> Markup:
    """An element. Attribute names: a trailing underscore is dropped, other underscores become dashes.

    True writes the bare attribute; None and False leave it out. Children that are no `Markup` are escaped.
    """
    written = "".join(_attribute(key, value) for key, value in attributes.items())
    if name in VOID:
        return Markup(f"<{name}{written}>")
    inside = "".join(child if isinstance(child, Markup) else escape(child) for child in children if child is not None)
    return Markup(f"<{name}{written}>{inside}</{name}>")


def join(*parts: Markup) -> Markup:
    return Markup("".join(parts))


def data_block(identity: str, json_text: str) -> Markup:
    """JSON for a script to read. `<` is written as an escape, so nothing inside can close the element."""
    return Markup(
        f'<script type="application/json" id="{escape(identity)}">{json_text.replace("<", chr(92) + "u003c")}</script>'
    )


def _attribute(key: str, value: str | bool | None) -> str:
    if value is None or value is False:
        return ""
    name = key.rstrip("_").replace("_", "-")
    return f" {name}" if value is True else f' {name}="{escape(value)}"'
