"""What came of a trial, for people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.reports.whole import size_words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from onelist.trials import Trial

_MOST_LINES = 12


def trial_text(trial: Trial) -> Iterator[str]:
    """Yield lines about one installation."""
    head = f"with {trial.installer}, Python {trial.python}:"
    if trial.failure is not None:
        yield f"{head} " + (
            "not known: who has the packages " + trial.failure if trial.unknown else "cannot be installed:"
        )
        if not trial.unknown:
            yield from (f"  {line}" for line in trial.failure.splitlines()[:_MOST_LINES])
        return
    noun = "package" if trial.packages == 1 else "packages"
    yield f"{head} {trial.packages} {noun} installed in {trial.seconds:.1f} s, {size_words(trial.size)} on disk"
    for line in trial.problems:
        yield f"  does not fit together: {line}"
    well = [one.module for one in trial.imported if one.module and one.error is None]
    if well:
        yield f"  can be imported: {', '.join(well)}"
    without = [one.requirement for one in trial.imported if not one.module]
    if without:
        yield f"  nothing to import: {', '.join(without)}"
    for one in trial.imported:
        if one.error:
            yield f"  cannot be imported: {one.module}, of {one.requirement}: {one.error}"
