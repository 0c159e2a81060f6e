"""The page in a real Chromium: nothing hostile runs, nothing is fetched, and everything can be used.

One test, so that one browser starts, whatever process of the suite runs it; each claim is a subtest of it.
"""

from __future__ import annotations

import os
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from onelist.analysis.resolving.resolution import Resolved, Unsatisfiable
from onelist.reports.page.index import page_names
from onelist.reports.page.model import PageInput
from onelist.reports.page.render import render, render_index
from onelist.sources.solution import ResolvedPackage
from tests.channels import Package, compiled, interpreters, write_channel
from tests.conftest import NOW
from tests.helpers import WELL, parse, settings_text
from tests.resolutions import member, resolution
from tests.servers import index_server, sdist, wheel

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from playwright.sync_api import Page

    from tests.helpers import Ran

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
AXE = os.environ.get("ONELIST_AXE")
"""The file axe.min.js of axe-core (npm), where there is one."""
SCREENSHOTS = Path(os.environ["ONELIST_SCREENSHOTS"]).resolve() if "ONELIST_SCREENSHOTS" in os.environ else None
"""A folder for screenshots, to look at."""
HOSTILE = ("./<svg/onload=hit=1>", "./'\"><script>hit=1</script>", "./{{7*7}}<!--")
"""Names of channels, which the page shows in many places."""
PROJECTS = {
    "pandas": [wheel("pandas", "2.2", uploaded="2026-01-02T03:04:05Z")],
    "source": [sdist("source", "2.0")],
    "young": [wheel("young", "2.0", requires_python=">=3.15")],
}
pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on PATH"),
    pytest.mark.usefixtures("own_caches"),
]


@pytest.fixture
def report(tmp_path: Path, onelist: Callable[..., Ran]) -> Path:
    """The page of a list with every state, and with channels that have hostile names."""
    pythons = ["3.14", "3.15"]
    members = [
        *interpreters(pythons=pythons),
        *compiled("pandas", "2.2", pythons=pythons),
        *compiled("half", pythons=pythons, platforms=["linux-64"]),
        Package("source"),
        Package("young"),
    ]
    forge = write_channel(tmp_path / "forge", members)
    keys = WELL | {
        "min_python": "3.14",
        "conda_channels": str(forge),
        "requirements": "pandas source young nowhere",
        "conda_requirements": "half",
    }
    (tmp_path / "settings.ini").write_text(settings_text(**keys), encoding="utf-8")
    page = tmp_path / "report.html"
    with index_server(PROJECTS) as server:
        channels = [word for channel in (str(forge), *HOSTILE) for word in ("--channel", channel)]
        ran = onelist("check", "--index-url", f"{server.url}/simple/", *channels, "--format", "html", "-o", page)
    assert ran.code == 1, ran.err
    assert ran.out == ""
    return page


@pytest.mark.slow
def test_the_page_in_a_real_browser(report: Path, subtests: pytest.Subtests) -> None:
    playwright = pytest.importorskip("playwright.sync_api")
    root = [] if os.name == "nt" or os.geteuid() else ["--no-sandbox"]
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=CHROMIUM, args=root)
        context = browser.new_context(viewport={"width": 1440, "height": 900}, color_scheme="light")
        context.grant_permissions(["clipboard-read", "clipboard-write"])
        page, heard = context.new_page(), Heard()
        heard.listen(page)
        page.goto(report.as_uri())
        for claim in (nothing_runs, filters, keyboard, copies, answers, links, colours, phone, paper, accessible):
            with subtests.test(claim.__name__):
                claim(page)
        screenshots(page)
        with subtests.test("nothing is fetched, and the console is empty"):
            assert set(heard.requests) == {report.as_uri()}
            assert heard.said == []
        with subtests.test("the policy stops what gets past the escaping"):
            policy(page)
        with subtests.test("a picture of what is downloaded"):
            pictures(context.new_page(), report)
        with subtests.test("the index of several lists"):
            index(context.new_page(), report)
        browser.close()


class Heard:
    """What a page asks for, and what it writes to the console."""

    def __init__(self) -> None:
        self.requests: list[str] = []
        self.said: list[str] = []

    def listen(self, page: Page) -> None:
        page.on("request", lambda request: self.requests.append(request.url.partition("#")[0]))
        page.on("console", lambda message: self.said.append(message.text))
        page.on("pageerror", lambda error: self.said.append(str(error)))


def nothing_runs(page: Page) -> None:
    assert page.evaluate("typeof hit") == "undefined"
    assert page.locator("svg:not(.map, .tree), img, iframe, object, link, base, form").count() == 0
    assert page.locator("script:not([type='application/json'])").count() == 1
    heads = page.locator(".matrix > thead th").all_inner_texts()
    assert [head for head in heads if head in HOSTILE] == list(HOSTILE)


