"""The documents say what the program does."""

from __future__ import annotations

import ast
import json
import re
import runpy
import subprocess
import sys
from typing import TYPE_CHECKING

import jsonschema
import pytest
import yaml

from onelist.cli import parser
from onelist.cli.commands import build, export
from onelist.core import rules
from onelist.core.model import ArtifactKind, Export
from onelist.core.targets import Target
from onelist.core.text import aligned
from onelist.publish.results import FileResult, InstallLineResult, PublishStatus, table
from onelist.reports.rules_document import findings_document
from onelist.settings.parser import OWN_KEYS, USED_KEYS
from onelist.sources.solution import ResolvedPackage, Solved
from tests.helpers import ROOT, parse

if TYPE_CHECKING:
    from pathlib import Path


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(text: str) -> list[str]:
    """Return the indented blocks of a Markdown text, without their indent."""
    found = re.findall(r"(?:(?<=\n\n)|^)((?:    .*\n|\n(?=    ))+)", text)
    return [re.sub(r"(?m)^    ", "", block) for block in found]


def test_every_finding_has_its_section() -> None:
    headings = re.findall(r"(?m)^## ([A-Z]\d{3}): (.+)\n\nSeverity: (\w+)$", read("docs/findings.md"))
    known = [(rule.code, rule.title, rule.severity.value) for rule in rules.RULES.values()]
    assert headings == known


def test_the_findings_are_those_of_the_rules() -> None:
    expected = findings_document(list(rules.RULES.values()))
    assert read("docs/findings.md") == expected, "Write it again with: python tools/make_findings.py"


def test_every_section_says_what_why_usual_causes_and_what_to_do() -> None:
    _, *sections = re.split(r"(?m)^## (?=[A-Z]\d{3}:)", read("docs/findings.md"))
    for section in sections:
        assert re.findall(r"(?m)^\*\*([A-Z][a-z ]+)\*\*", section) == ["What", "Why", "Usual causes", "What to do"]


def test_every_key_is_described() -> None:
    text = read("docs/settings.md")
    assert [key for key in sorted(USED_KEYS | OWN_KEYS) if f"`{key}`" not in text and f"### {key}\n" not in text] == []


def test_the_page_of_commands_is_that_of_the_parser() -> None:
    text = read("docs/commands.md")
    expected = runpy.run_path(str(ROOT / "tools/make_commands.py"))["commands_document"](text)
    assert text.split() == expected.split(), "Write it again with: python tools/make_commands.py"  # 3.13 sets blanks


def test_the_tables_of_settings_are_those_of_the_program() -> None:
    text = read("docs/settings.md")
    expected = runpy.run_path(str(ROOT / "tools/make_settings_page.py"))["settings_document"](text)
    assert text == expected, "Write it again with: python tools/make_settings_page.py"


def test_the_page_of_json_reports_is_that_of_the_schemas() -> None:
    text = read("docs/json.md")
    expected = runpy.run_path(str(ROOT / "tools/make_json_page.py"))["json_document"](text)
    assert text == expected, "Write it again with: python tools/make_json_page.py"


def test_every_command_has_its_section() -> None:
    headings = re.findall(r"(?m)^## onelist (\w+)\n\n<!-- begin: (\w+) -->$", read("docs/commands.md"))
    assert headings == [(name, name) for name in parser.COMMANDS]


def test_every_form_of_export_has_its_section() -> None:
    headings = re.findall(r"(?m)^### onelist export (\S+)\n\n<!-- begin: export (\S+) -->$", read("docs/commands.md"))
    assert headings == [(name, name) for name in export.FORMS]


def test_the_two_commands_of_the_readme_are_those_of_ci() -> None:
    section = read("README.md").partition("## The two commands\n")[2].partition("\n## ")[0]
    commands = [block.strip() for block in blocks(section) if block.startswith("python -m pip")]
    assert len(commands) == 2
    steps = yaml.safe_load(read(".github/workflows/ci.yml"))["jobs"]["test"]["steps"]
    assert [step["run"] for step in steps if "as the README says" in step.get("name", "")] == commands


