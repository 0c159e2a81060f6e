"""S001 to S006: settings.ini as a file of keys and values."""

from __future__ import annotations

from onelist.core.findings import Severity
from onelist.core.rules.base import Rule, Wording

NOT_TEXT = Rule(
    code="S001",
    severity=Severity.ERROR,
    title="The file is not readable text",
    message="The file is not UTF-8: byte {byte} is not a character.",
    hint="Save the file as plain text in the encoding UTF-8.",
    variants={
        "utf_16": Wording(message="The file is in the encoding UTF-16."),
        "zero_byte": Wording(message="The file is not text: it contains a zero byte."),
        "too_large": Wording(
            message="The file is larger than 1 MiB, so it is not a settings file.", hint="Name the right file."
        ),
    },
    example={"byte": "0xe9"},
    what="""onelist cannot read the file as plain text in the encoding UTF-8, or the file is larger than 1 MiB.""",
    why="""All tools agree on UTF-8. With another encoding, letters such as é or ü would be wrong in the package.""",
    causes="""An editor saved the file as "ANSI", "Latin-1" or "Unicode" (UTF-16). Or the file is not text at all, for
    example a document of a word processor with another file name.""",
    what_to_do="""Open the file in a plain text editor and save it with the encoding UTF-8. A byte order mark at the
    start does no harm. If the file is too large, check that it is the right file: a real one has a few kilobytes.""",
)

NOT_INI = Rule(
    code="S002",
    severity=Severity.ERROR,
    title="A line does not have the form key = value",
    message="This line is neither key = value nor the continuation of the line before.",
    hint="Write key = value. Indent the line if it continues the line before. Begin a comment with #.",
    variants={
        "no_section": Wording(
            message="The file does not begin with [DEFAULT], so its keys belong to no section.",
            hint="Write [DEFAULT] as the first line.",
        ),
        "other_section": Wording(
            message="The keys are in [{section}], which onelist and nbdev do not read.", hint="Write [DEFAULT] instead."
        ),
        "header": Wording(message="{written} is not the header of the file.", hint="Write [DEFAULT]"),
        "colon": Wording(message="A colon stands after {key}, in place of an =.", hint="Write {key} ="),
        "conflict": Wording(
            message="git left both versions of a conflict here, from line {first} to line {last}.",
            hint="Keep the lines that you want, and delete the others and the three markers.",
        ),
        "too_many": Wording(
            message="The file has more than {most} lines, and onelist reads no further.",
            hint="Keep only the lines of the list.",
        ),
        "foreign": Wording(
            message="The file is not a settings.ini. It looks like {kind}.",
            hint="Rename it to {kind}, and make a list from it: onelist init --from {kind}",
        ),
        "not_indented": Wording(
            message="{lines} in the first column, so {key} does not include {them}.",
            hint="Indent {them} by some spaces.",
        ),
        "empty": Wording(
            message="The file is empty.", hint="Delete it, and let onelist init write a new one, or fill it in."
        ),
    },
    what="""A line is not `key = value`, not a comment, and not an indented line that continues the line before. The
    same code is used when the file has no `[DEFAULT]` before its first key, has another section instead, is empty, has
    more than 10,000 lines, or has the markers of a merge conflict.""",
    why="""onelist cannot tell what such a line belongs to.""",
    causes="""A list continues on a new line that is not indented. There is a colon instead of `=`. A comment has no
    `#`. The first line, `[DEFAULT]`, is missing. git merged two versions of the file, and no one chose between
    them.""",
    what_to_do="""Write `[DEFAULT]` first. Indent every line that continues the line before. Put `#` at the start of a
    comment.""",
    ini="""\
[DEFAULT]
requirements = pandas
    numpy
""",
)

DUPLICATE_KEY = Rule(
    code="S003",
    severity=Severity.ERROR,
    title="A key is set twice",
    message="{key} is set a second time; the first is in line {line}.",
    hint="Keep one of the two lines.",
    variants={
        "section": Wording(message="[{section}] occurs a second time.", hint="Keep one of the two."),
        "key_of_section": Wording(message="{key} in [{section}] occurs a second time.", hint="Keep one of the two."),
    },
    example={"key": "requirements", "line": "9"},
    what="""The same key occurs in two places. Capital letters make no difference: `Requirements` and `requirements` are
    the same key. The same code is used for a second section with the same name.""",
    why="""Only one of the two lines can count, and it may not be the one that you expect.""",
    causes="""Someone added a second `requirements =` instead of making the first one longer. Or two versions of the
    file were merged.""",
    what_to_do="""Keep one line. To keep both values of a list, put all names into the line that stays.""",
)

INTERPOLATION = Rule(
    code="S004",
    severity=Severity.ERROR,
    title="A %(name)s reference cannot be resolved",
    message="{key} refers to {name}, which is not set in this file.",
    hint="Add a line {name} = ..., or write the value itself here.",
    variants={
        "percent": Wording(
            message="{key} contains a single % that is not part of %(name)s.", hint="Write %% for a percent sign."
        ),
        "too_long": Wording(message="%({name})s becomes longer than 1 MiB.", hint="Write the value itself here."),
        "too_deep": Wording(
            message="%({name})s refers to itself, or needs more than ten other keys.",
            hint="Write the value itself here.",
        ),
    },
    example={"key": "git_url", "name": "user"},
    what="""`%(name)s` inserts the value of another key. That key is not set, or the references form a loop, or they
    need more than ten other keys. The same code is used for a value that would be longer than 1 MiB, and for a single
    percent sign.""",
    why="""onelist cannot compute the value.""",
    causes="""The key between the brackets is misspelt or was deleted. Or a text contains a real percent sign, as in
    "100% free".""",
    what_to_do="""Set the missing key, or write the value itself. For a real percent sign write `%%`.""",
    ini="""\
user = ada
git_url = https://github.com/%(user)s/course
description = A course that is 100%% free
""",
)

CONTROL_CHARACTER = Rule(
    code="S005",
    severity=Severity.ERROR,
    title="The file contains an invisible character",
    message="There is an invisible character here (U+{number}).",
    hint="Delete it. Such a character often comes with text that is copied from a web page.",
    example={"number": "202E"},
    what="""The line contains an invisible character: a control character, a character that changes the direction of the
    text, a zero-width space, a soft hyphen, or a byte order mark in the middle of the file.""",
    why="""You do not see it, but tools do: a name with such a character is another name.""",
    causes="""Text was copied from a web page, a chat or a PDF.""",
    what_to_do="""Delete the character at the column of the message, or type the whole line again. The message gives the
    number of the character, such as U+202E.""",
)

MISSING_KEY = Rule(
    code="S006",
    severity=Severity.ERROR,
    title="A required key is missing",
    message="{key} is not set.",
    hint="Add a line such as {key} = {sample} under [DEFAULT].",
    variants={"empty": Wording(message="{key} is empty.")},
    example={"key": "version"},
    what="""`lib_name` or `version` is not set, or is empty.""",
    why="""A package needs a name and a version. Without them, onelist can build nothing.""",
    causes="""The line was deleted, or the key is misspelt. Or the keys are not under `[DEFAULT]`: onelist reads only
    that section, and `[default]` or `[course]` is another one.""",
    what_to_do="""Add the line under `[DEFAULT]`.""",
    ini="""\
[DEFAULT]
lib_name = course-meta
version = 0.1.0
""",
)
