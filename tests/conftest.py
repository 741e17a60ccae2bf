"""On CI, what talks to processes, brokers and browsers has a second chance; the summary names whoever needed it.

A busy machine is no defect of the change that is judged. Elsewhere nothing is tried twice, and the pure core never is.
"""

import os
from pathlib import Path

import pytest

CORE = Path(__file__).parent / "core"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if os.environ.get("CI") == "true":
        for item in items:
            if not item.path.is_relative_to(CORE):
                item.add_marker(pytest.mark.flaky(reruns=1))
