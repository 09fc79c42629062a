"""What is in the repository, and what must not be."""

import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LOCKED = ["runtime", "dev", "docs"]
REGISTRIES = ["pypi" + ".org", "files.python" + "hosted.org", "index" + "-url", "artifact" + "ory", "nexus" + "."]
MACHINE_PATHS = re.compile(r"(?<![\w/.])/(?:home|Users|root|work)/\w+")


def kept() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True)
    return [ROOT / name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()]


def lines_with(pattern: re.Pattern[str], files: list[Path]) -> list[str]:
    found = []
    for path in files:
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue  # a picture
        found += [f"{path.relative_to(ROOT)}:{number}" for number, line in enumerate(lines, 1) if pattern.search(line)]
    return found


@pytest.mark.parametrize("registry", REGISTRIES)
def test_no_file_names_a_package_registry(registry: str) -> None:
    files = [path for path in kept() if path.name != "lock" and path != Path(__file__)]
    assert lines_with(re.compile(re.escape(registry), re.IGNORECASE), files) == []


def test_no_file_names_a_folder_of_someones_machine() -> None:
    files = [path for path in kept() if path != Path(__file__) and "requirements" not in path.parts]
    assert lines_with(MACHINE_PATHS, files) == []


def requirements(name: str) -> dict[str, str]:
    """Requirement lines of a lock file, by name, with their hashes."""
    text = (ROOT / "requirements" / f"{name}.txt").read_text().replace("\\\n", "")
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return {re.split(r"[=\[ ;]", line, maxsplit=1)[0].lower(): line for line in lines}


@pytest.mark.parametrize("name", LOCKED)
def test_every_requirement_is_exact_and_hashed(name: str) -> None:
    found = requirements(name)
    assert len(found) > 10
    for line in found.values():
        assert re.match(r"^[\w.\-\[\],]+==[\w.]+ ", line), line
        assert "--hash=sha256:" in line, line
        assert "://" not in line, line


@pytest.mark.parametrize("name", ["dev", "docs"])
def test_everybody_runs_the_same_versions(name: str) -> None:
    runtime, others = requirements("runtime"), requirements(name)
    assert {package: others[package] for package in runtime} == runtime


def test_every_dependency_is_locked() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = {"runtime": project["dependencies"], **project["optional-dependencies"]}
    for name, dependencies in wanted.items():
        names = {re.split(r"[\[<>=; ]", each, maxsplit=1)[0] for each in dependencies}
        assert names <= requirements(name).keys()


def test_what_an_installation_makes_is_ignored() -> None:
    made = ["var/keys/secret_key", ".venv/bin/python", "site/index.html", "x/__pycache__/y.pyc"]
    done = subprocess.run(["git", "check-ignore", *made], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.stdout.split() == made