def shown(page: Page, kind: str = "requirement") -> list[str]:
    return [one.split("\n")[0].split("\t")[0].strip() for one in page.locator(f".{kind}:visible").all_inner_texts()]


def filters(page: Page) -> None:
    everything = ["pandas", "source", "young", "nowhere", "half"]
    assert shown(page) == everything
    group = page.get_by_role("group", name="Show requirements by state")
    names = [name.split(" ", 1)[-1] for name in group.get_by_role("button").all_inner_texts()]
    assert names == ["All", "found", "built from source", "found in part", "absent", "unknown"]
    group.get_by_role("button", name="built from source").click()
    assert shown(page) == ["source"]
    assert page.locator("#count").inner_text() == "1 of 5 requirements"
    group.get_by_role("button", name="All").click()
    page.get_by_label("Search").fill("OUR")
    assert shown(page) == ["source"]
    page.get_by_label("Search").press("Escape")
    assert shown(page) == everything
    findings = page.locator(".finding:visible").count()
    errors = page.get_by_role("group", name="Show findings by severity").get_by_role("button", name="error")
    errors.click()
    assert 0 < page.locator(".finding:visible").count() == page.locator(".finding.error").count() < findings
    page.keyboard.press("Escape")
    assert page.locator(".finding:visible").count() == findings


def keyboard(page: Page) -> None:
    focused = "document.activeElement.id || document.activeElement.innerText"
    page.evaluate("document.activeElement.blur(); scrollTo(0, 0)")
    page.keyboard.press("Tab")
    assert page.evaluate(focused) != ""
    page.keyboard.press("/")
    assert page.evaluate(focused) == "search"
    page.locator(".open").first.focus()
    page.keyboard.press("ArrowDown")
    assert page.evaluate(focused) == "source"
    assert page.locator("#more-2").is_hidden()
    page.keyboard.press("Enter")
    assert page.locator("#more-2").is_visible()
    cells = page.locator("#more-2 table").first.locator("tbody td").all_inner_texts()
    assert {" ".join(cell.split()) for cell in cells} == {"built from source 2.0"}
    glyph = "getComputedStyle(document.querySelector('#more-2 td.source'), '::before').content"
    assert page.evaluate(glyph).startswith('"⚒ "')
    page.keyboard.press("Enter")
    assert page.locator("#more-2").is_hidden()
    page.keyboard.press("End")
    assert page.evaluate(focused) == "half"


def copies(page: Page) -> None:
    page.get_by_role("button", name="Copy the pip line for macOS").click()
    page.get_by_text("Copied: python3 -m pip install course-meta", exact=True).wait_for(state="attached")
    assert page.evaluate("navigator.clipboard.readText()") == "python3 -m pip install course-meta"


def answers(page: Page) -> None:
    page.get_by_label("My computer").select_option("osx-arm64")
    page.get_by_label("My Python").select_option("3.14")
    replies = page.locator("#replies p:visible").all_inner_texts()
    assert replies == [
        "✗ No, not with pip: young is not available; nowhere is not available.",
        "? Unknown with conda: a channel was not found.",
    ]


def links(page: Page) -> None:
    page.get_by_role("group", name="Show findings by severity").get_by_role("button").last.click()
    page.get_by_role("link", name=re.compile(r"^Finding \d+$")).first.click()
    page.locator(".finding:target").wait_for()
    page.locator(".finding:target a").click()
    page.locator("details:target[open]").wait_for()


def colours(page: Page) -> None:
    back = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate(back) == "rgb(255, 255, 255)"
    page.emulate_media(color_scheme="dark")
    dark = page.evaluate(back)
    assert dark == "rgb(18, 22, 27)"
    page.get_by_role("button", name="Use light colours").click()
    assert page.evaluate(back) == "rgb(255, 255, 255)"
    page.reload()
    assert page.evaluate(back) == "rgb(255, 255, 255)"
    page.get_by_role("button", name="Use dark colours").click()
    page.emulate_media(color_scheme="light")
    assert page.evaluate(back) == dark
    page.evaluate("localStorage.clear()")
    page.reload()


def phone(page: Page) -> None:
    for width in (820, 390, 320):
        page.set_viewport_size({"width": width, "height": 844})
        page.locator(".open").first.click()
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.set_viewport_size({"width": 1440, "height": 900})


def paper(page: Page) -> None:
    page.emulate_media(media="print")
    assert page.locator("#search").is_hidden()
    assert page.locator("h1").is_visible()
    assert page.locator("#ask").is_visible()
    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="screen")


