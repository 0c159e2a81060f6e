"""The issue form of a suggestion -> what stands in its field, from the event of a GitHub workflow.

GitHub writes a form into the text of the issue: ``###`` and the label of each field, an empty line, and the answer. An
empty answer is ``_No response_``. Source: GitHub Docs, "Syntax for issue forms". Everybody may write such a text, and
change it later, so nothing of it is trusted.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from onelist.core.errors import UsageError
from onelist.core.system.regular_files import read_regular

if TYPE_CHECKING:
    from pathlib import Path

PACKAGE_FIELD = "Name of the package"
"""The label of the field in ``data/github/suggest-package.yml``."""
_HEAD = "### "
_NO_ANSWER = "_No response_"
_MOST_BYTES = 8 << 20
"""The largest event: the text of an issue has up to 65,536 characters, of up to 12 bytes in JSON, and an event of an
edit has the text before it, too."""


def read_package_field(event: Path) -> str | None:
    """Return what an issue says in the field for the name of the package.

    Args:
        event: The file with the event (``GITHUB_EVENT_PATH``).

    Returns:
        The answer, without blanks around it; None if the issue was not written with the form.

    Raises:
        UsageError: The file cannot be read, or is not the event of an issue.
    """
    try:
        data = json.loads(read_regular(event, _MOST_BYTES))
    except OSError as error:
        raise UsageError(f"{event} cannot be read: {error.strerror or error}.", _ADVICE) from error
    except (ValueError, RecursionError) as error:
        raise UsageError(f"{event} is not a file in JSON.", _ADVICE) from error
    issue = data.get("issue") if isinstance(data, dict) else None
    if not isinstance(issue, dict):
        raise UsageError(f"{event} is not the event of an issue.", _ADVICE)
    return package_field(issue.get("body"))


_ADVICE = "Name the file of an event of a GitHub workflow, which $GITHUB_EVENT_PATH has."


def package_field(body: Any) -> str | None:  # noqa: ANN401 - a value of JSON
    """Return the same from the text of an issue."""
    if not isinstance(body, str):
        return None
    head, *lines = body.replace("\r\n", "\n").split("\n")
    if head.rstrip() != _HEAD + PACKAGE_FIELD:
        return None
    end = next((number for number, line in enumerate(lines) if line.startswith(_HEAD)), len(lines))
    answer = "\n".join(lines[:end]).strip()
    return "" if answer == _NO_ANSWER else answer