def test_the_workflow_pins_its_actions_and_asks_for_nothing() -> None:
    text = read(".github/workflows/ci.yml")
    workflow = yaml.safe_load(text)
    assert workflow["permissions"] == {}
    assert all(job["permissions"] == {"contents": "read"} for job in workflow["jobs"].values())
    uses = re.findall(r"uses: (.+)", text)
    assert uses
    assert [use for use in uses if not re.fullmatch(r"[\w/-]+@[0-9a-f]{40} # v[\d.]+", use)] == []


def test_both_schemas_say_the_same_of_settings() -> None:
    check, manifest = (json.loads(read(f"docs/schemas/{name}.json"))["$defs"] for name in ("check", "manifest"))
    assert {key: value for key, value in manifest["settings"].items() if key != "description"} == check["settings"]


@pytest.mark.parametrize("name", ["against", "bisect", "check", "doctor", "history", "manifest", "unlisted"])
def test_the_schemas_are_schemas(name: str) -> None:
    jsonschema.Draft202012Validator.check_schema(json.loads(read(f"docs/schemas/{name}.json")))


def documents() -> list[Path]:
    return [path for pattern in ("*.md", "docs/**/*.md", "benchmarks/**/*.md") for path in ROOT.glob(pattern)]


def anchors(path: Path) -> set[str]:
    """Return the anchors of a document: those of its headings, as GitHub and MyST make them."""
    text = re.sub(r"(?ms)^```.*?^```$", "", path.read_text(encoding="utf-8"))
    titles = [re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", title) for title in re.findall(r"(?m)^#+ (.+)$", text)]
    slugs = [re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in titles]
    return {f"{slug}-{slugs[:at].count(slug)}".removesuffix("-0") for at, slug in enumerate(slugs)}


def test_links_between_documents_lead_somewhere() -> None:
    broken, count = [], 0
    for path in documents():
        text = re.sub(r"(?ms)^ *```.*?^ *```$|`[^`\n]*`", "", path.read_text(encoding="utf-8"))
        for target, anchor in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", text):
            count += 1
            file = path.parent / target if target else path
            if not file.exists() or (anchor and anchor not in anchors(file)):
                broken.append((path.name, target, anchor))
    assert broken == []
    assert count > 40


def names_defined_in(folder: Path, *, classes: bool = False) -> set[str]:
    """Return the names of the classes, functions and constants at the top of the modules of a folder."""
    nodes = [node for path in folder.rglob("*.py") for node in ast.parse(path.read_text(encoding="utf-8")).body]
    found = {node.name for node in nodes if isinstance(node, ast.ClassDef)}
    if not classes:
        found |= {node.name for node in nodes if isinstance(node, ast.FunctionDef)}
        targets = [target for node in nodes if isinstance(node, ast.Assign) for target in node.targets]
        targets += [node.target for node in nodes if isinstance(node, ast.AnnAssign)]
        found |= {target.id for target in targets if isinstance(target, ast.Name)}
    return found


def test_every_code_name_in_the_glossary_exists() -> None:
    defined = names_defined_in(ROOT / "src/onelist")
    rows = re.findall(r"(?m)^\| [^|]+ \| ([^|]*) \| [^|]+ \| [^|]+ \|$", read("docs/glossary.md"))
    named = {name for cell in rows for name in re.findall(r"`(\w+)`", cell)}
    assert len(rows) > 60
    assert named - defined == set()


def test_the_glossary_has_every_noun_of_the_core() -> None:
    text = read("docs/glossary.md")
    nouns = {name for name in names_defined_in(ROOT / "src/onelist/core", classes=True) if not name.startswith("_")}
    assert sorted(name for name in nouns if f"`{name}`" not in text) == []


def test_every_path_in_the_documents_for_developers_exists() -> None:
    """A path is one of the repository, or one below src/onelist that begins with a room."""
    rooms = "|".join(path.name for path in (ROOT / "src/onelist").iterdir() if path.is_dir())
    pattern = rf"`((?:(src|tests|tools|docs|benchmarks)/|(?:{rooms})/)[\w./]*)`"
    missing = []
    for name in ("docs/design.md", "CONTRIBUTING.md"):
        found = re.findall(pattern, read(name))
        assert len(found) > 15
        roots = [(path, ROOT if top else ROOT / "src/onelist") for path, top in found]
        missing += [(name, path) for path, root in roots if not (root / path).exists()]
    assert missing == []


def test_every_function_that_the_map_names_exists_in_its_file() -> None:
    section = read("docs/design.md").partition("\n## Where do I change X?\n")[2].partition("\n## ")[0]
    rows = re.findall(r"(?m)^\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", section)[1:]
    assert len(rows) >= 8
    for what, places, names in rows:
        files = [ROOT / path for path in re.findall(r"`([\w/]+\.py)`", places + names) if (ROOT / path).is_file()]
        folders = [ROOT / path for path in re.findall(r"`(src/[\w/]+/)`", places)]
        files += [file for folder in folders for file in folder.glob("*.py")]
        text = "".join(file.read_text(encoding="utf-8") for file in files)
        wanted = [name for name in re.findall(r"`([A-Za-z_]+)(?:\(\))?`", names) if name != "run"]
        assert [name for name in wanted if not re.search(rf"\b{name}\b", text)] == [], what


def test_ci_and_the_workflow_build_the_site_in_the_same_way() -> None:
    (ci,) = re.findall(r"(?m)^python -m sphinx (.+) docs \S+$", read(".ci/run"))
    steps = yaml.safe_load(read(".github/workflows/docs.yml"))["jobs"]["build"]["steps"]
    (workflow,) = [
        match[1] for step in steps if (match := re.search(r"python -m sphinx (.+) docs", step.get("run", "")))
    ]
    assert ci.replace(" -q", "") == workflow
    assert ci.split()[0] == "-W"


def test_no_line_of_a_document_is_over_120_columns() -> None:
    """Tables and long addresses keep their own lines; quoted output does not."""
    assert len(documents()) > 8
    long = []
    for path in documents():
        text = re.sub(r"(?ms)^```console$.*?^```$", "", path.read_text(encoding="utf-8"))
        lines = [line for line in text.split("\n") if not re.match(r"\||.*https?://\S{60}", line)]
        long += [(path.name, line) for line in lines if len(line) > 120]
    assert long == []


def test_the_page_for_learners_names_what_the_list_asks_for() -> None:
    settings = parse(read("settings.ini"))
    page = read("README-course-meta.md")
    assert [item.name for item in settings.requirements if not re.search(rf"\b{item.name}\b", page)] == []
    assert f"Python {settings.python_floor}" in page


def test_the_choices_of_the_command_line_are_those_of_the_core() -> None:
    assert list(build.KINDS) == [kind.value for kind in ArtifactKind]
    assert [form for form in export.FORMS if form in list(Export)] == list(Export)


def test_course_meta_is_in_step_and_clean() -> None:
    for arguments in (["sync", "--check"], ["check", "--settings-only"]):
        command = [sys.executable, "-m", "onelist", *arguments]
        ran = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, encoding="utf-8")
        assert ran.returncode == 0, ran.stdout + ran.stderr


def test_the_table_of_publish_in_the_documents_is_the_programs_own() -> None:
    (shown,) = re.findall(r"(?m)^```text\n(destination  (?:.+\n)+)```$", read("docs/commands.md"))
    *rows, pip, mamba = shown.splitlines()
    statuses = {status.value: status for status in PublishStatus}
    cells = [re.split(r" {2,}", row) for row in rows[1:]]
    results = [FileResult(destination=where, file=file, status=statuses[status]) for where, file, status in cells]
    assert rows == aligned(table(results))
    target = Target(platform="linux-64", python=(3, 13))
    for line in (pip, mamba):
        command, number = re.fullmatch(r"(.+): works \((\d) packages\)", line).groups()  # type: ignore[union-attr]
        package = ResolvedPackage(name="demo", version="1.0")
        outcome = Solved(packages=(package,) * int(number))
        assert str(InstallLineResult(line=command, target=target, is_this_machine=True, outcome=outcome)) == line
