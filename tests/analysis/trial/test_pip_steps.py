"""How far pip has come, from what it prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from onelist.analysis.progress import Step
from onelist.analysis.trial.pip_steps import PipSteps

if TYPE_CHECKING:
    from pathlib import Path

PRINTED = """\
Processing ./dist/course_meta-0.1.0-py3-none-any.whl
Collecting docopt (from course-meta==0.1.0)
  Downloading docopt-0.6.2.tar.gz (25 kB)
  Preparing metadata (pyproject.toml): finished with status 'done'
Collecting charset_normalizer<4,>=2 (from requests)
  Using cached charset_normalizer-3.5.3-py3-none-any.whl (263 kB)
Collecting charset_normalizer<4,>=2 (from requests)
|
Building wheels for collected packages: docopt, other
  Building wheel for docopt (pyproject.toml): started
  Building wheel for docopt (pyproject.toml): finished with status 'done'
|
Successfully built docopt
Installing collected packages: docopt, charset_normalizer, course-meta
|
Successfully installed charset_normalizer-3.5.3 course-meta-0.1.0 docopt-0.6.2
"""
"""The output of pip 26, with ``|`` where the test looks."""


def test_each_step_is_read_from_the_output_while_it_comes(tmp_path: Path) -> None:
    output = tmp_path / "pip.txt"
    installed = iter([1, 3])
    steps = PipSteps(output, lambda: next(installed))
    assert steps() == Step()
    output.write_text("Collecting a", encoding="utf-8")  # a line that has no end yet
    assert steps() == Step()
    output.write_text("", encoding="utf-8")
    seen = []
    for part in PRINTED.split("|\n"):
        with output.open("a", encoding="utf-8") as file:
            file.write(part)
        seen.append(steps())
    assert seen == [
        Step(note="3 packages found, 2 downloaded"),
        Step(done=1, total=2, verb="built from source"),
        Step(done=1, total=3, verb="installed"),
        Step(done=3, total=3, verb="installed"),
    ]
