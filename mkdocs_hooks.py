"""What the documentation says of controls and their families, generated from the catalogue when it is built."""

import re
from collections.abc import Iterator

from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files

from posture.catalogue import by_id
from posture.control import Control
from posture.described import control_json

FOLDER = "reference/controls"


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Adds a page for each control, and one that lists them."""
    controls = list(by_id().values())
    files.append(File.generated(config, f"{FOLDER}/index.md", content="\n".join(listing(controls))))
    for control in controls:
        files.append(File.generated(config, f"{FOLDER}/{control.id}.md", content="\n".join(page(control))))
    return files


def listing(controls: list[Control]) -> Iterator[str]:
    """The page of all controls."""
    yield from ("# Controls", "", f"The catalogue of this version: {len(controls)} controls.", "")
    yield from ("| control | asks | severity | judges |", "|---|---|---|---|")
    for control in controls:
        asks, subject = _text(control.title), control.subject.value.replace("_", " ")
        yield f"| [{control.id}]({control.id}.md) | {asks} | {control.level} | {subject} |"


def page(control: Control) -> Iterator[str]:
    """The page of one control."""
    of = control_json(control)
    yield from (f"# {control.id}: {_text(control.title)}", "", _text(control.rationale), "")
    yield from (f"**Check.** {_text(control.check)}", "", f"**Applies** {_text(of['applies'])}.", "")
    yield from (f"**Severity** {control.level}. {_text(control.severity.why)}", "")
    yield from _table(("factor (1 to 3)", "value"), control.severity.factors)
    yield from ("## What to do", "", _text(control.fix), "")
    yield from _table(("platform", "setting"), control.platforms)
    yield from _compensation(of["compensation"])
    yield from ("## Profiles", "")
    yield from _table(("profile", "this control is"), of["profiles"])
    yield from ("## Maps to", "")
    asked = control.requested
    wanted = {
        f"OWASP NHI {asked.owasp_as_written}": f"{asked.owasp}; fit: {asked.owasp_fit}. {asked.owasp_why}",
        "NIST CSF 1.1": f"{asked.csf11}; fit: {asked.csf11_fit}",
    }
    yield from _table(("framework", "ids"), wanted | {name: ", ".join(ids) for name, ids in control.mappings.items()})
    yield from ("## Sources", "", *(f"- {_text(each)}" for each in (*control.citations, *control.known_cases)), "")
    if control.note:
        yield from ("## Note", "", _text(control.note), "")


def _compensation(sets: list[list[str]]) -> Iterator[str]:
    if sets:
        yield from ("## What makes up for it", "", "Severity is one step lower where all of one line are proved:", "")
        yield from (
            f"- {', '.join(f'[{each}]({each}.md)' if each in by_id() else each for each in one)}" for one in sets
        )
        yield ""


def _table(head: tuple[str, str], rows: dict[str, object]) -> Iterator[str]:
    if rows:
        yield from (f"| {head[0]} | {head[1]} |", "|---|---|")
        yield from (f"| {_text(name.replace('_', ' '))} | {_text(str(value))} |" for name, value in rows.items())
        yield ""


def _text(text: str) -> str:
    """Plain text as Markdown that shows it as it is, also within a table."""
    return re.sub(r"([\\`*_\[\]<>|#])", r"\\\1", " ".join(text.split()))
