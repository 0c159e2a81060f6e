"""S: what the parser has seen, and what is missing beside settings.ini."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from onelist import catalogue
from onelist.plan import code_left_out

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.checks.interface import Subject
    from onelist.model import Finding


def check(subject: Subject) -> Iterator[Finding]:
    """Yield the findings about settings.ini as such."""
    settings = subject.project.settings
    file = settings.source.file
    yield from settings.remarks
    yield from code_left_out(subject.project)
    if settings.license and not subject.project.license:
        yield catalogue.NO_LICENSE_FILE.at(
            file,
            "There is no licence file beside settings.ini, so none goes into what is built.",
            span=settings.spans["license"],
            hint=f"Put the text of {settings.license} into a file LICENSE in the same folder.",
        )
    if not settings.sdist_url:
        yield catalogue.NO_SDIST_URL.at(
            file,
            "sdist_url is not set, so the recipe for conda-forge points to a file and not to an address.",
            span=None,
            hint="Before a submission add sdist_url = https://... with the address of the published .tar.gz file.",
        )
    elif unquote(urlsplit(settings.sdist_url).path).rpartition("/")[2] != settings.sdist_name:
        yield catalogue.OTHER_SDIST.at(
            file,
            f"sdist_url does not end in {settings.sdist_name}, which is the name of the sdist of this version.",
            span=settings.spans["sdist_url"],
            hint=f"Let it end in /{settings.sdist_name}.",
        )
