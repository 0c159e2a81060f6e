"""Targets: files that people have, from which `init --from` makes a list."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import strategies as st

from onelist.core.errors import OnelistError, SettingsError
from onelist.core.findings import Source
from onelist.importing.combine import combine
from onelist.importing.new_settings import new_settings
from onelist.importing.read import read_sources, restored_settings
from onelist.reports.answers.imported import imported_lines
from onelist.settings.editing.template import settings_ini
from onelist.settings.parser import parse_settings
from tests.fuzz.inputs import HOSTILE, damaged_bytes, damaged_json
from tests.fuzz.settings_files import assert_error_is_harmless, assert_harmless
from tests.fuzz.target import Target

if TYPE_CHECKING:
    from onelist.settings.editing.template import NewSettings

SEEDS = {
    "requirements.txt": """\
# what the course needs
numpy==1.26.4 \\
    --hash=sha256:00ff
pandas>=2,<3 ; python_version < '3.13'
ray[tune,default]
-r more.txt
-e git+https://example.org/tools.git#egg=tools
--index-url https://example.org/simple
./wheels/tools-1.0-py3-none-any.whl
""",
    "environment.yml": """\
name: course
channels: [conda-forge, nodefaults, https://example.org/own]
platforms: [linux-64, osx-arm64]
dependencies:
  - python >=3.11
  - numpy=1.26.*
  - conda-forge::pandas >=2,<3
  - pytorch[version='>=2']
  - pip
  - pip:
      - transformers>=4
      - -r requirements.txt
variables: {A: b}
prefix: /home/ada/envs/course
""",
    "pixi.toml": """\
[workspace]
name = "course"
channels = ["conda-forge", { channel = "nvidia", priority = -1 }]
platforms = ["linux-64", "osx-arm64"]
version = "0.2.0"

[dependencies]
python = ">=3.11,<3.13"
numpy = { version = ">=1.26", channel = "conda-forge" }

[pypi-dependencies]
ray = { version = ">=2", extras = ["tune"] }
tools = { git = "https://example.org/tools" }

[target.linux-64.dependencies]
cuda = "*"

[feature.test.dependencies]
pytest = "*"

[environments]
test = ["test"]
""",
    "pyproject.toml": """\
[project]
name = "course"
version = "0.2.0"
description = "What the course needs"
requires-python = ">=3.11"
license = "MIT"
keywords = ["course", "deep learning"]
authors = [{ name = "Ada", email = "ada@example.org" }]
dependencies = ["numpy>=1.26", "pandas[excel]; sys_platform == 'win32'"]

[project.optional-dependencies]
plots = ["seaborn"]

[project.urls]
Repository = "https://github.com/ada/course"

[dependency-groups]
dev = ["pytest", { include-group = "docs" }]
docs = ["sphinx"]

[tool.poetry.dependencies]
python = "^3.11"
numpy = "^1.26"
tools = { git = "https://example.org/tools" }

[tool.pixi.workspace]
channels = ["conda-forge"]

[tool.pixi.dependencies]
pytorch = "*"
""",
    "setup.cfg": """\
[metadata]
name = course
version = 0.2.0
description = What the course needs

[options]
python_requires = >=3.11
install_requires =
    numpy>=1.26
    # a comment
    pandas; python_version < "3.13"

[options.extras_require]
plots = seaborn
""",
    "lesson.py": """\
# /// script
# requires-python = ">=3.11"
# dependencies = ["rich>=13"]
# ///
import os, sys
import numpy as np
from sklearn.linear_model import LinearRegression
try:
    import torch
except ImportError:
    torch = None
""",
    "start.sh": """\
#!/bin/sh
pip install --upgrade 'numpy>=1.26' pandas \\
    seaborn
conda install -y -c conda-forge pytorch=2 && mamba install "scipy>=1"
uv pip install -r requirements.txt; python -m pip install tools
""",
    "apt.txt": "graphviz\nlibgl1 # for pictures\n",
    "runtime.txt": "python-3.11\n",
}
"""A file of each kind, as people write it."""
_NOTEBOOK = {
    "nbformat": 4,
    "metadata": {"kernelspec": {"name": "python3"}, "language_info": {"name": "python", "version": "3.11.4"}},
    "cells": [
        {"cell_type": "markdown", "source": ["# Lesson\n", "import nothing\n"]},
        {"cell_type": "code", "source": ["%pip install -q 'ray[tune]>=2'\n", "!conda install -y pytorch\n"]},
        {"cell_type": "code", "source": "import numpy as np\n%matplotlib inline\nfrom PIL import Image\n"},
        {"cell_type": "code", "source": "%%bash\npip install tools\n"},
    ],
    "worksheets": [],
}
_WORDS = (
    *(
        "[project]",
        "[options]",
        "[tool.pixi.dependencies]",
        "dependencies = ",
        "dependencies:\n",
        "- pip:\n  - ",
        "= {",
    ),
    *(
        '"""',
        "'''",
        "&a ",
        "*a",
        "<<: *a",
        "!!python/object:x ",
        "{",
        "[",
        "]",
        "}",
        "|\n",
        "---\n",
        "\\\n",
        "\t",
        "\r\n",
    ),
    *(
        "-r requirements.txt",
        "-r ../x",
        "-c x",
        "-e .",
        "--hash=sha256:0",
        " @ ",
        "; ",
        "==",
        "~=1",
        "!=2",
        ">=3,<2",
        "*",
    ),
    *(
        "[extra]",
        "::",
        "https://example.org/a b",
        "numpy[version='>=1']",
        "python",
        "python=3.11",
        "%pip install ",
        "!",
    ),
    *("import ", "from . import x", "import a.b.c as d", "import %s", "requirements =\n  x", "\n[other]\n", "%(x)s"),
    *HOSTILE,
)


def check_file(name: str, content: bytes) -> None:
    """A file makes a list or is refused; the new settings.ini has no mistake, and neither it nor the report forges."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(content)
        try:
            restored = restored_settings(path)
            found = combine(read_sources([path]))
        except OnelistError as error:
            assert_error_is_harmless(error)
            return
    made, remarks = new_settings(found, "course")
    said = "\n".join(imported_lines(found, remarks))
    # a word that is cut out of an address with a password is no password any more
    assert_harmless(said if b"//user:hunter2@" in content else said.replace("hunter2", "..."))
    new = restored or made
    if new.requirements or new.pip_requirements or new.conda_requirements or new.extras:
        check_settings(new, is_restored=restored is not None)


def check_settings(new: NewSettings, *, is_restored: bool) -> None:
    """The new settings.ini has no mistake, unless it is restored from a file with one, and no key that nobody meant."""
    text = settings_ini(new)
    keys = [line.partition(" =")[0] for line in text.splitlines() if line[:1] not in {" ", "#", "[", ""}]
    assert len(keys) == len(set(keys)), text
    try:
        parse_settings(Source(file="settings.ini", text=text))
    except SettingsError as error:
        if not is_restored:
            raise AssertionError(text, [finding.message for finding in error.findings]) from error
        assert_error_is_harmless(error)


TARGETS = (
    *(
        Target(
            name=f"import-{name.replace('.', '-')}",
            inputs={"name": st.just(name), "content": damaged_bytes(seed, _WORDS)},
            check=check_file,
        )
        for name, seed in SEEDS.items()
    ),
    Target(
        name="import-notebook",
        inputs={"name": st.just("lesson.ipynb"), "content": damaged_json(_NOTEBOOK)},
        check=check_file,
    ),
)