def accessible(page: Page) -> None:
    if not AXE:
        pytest.skip("ONELIST_AXE does not name axe.min.js of axe-core")
    page.evaluate(Path(AXE).read_text(encoding="utf-8"))
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        found: list[dict[str, Any]] = page.evaluate("axe.run().then((result) => result.violations)")
        assert [(one["id"], [node["html"][:200] for node in one["nodes"]][:3]) for one in found] == []
    page.emulate_media(color_scheme="light")


def screenshots(page: Page, name: str = "page") -> None:
    if not SCREENSHOTS:
        return
    for width in (390, 820, 1440):
        page.set_viewport_size({"width": width, "height": 900})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            page.screenshot(path=SCREENSHOTS / f"{name}-{width}-{scheme}.png", full_page=True)


def pictures(page: Page, report: Path) -> None:
    """The names of packages come from an index, and go through JSON into a picture."""
    settings = parse(settings_text(platforms="linux-64 win-64 osx-64"))
    names = ("torch", "<img src=x onerror=hit=1>", "</script><script>hit=1</script>", "<!--<script>")
    requires = {"torch": (names[1],), names[1]: (names[2],), names[2]: ("torch",), "pandas": (names[2],)}  # a circle
    sized = [
        ResolvedPackage(name=name, version="1.0", size=10**9 // (place + 1), requires=requires.get(name, ()))
        for place, name in enumerate((*names, "pandas"))
    ]
    small = [ResolvedPackage(name=f"small-{number}", version="1.0", size=1000) for number in range(60)]
    more = [ResolvedPackage(name="mystery", version="1.0")]
    members = (member("torch"), member("pandas>=2"))
    some = (
        resolution("linux-64/3.15", Resolved(packages=(*sized, *small)), members=members),
        resolution("linux-64/3.15", Resolved(packages=(*sized[:1], *more)), installer="conda"),
        resolution("win-64/3.15", Resolved(packages=tuple(sized)), members=members),
        resolution("osx-64/3.15", Unsatisfiable(conflicts=())),
    )
    report.write_text(
        render(PageInput(file="settings.ini", checked=NOW, settings=settings, resolutions=some)), encoding="utf-8"
    )
    heard = Heard()
    heard.listen(page)
    page.goto(report.as_uri())
    maps = page.locator("svg.map")
    assert [one.get_attribute("aria-label") for one in maps.all()] == [
        "pip downloads 2.3 GB in 65 packages, by size",
        "conda downloads at least 1.0 GB in 2 packages, by size",
    ]
    titles = maps.first.locator("title").all_text_contents()
    assert titles[: len(names)] == [
        "torch 1.0: 1.0 GB",
        f"{names[1]} 1.0: 500 MB, by torch",
        f"{names[2]} 1.0: 333 MB, by pandas",
        f"{names[3]} 1.0: 250 MB",
    ]
    assert (len(titles), titles[len(sized)]) == (41, "25 others: 25 kB")
    ways(page, names)
    accessible(page)
    screenshots(page, "pictures")
    page.emulate_media(media="print")
    assert page.locator("svg.map").first.is_visible()
    assert page.get_by_label("Why is this here?").is_hidden()
    assert (page.evaluate("typeof hit"), heard.said, heard.requests) == ("undefined", [], [report.as_uri()])


def ways(page: Page, names: Sequence[str]) -> None:
    """Why a package is there, in words and as a picture, with a mouse and with the keys."""
    field, answer, tree = (
        page.get_by_label("Why is this here?"),
        page.locator("#pictures [role=status]"),
        page.locator("svg.tree"),
    )
    field.fill(names[2].upper())
    assert answer.locator("p").all_inner_texts() == [
        f"pandas → {names[2]} (333 MB)",
        "2 requirements bring it: pandas>=2, torch.",
    ]
    assert tree.get_attribute("aria-label") == f"The ways from the requirements to {names[2]}"
    boxes = [str(one.get_attribute("aria-label")) for one in tree.get_by_role("button").all()]
    assert sorted(boxes) == sorted(
        [
            f"{names[2]} 1.0",
            f"{names[1]} 1.0",
            "torch 1.0: the list asks for torch",
            "pandas 1.0: the list asks for pandas>=2",
        ]
    )
    tree.get_by_role("button", name="torch 1.0").focus()
    assert tree.locator("g.on").count() == 3
    assert tree.locator("path.on").count() == 2
    page.keyboard.press("Enter")
    assert answer.locator("p").all_inner_texts() == [
        "The list asks for torch itself (1.0 GB).",
        "2 requirements bring it: torch, pandas>=2.",
        "torch and what only it brings: 2 packages, 1.5 GB.",
    ]
    assert field.input_value() == "torch"
    assert page.locator("svg.map .chosen title").text_content() == "torch 1.0: 1.0 GB"
    page.locator("svg.map g", has_text=names[1]).first.click()
    assert answer.locator("p").first.inner_text() == f"torch → {names[1]} (500 MB)"
    field.fill(names[3])
    assert answer.locator("p").all_inner_texts() == [f"{names[3]} (250 MB)", "No requirement is known to bring it."]
    assert tree.count() == 0
    field.fill("script")
    answer.get_by_text(f"Names with this: {names[2]}, {names[3]}.", exact=True).wait_for()
    field.fill("nothing")
    answer.get_by_text("pip installs nothing of this name for this computer.", exact=True).wait_for()
    other_computers(page, names)
    rows = page.locator("table.brings tbody tr").all()
    assert [row.locator("th, td").all_inner_texts() for row in rows] == [
        ["pandas>=2", "2.0 GB, 4 packages", "200 MB, 1 package"],
        ["torch", "1.8 GB, 3 packages", "nothing"],
    ]


def other_computers(page: Page, names: Sequence[str]) -> None:
    """The chosen package stays chosen for another computer."""
    field, computer, map_ = (
        page.get_by_label("Why is this here?"),
        page.get_by_label("My computer"),
        page.locator(".map"),
    )
    field.fill(names[1])
    computer.select_option("win-64")
    page.get_by_text("On Windows with Python 3.15.", exact=True).wait_for()
    assert (field.input_value(), map_.locator(".chosen title").text_content()) == (
        names[1],
        f"{names[1]} 1.0: 500 MB, by torch",
    )
    computer.select_option("osx-64")
    page.get_by_text("It does not install there, so nothing is downloaded.", exact=True).wait_for()
    computer.select_option("linux-64")
    assert field.input_value() == names[1]
    assert map_.count() == 2


def index(page: Page, report: Path) -> None:
    """The index of three lists: which need a package, and in the order of a column."""
    works, fails = Resolved(packages=()), Unsatisfiable(conflicts=())
    pages = [
        PageInput(
            file=name,
            checked=NOW,
            settings=parse(settings_text(lib_name=name, requirements=requirements, platforms="linux-64"))
            if status
            else None,
            resolutions=(resolution("linux-64/3.15", status),) if status else None,
        )
        for name, requirements, status in (
            ("beta", "pandas", works),
            ("alpha", "pandas-stubs", fails),
            ("<script>hit=1</script>", "", None),
        )
    ]
    report.write_text(
        render_index(pages, page_names((page.file, page.settings.name if page.settings else None) for page in pages)),
        encoding="utf-8",
    )
    heard = Heard()
    heard.listen(page)
    page.goto(report.as_uri())
    names = page.locator(".list:visible th")
    assert names.all_inner_texts() == ["<script>hit=1</script>", "alpha", "beta"]
    page.get_by_label("Needs").fill("pandas")
    assert names.all_inner_texts() == ["beta"]
    page.get_by_label("Needs").fill("pandas-s")
    assert names.all_inner_texts() == ["alpha"]
    page.keyboard.press("Escape")
    page.get_by_label("Needs").blur()
    page.keyboard.press("/")
    page.keyboard.type("a")
    assert page.locator("#count").inner_text() == "2 of 3 lists"
    page.keyboard.press("Escape")
    page.get_by_role("group").get_by_role("button", name="fails").click()
    assert names.all_inner_texts() == ["<script>hit=1</script>", "alpha"]
    page.keyboard.press("Escape")
    for expected in (["alpha", "beta"], ["beta", "alpha"]):
        page.get_by_role("button", name="List").click()
        assert [name for name in names.all_inner_texts() if name in expected] == expected
    accessible(page)
    screenshots(page, "index")
    assert (page.evaluate("typeof hit"), heard.said, heard.requests) == ("undefined", [], [report.as_uri()])


def policy(page: Page) -> None:
    said = Heard()
    said.listen(page)
    page.evaluate("document.body.append(Object.assign(document.createElement('script'), {textContent: 'hit = 1'}))")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<svg onload=hit=1></svg>')")
    page.evaluate("document.body.insertAdjacentHTML('beforeend', '<img src=http://127.0.0.1:9/x>')")
    page.evaluate("fetch('http://127.0.0.1:9/x').catch(() => 0)")
    assert page.evaluate("typeof hit") == "undefined"
    assert len(said.said) >= 3
    assert all("Content Security Policy" in text for text in said.said)
