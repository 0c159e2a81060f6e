"""Each rule is one record, and all of its texts are complete."""

from __future__ import annotations

import re
import string
from collections import Counter

import pytest

from onelist.core import rules
from onelist.core.findings import RequirementId, Severity, Span
from onelist.core.model import Requirement
from onelist.core.rules import RULES, Evidence, Rule, Scope, Wording, evidence_for
from onelist.settings.tokens import parse_requirement
from tests.helpers import ROOT

each_rule = pytest.mark.parametrize("rule", RULES.values(), ids=list(RULES))


def templates(rule: Rule) -> list[str]:
    wordings = [Wording(message=rule.message, hint=rule.hint), *rule.variants.values()]
    return [text for one in wordings for text in (one.message, one.hint) if text is not None]


def fields(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name is not None}


def rule(**texts: str) -> Rule:
    return Rule(code="X001", severity=Severity.INFO, title="t", what="w", why="y", causes="c", what_to_do="d", **texts)  # type: ignore[arg-type]


@each_rule
def test_a_template_has_named_fields_without_conversions(rule: Rule) -> None:
    for template in templates(rule):
        for _, name, spec, conversion in string.Formatter().parse(template):
            assert name is None or re.fullmatch(r"[a-z][a-z0-9_]*", name), template
            assert not spec, template
            assert conversion is None, template


@each_rule
def test_an_example_fills_in_the_message(rule: Rule) -> None:
    assert set(rule.example) == fields(rule.message)
    assert "{" not in rule.example_message


@each_rule
def test_a_message_and_a_hint_are_sentences(rule: Rule) -> None:
    for template in templates(rule):
        assert template == template.strip()
        assert not re.search(r"[a-z]  [a-z]", template)
        assert re.match(r"[A-Za-z{%\[]", template) or template == ""


@each_rule
def test_every_part_of_an_explanation_is_a_paragraph_of_sentences(rule: Rule) -> None:
    for text in (rule.what, rule.why, rule.causes, rule.what_to_do):
        assert text.strip().endswith("."), text
        assert "\n\n" not in text


@each_rule
def test_no_word_is_used_that_the_language_guide_rules_out(rule: Rule) -> None:
    texts = " ".join([*templates(rule), rule.title, rule.what, rule.why, rule.causes, rule.what_to_do])
    for old in (part for name, part in rule.variants.items() if name == "manifest"):
        texts = texts.replace(old.message or "", "")
    unwanted = r"\b(mend\w*|judge\w*|alone|anew|nobody|whoever|besides|everywhere|stands? for|look after|makers)\b"
    assert re.findall(unwanted, texts, re.IGNORECASE) == []


def test_the_code_of_a_rule_is_its_key_and_occurs_once() -> None:
    assert [rule.code for rule in RULES.values()] == list(RULES)
    assert all(re.fullmatch(r"[SPCARFDHG]\d{3}", code) for code in RULES)
    assert len({rule.title for rule in RULES.values()}) == len(RULES)


def test_every_rule_has_a_name_in_the_package() -> None:
    named = [value for value in vars(rules).values() if isinstance(value, Rule)]
    assert {rule.code for rule in named} == set(RULES)


def test_every_rule_is_used() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/onelist").rglob("*.py"))
    names = [name for name, value in vars(rules).items() if isinstance(value, Rule)]
    uses = Counter(re.findall(r"\w+", source))
    assert [name for name in names if uses[name] < 4] == []


def test_what_a_rule_supersedes_exists_and_is_not_itself() -> None:
    pairs = [(one.code, other.code) for one in RULES.values() for other in one.supersedes]
    assert pairs
    assert [pair for pair in pairs if pair[1] not in RULES or pair[0] == pair[1]] == []
    assert {other.scope for one in RULES.values() for other in one.supersedes} == set(Scope)


@pytest.mark.parametrize(
    ("prefixes", "expected"),
    [
        ((), set(Evidence)),
        (("S", "C1"), {Evidence.SETTINGS}),
        (("P001",), {Evidence.SETTINGS}),
        (("P",), {Evidence.SETTINGS, Evidence.RESOLUTION}),
        (("A0", "F003"), {Evidence.AVAILABILITY, Evidence.SETTINGS}),
        (("F101",), {Evidence.RESOLUTION}),
    ],
)
def test_what_must_be_known_for_some_codes(prefixes: tuple[str, ...], expected: set[Evidence]) -> None:
    assert evidence_for(prefixes) == expected


def test_the_sentences_of_the_manifest_keep_their_words() -> None:
    """manifest.json is an artifact: the same settings give the same bytes."""
    sentences = {
        code: wording.message
        for code, rule in RULES.items()
        for name, wording in rule.variants.items()
        if name == "manifest"
    }
    assert sentences == {
        "C001": "Older conda and mamba cannot ask for extras, and no conda package is known that stands for {asked}.",
        "C002": "{normal} is asked for by its address, and conda installs from channels alone.",
        "C003": "Whether {normal} is wanted differs by operating system, and the conda package is the same on all of "
        "them.",
        "C004": "Whether {normal} is wanted differs by Python version, and the conda package is the same for all.",
        "C005": "Whether {normal} is wanted asks for {variables}, which a conda package cannot ask.",
        "C006": "{normal}{clause} {reason}.",
    }


def test_braces_in_a_value_are_text() -> None:
    found = rule(message="{item} is wrong.", hint="Not {item}.").at("f", span=None, item="{0}{item.__class__}{")
    assert (found.message, found.hint) == ("{0}{item.__class__}{ is wrong.", "Not {0}{item.__class__}{.")


def test_no_secret_gets_into_a_message_or_a_hint() -> None:
    found = rule(message="{item} is wrong.", hint="Not {item}.").at("f", span=None, item="https://me:hunter2@x.org/a")
    assert "hunter2" not in f"{found.message}{found.hint}"


def test_a_field_without_a_value_is_an_error() -> None:
    with pytest.raises(KeyError, match="item"):
        rule(message="{item} is wrong.").at("f", span=None)


def test_a_variant_takes_what_it_does_not_say_from_the_rule() -> None:
    wordings = {"other": Wording(hint="Do that."), "silent": Wording(message="Other.", hint="")}
    one = Rule(
        code="X001",
        severity=Severity.INFO,
        title="t",
        message="Wrong.",
        hint="Do this.",
        variants=wordings,
        what="w",
        why="y",
        causes="c",
        what_to_do="d",
    )
    found = [one.at("f", span=None, variant=name) for name in ("", "other", "silent")]
    assert [(each.message, each.hint) for each in found] == [
        ("Wrong.", "Do this."),
        ("Wrong.", "Do that."),
        ("Other.", None),
    ]
    assert one.at("f", span=None, variant="silent", advice="other").hint == "Do that."
    assert one.at("f", span=None, variant="silent", advice="").hint == "Do this."


def test_a_finding_about_a_requirement_names_it_as_it_is_written() -> None:
    parsed = parse_requirement("AutoROM[all]>=1")
    assert parsed
    item = Requirement(
        id=RequirementId(key="requirements", number=2),
        text="AutoROM[all]>=1",
        span=Span(line=5, column=16, length=15),
        pep508=parsed,
    )
    found = rule(message="{name} ({item}) is wrong.").for_requirement("settings.ini", item)
    assert found.message == "AutoROM (AutoROM[all]>=1) is wrong."
    assert (found.requirement, found.requirement_id, found.span) == (item.text, item.id, item.span)
