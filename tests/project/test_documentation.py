"""What the documentation says is there, and what is there is documented."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import get_commands

from posture.catalogue import by_id

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
GENERATED = {f"reference/controls/{name}.md" for name in ("index", *by_id())}
OURS = ("config", "inventory", "posture", "web")


def text(path: str) -> str:
    return (ROOT / path).read_text()


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


def anchors(page: Path) -> set[str]:
    """Anchors of a page's headings, as GitHub and MkDocs make them."""
    headings = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading).strip().lower().replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=named)
def test_every_link_leads_somewhere(page: Path) -> None:
    prose = re.sub(r"```.*?```", "", page.read_text(), flags=re.DOTALL)
    links = re.findall(r"\]\(([^)\s]+)\)", prose) + re.findall(r'(?:src|srcset|href)="([^"]+)"', prose)
    for link in links:
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        if target.is_relative_to(DOCS) and str(target.relative_to(DOCS)) in GENERATED:
            continue
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_every_setting_is_documented_and_no_other() -> None:
    read = set(re.findall(r'environment\.\w+\("(\w+)"', text("config/settings.py") + text("config/gunicorn.py")))
    listed = set(re.findall(r"^\| `(\w+)` \|", text("docs/reference/settings.md"), re.MULTILINE))
    assert listed == read


def test_every_command_is_documented_and_no_other() -> None:
    commands = {name for name, app in get_commands().items() if app in OURS} - {"migrate"}
    listed = set(re.findall(r"^## (\w+)$", text("docs/reference/command-line.md"), re.MULTILINE))
    assert listed == commands


def test_every_page_is_in_the_navigation() -> None:
    in_navigation = set(re.findall(r": (\w[^*\s]*\.md)$", text("mkdocs.yml"), re.MULTILINE))
    pages = {str(page.relative_to(DOCS)) for page in DOCS.rglob("*.md")}
    assert in_navigation == pages | {"reference/controls/index.md"}


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "docs/tutorial.md"])
def test_the_commands_that_a_page_tells_exist(page: str) -> None:
    code = "\n".join(re.findall(r"^ {4}\S.*$|^```sh\n.*?^```$", text(page), re.MULTILINE | re.DOTALL))
    targets = set(re.findall(r"\bmake ([a-z]+)", code))
    assert targets
    assert targets <= set(re.findall(r"^([a-z]+):.*##", text("Makefile"), re.MULTILINE))
    assert set(re.findall(r"manage\.py (\w+)", text(page))) <= set(get_commands())


def test_the_services_of_the_documentation_are_those_that_up_runs() -> None:
    from config.management.commands.up import programs

    told = text("docs/how-to/run-in-production.md")
    for program in programs("127.0.0.1:8000"):
        words = [word.replace(f"{settings.BASE_DIR}/", "") for word in program.command[1:]]
        words = [word for word in words if word not in {"--quiet", "--loglevel", settings.LOG_LEVEL}]
        assert " ".join(["python", *(word or "''" for word in words)]) in told


def test_the_version_is_the_changelogs() -> None:
    newest = re.search(r"^## \[(\d+\.\d+\.\d+)\]", text("CHANGELOG.md"), re.MULTILINE)
    assert newest
    assert f'version = "{newest[1]}"' in text("pyproject.toml")
