"""Measure the page of a large list: its size, how long it takes to make, and until it can be used in Chromium.

    python -m pip install ".[test]"
    python benchmarks/page.py [--requirements 50] [--rounds 5] [--keep FILE]

The list is made up: 50 requirements, five platforms, five Pythons, the package index and three channels; a third of the
answers is found, the others are of every kind. Chromium has to be on PATH.
"""

from __future__ import annotations

import argparse
import datetime
import os
import shutil
import statistics
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path

from playwright.sync_api import sync_playwright

from onelist.analysis.availability import AvailabilityLookup, ListAvailability
from onelist.analysis.gather import SourceData
from onelist.analysis.listed import list_requirements
from onelist.analysis.resolving.resolution import (
    Conflict,
    ConflictKind,
    Resolution,
    ResolutionStatus,
    Resolved,
    ResolveRequest,
    RootRequirement,
    Unsatisfiable,
)
from onelist.core.findings import Finding, Source
from onelist.core.rules import RULES
from onelist.core.status import Absent, Availability, Cause, Found, Status, Unknown
from onelist.core.targets import Target, all_targets
from onelist.reports.page.model import PageInput
from onelist.reports.page.render import render
from onelist.settings.parser import parse_settings
from onelist.sources.pypi.indexes import IndexData
from onelist.sources.solution import ResolvedPackage
from onelist.translation.plan import make_plan

CHANNELS = ("my-course", "conda-forge", "bioconda")
DAY = datetime.date(2026, 11, 1)
PACKAGES = 300


def made_up(count: int) -> PageInput:
    """Return the result of a check of a list with so many requirements."""
    names = " ".join(f"requirement-number-{number}>=1.{number}" for number in range(count))
    text = (
        "[DEFAULT]\nlib_name = course-meta\nversion = 2026.11\nmin_python = 3.11\n"
        "platforms = linux-64 linux-aarch64 osx-64 osx-arm64 win-64\n"
        f"conda_channels = {' '.join(CHANNELS)}\nrequirements = {names}\n"
    )
    settings = parse_settings(Source(file="settings.ini", text=text))
    plan = make_plan(settings)
    among = all_targets(settings.platforms, settings.min_python)
    entries = tuple(
        replace(
            entry,
            answers=tuple(
                Availability(
                    requirement=entry.requirement,
                    channel=channel,
                    name=entry.requirement.name,
                    target=target,
                    status=status(number, place, target),
                )
                for place, channel in enumerate(("pip", *CHANNELS))
                for target in among
            ),
        )
        for number, entry in enumerate(list_requirements(plan.outcomes, settings.conda_names))
    )
    data = SourceData(indexes=(IndexData(label="the index", projects={}),), channels={}, offline=False)
    availability = ListAvailability(
        requirements=entries, channels=CHANNELS, targets=among, lookup=AvailabilityLookup(data), own_name="course-meta"
    )
    members = tuple(
        RootRequirement(requirement=item, name=item.name, spec=item.text, status=Found(version="1"))
        for item in settings.requirements
    )
    resolutions = tuple(
        Resolution(
            request=ResolveRequest(installer=installer, channels=("pip",), target=target, members=members),
            status=outcome(target, members),
        )
        for installer in ("pip", "conda")
        for target in among
    )
    rules = [rule for rule in RULES.values() if rule.example]
    findings = tuple(
        Finding(
            code=rule.code,
            severity=rule.severity,
            message=rule.example_message,
            file="settings.ini",
            span=item.span,
            hint="Write a name that the channel has.",
        )
        for item, rule in zip(settings.requirements, rules, strict=False)
    )
    return PageInput(
        file="settings.ini",
        checked=datetime.datetime(2026, 11, 27, 14, 5, tzinfo=datetime.UTC),
        findings=findings,
        settings=settings,
        source=settings.source,
        availability=availability,
        resolutions=resolutions,
    )


def status(number: int, place: int, target: Target) -> Status:
    """Return an answer of some kind."""
    kinds: tuple[Status, ...] = (
        Found(version=f"{number}.{target.python[1]}.0", since=DAY),
        Found(version=f"{number}.2.1", since=DAY, source_only=True),
        Found(version=f"{number}.3.1", since=DAY),
        Absent(cause=Cause.NO_NAME, reason=f"has nothing named requirement-number-{number}"),
        Absent(cause=Cause.NO_BUILD, reason=f"has no build of requirement-number-{number} for this platform"),
        Unknown(reason="did not answer in time"),
    )
    return kinds[(number * (place + 1) + (target.python[1] if number % 3 else 0)) % len(kinds)]


def outcome(target: Target, members: tuple[RootRequirement, ...]) -> ResolutionStatus:
    """Return what a resolver says: with the newest Python, the list cannot be installed."""
    if target.python == (3, 15):
        explanation = "\n".join(f"requirement-number-{number} depends on another one" for number in range(20))
        conflict = Conflict(members=members[:2], kind=ConflictKind.INCOMPATIBLE, explanation=explanation)
        return Unsatisfiable(conflicts=(conflict,))
    names = [*(member.name for member in members), *(f"package-{one}" for one in range(PACKAGES))][:PACKAGES]
    packages = (
        ResolvedPackage(
            name=name,
            version=f"1.2.{target.python[1] if place % 3 else 0}",
            size=999 * place,
            requires=tuple({names[min(place * more + target.python[1], PACKAGES - 1)]: 0 for more in (2, 3, 5, 7)}),
        )
        for place, name in enumerate(names)
    )
    return Resolved(packages=tuple(packages))


def until_interactive(path: Path, rounds: int) -> list[float]:
    """Return after how many seconds the script of the page has run, in each round with an empty cache."""
    chromium = shutil.which("chromium") or shutil.which("google-chrome")
    if chromium is None:
        sys.exit("There is no Chromium on PATH.")
    ends = "performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd"
    found = []
    with sync_playwright() as driver:
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = driver.chromium.launch(executable_path=chromium, args=arguments)
        for _ in range(rounds):
            context = browser.new_context()
            page = context.new_page()
            page.goto(path.as_uri())
            found.append(float(page.evaluate(ends)) / 1000)
            start = time.perf_counter()
            page.get_by_label("Search").fill("number-7")
            page.locator(".requirement:visible").first.wait_for()
            found[-1] = max(found[-1], time.perf_counter() - start)
            context.close()
        browser.close()
    return found


def main() -> None:
    """Print the figures as a row of a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requirements", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--keep", type=Path)
    arguments = parser.parse_args()
    page = made_up(arguments.requirements)
    render(page)  # loads what it needs
    start = time.perf_counter()
    text = render(page)
    made = time.perf_counter() - start
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.keep or Path(folder) / "report.html"
        path.write_text(text, encoding="utf-8")
        seconds = until_interactive(path.resolve(), arguments.rounds)
    print("| requirements | size, kB | made, s | interactive, median, s | slowest, s |")
    print("|---|---|---|---|---|")
    print(
        f"| {arguments.requirements} | {len(text.encode()) / 1000:.0f} | {made:.2f} | {statistics.median(seconds):.2f} "
        f"| {max(seconds):.2f} |"
    )


if __name__ == "__main__":
    main()
