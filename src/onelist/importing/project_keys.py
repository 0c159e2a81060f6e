"""What a file says about a project beside its requirements -> keys of settings.ini."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from onelist.settings.pyproject import joined_keywords

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


def keywords(words: Sequence[str]) -> dict[str, str]:
    """Return ``keywords``."""
    found = [part for word in words for part in split_keyword(word)]
    return {"keywords": joined_keywords(found)} if found else {}


def split_keyword(text: str) -> list[str]:
    """Return the keywords in one of a file, where a comma may be left from another file."""
    return [part.strip() for part in text.split(",") if part.strip()]


def people(texts: Sequence[str]) -> dict[str, str]:
    """Return ``author`` and ``author_email`` from people such as ``Ada Lovelace <ada@example.org>``."""
    parts = [text.strip().removesuffix(">").partition("<") for text in texts]
    names, emails = [name.strip() for name, _, _ in parts], [email.strip() for _, _, email in parts]
    found = {"author": ", ".join(filter(None, names)), "author_email": ", ".join(filter(None, emails))}
    return {key: value for key, value in found.items() if value}


def addresses(urls: Mapping[str, Any]) -> dict[str, str]:
    """Return ``git_url``, ``doc_host`` and ``user`` from ``[project.urls]`` (well-known labels, PEP 753)."""
    by_label = {re.sub(r"[\W_]", "", str(label).lower()): str(url) for label, url in urls.items() if url}
    keys: dict[str, str] = {}
    for label in ("repository", "source", "sourcecode", "github", "homepage"):
        if label in by_label:
            keys["git_url"] = by_label[label]
            break
    documentation = next((by_label[label] for label in ("documentation", "docs") if label in by_label), "")
    if documentation:
        keys["doc_host"] = documentation
    owner = re.match(r"https://github\.com/([A-Za-z0-9-]+)/", keys.get("git_url", "") + "/")
    return keys | ({"user": owner[1]} if owner else {})
