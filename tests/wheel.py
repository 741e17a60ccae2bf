"""The wheel builds, holds only our packages and their data, installs in a clean environment and starts there."""

import subprocess
import sys
import tempfile
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGES = {"streams", "schemas", "dashboards"}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        run(sys.executable, "-m", "build", "--wheel", "--outdir", folder, str(ROOT))
        (wheel,) = Path(folder).glob("touchline-*.whl")
        names = zipfile.ZipFile(wheel).namelist()
        tops = {name.split("/")[0] for name in names if not name.startswith("touchline-")}
        assert tops == PACKAGES, f"the wheel holds {sorted(tops)}, meant are {sorted(PACKAGES)}"
        for wanted in ("schemas/places.sample.json", "dashboards/page/", "schemas/clickhouse/", "schemas/json/"):
            assert any(name.startswith(wanted) for name in names), f"the wheel lacks {wanted}"
        clean = Path(folder) / "clean"
        venv.create(clean, with_pip=True)
        python = str(clean / "bin" / "python")
        run(python, "-m", "pip", "install", "-q", "--require-hashes", "-r", str(ROOT / "requirements.lock"))
        run(python, "-m", "pip", "install", "-q", "--no-deps", str(wheel))
        answer = run(str(clean / "bin" / "touchline"), "--help", cwd=folder)
        assert "simulate" in answer, answer
        owner = "from importlib.metadata import packages_distributions as p; print(*sorted({*p()['schemas']}))"
        assert run(python, "-c", owner, cwd=folder).strip() == "touchline"
        run(python, "-m", "pip", "install", "-q", "--no-deps", "-e", str(ROOT))  # as `make up` does it
        assert "simulate" in run(str(clean / "bin" / "touchline"), "--help", cwd=folder)
    print("wheel: 1 passed, 0 failed")


def run(*command: str, cwd: str | None = None) -> str:
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{' '.join(command)}\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    main()
