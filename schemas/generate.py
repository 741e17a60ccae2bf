"""Writes what is made from the models: JSON Schemas, the AsyncAPI document, examples; `--check` compares instead.

python -m schemas.generate            rewrite; refuses a change that would break a producer
python -m schemas.generate --check    say what is stale or breaking, exit 1 if anything is
"""

import json
import sys
from pathlib import Path
from typing import Any

from schemas.publish.asyncapi import asyncapi, yaml
from schemas.publish.compatibility import breaking_changes
from schemas.publish.examples import bad_envelopes, bad_examples, good_examples
from schemas.publish.json_schema import all_schemas
from schemas.touchpoint import find_defect

ROOT = Path(__file__).parent
BASELINE = "baseline.json"
"""The contract as it was last published. It follows every addition and never gives anything up."""


def generated(schemas: dict[str, dict[str, Any]]) -> dict[str, str]:
    """Every generated file: path below `schemas/` → text."""
    files = {f"json/{name}.json": _pretty(schema) for name, schema in schemas.items()}
    for name, schema in schemas.items():
        files[f"examples/good/{name}.jsonl"] = _lines(good_examples(name, schema))
        files[f"examples/bad/{name}.jsonl"] = _lines([bad._asdict() for bad in bad_examples(name, schema)])
    files["examples/bad/envelope.jsonl"] = _lines([bad._asdict() for bad in bad_envelopes(schemas["page.viewed"])])
    files["asyncapi.yaml"] = "# Made by python -m schemas.generate from the models; do not edit.\n" + yaml(
        asyncapi(schemas)
    )
    files[BASELINE] = "".join(
        ("{\n", ",\n".join(f"{json.dumps(n)}: {json.dumps(s)}" for n, s in schemas.items()), "\n}\n")
    )
    return files


def breaking(schemas: dict[str, dict[str, Any]], root: Path = ROOT) -> list[str]:
    """What would break a producer: by the published schemas, and by the published examples for what no schema says."""
    published = root / BASELINE
    changes = breaking_changes(json.loads(published.read_text("utf-8")), schemas) if published.exists() else []
    for path in sorted(root.glob("examples/good/*.jsonl")):
        for line in path.read_text("utf-8").splitlines():
            defect = find_defect(json.loads(line))
            if defect is not None:
                changes.append(f"{path.stem}: a published example is refused now ({defect.detail})")
    return changes


def stale(files: dict[str, str], root: Path = ROOT) -> list[str]:
    """Generated files that differ from what the models give, are missing, or belong to no type any more."""
    wrong = [path for path, text in files.items() if _read(root / path) != text]
    here = [*root.glob("json/*"), *root.glob("examples/*/*")]
    return sorted([*wrong, *(str(path.relative_to(root)) for path in here if str(path.relative_to(root)) not in files)])


def main(arguments: list[str], root: Path = ROOT) -> int:
    schemas = all_schemas()
    files = generated(schemas)
    changes = breaking(schemas, root)
    for change in changes:
        print(f"breaks producers: {change}")
    if arguments == ["--check"]:
        old = stale(files, root)
        for path in old:
            print(f"stale: schemas/{path}; run python -m schemas.generate")
        return 1 if changes or old else 0
    if arguments:
        print(__doc__)
        return 2
    if changes:
        return 1
    for path in stale(files, root):
        _write(root / path, files.get(path))
    return 0


def _pretty(value: Any) -> str:
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"


def _lines(values: list[Any]) -> str:
    return "".join(json.dumps(value, ensure_ascii=False) + "\n" for value in values)


def _read(path: Path) -> str | None:
    return path.read_text("utf-8") if path.exists() else None


def _write(path: Path, text: str | None) -> None:
    """None: the file belongs to no type any more."""
    if text is None:
        path.unlink()
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, "utf-8")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
