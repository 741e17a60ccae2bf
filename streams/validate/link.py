"""Who holds whom, as one touchpoint says it: links from its weaker identifiers to the strongest one."""

from typing import Final

from schemas.touchpoint.identifiers import LEASED, MADE, STABLE, STRENGTH
from streams.validate.normalise import Normal

HANDED_OVER: Final = frozenset(("wristband.issued", "wristband.returned"))
"""They end one lease of the wristband and begin the next, whether or not anybody is named."""
_WRISTBAND: Final = "wristband"

_LINKED: Final[dict[str, tuple[str, ...]]] = {
    **{kind: STRENGTH[place + 1 :] for place, kind in enumerate(STABLE)},
    **dict.fromkeys(LEASED, MADE),
}
"""By the type of the strongest: which of the others belong to it.

Links go to stable identifiers; only a call or token, short and single, may hang on something leased.
"""


def links_of(kind: str, normal: Normal) -> list[tuple[str, str]]:
    """Pairs of (weaker identifier, who holds it), strongest first. `kind`: the touchpoint's type.

    A wristband that is handed over is told in any case; its holder is '' where no stable identifier names one.
    """
    identifiers, strongest = normal.identifiers, normal.strongest
    holder = strongest.partition(":")[0]
    linked = [(f"{weak}:{identifiers[weak]}", strongest) for weak in _LINKED.get(holder, ()) if weak in identifiers]
    if kind in HANDED_OVER and _WRISTBAND in identifiers and holder not in STABLE:
        linked.append((f"{_WRISTBAND}:{identifiers[_WRISTBAND]}", ""))
    return linked
