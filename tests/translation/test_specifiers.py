"""PEP 508 -> MatchSpec, row by row, and what has no translation."""

from __future__ import annotations

import re

import pytest
import rattler
from hypothesis import given
from hypothesis import strategies as st
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.version import Version

from onelist.translation import specifiers
from onelist.translation.outcomes import CondaOnly, MarkerNeverTrue, Substituted, Translated, Untranslatable
from onelist.translation.specifiers import UntranslatableSpecifier
from tests.checks.test_checks import check
from tests.helpers import brief, plan, project


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        pytest.param("pandas", "pandas", id="name"),
        pytest.param("Scikit_Learn", "scikit-learn", id="canonical name"),
        pytest.param("graphviz", "python-graphviz", id="mapped name"),
        pytest.param("huggingface-hub", "huggingface_hub", id="separator"),
        pytest.param("a>=1,<2", "a >=1,<2", id="range"),
        pytest.param("a<2,>=1", "a >=1,<2", id="range, the other way round"),
        pytest.param("a>1", "a >1", id="greater"),
        pytest.param("a<=1", "a <=1", id="at most"),
        pytest.param("a!=1.5", "a !=1.5", id="not"),
        pytest.param("a>=1,!=1.5", "a >=1,!=1.5", id="lower bound and not"),
        pytest.param("a==1.2", "a ==1.2", id="exact"),
        pytest.param("a==1.2.*", "a 1.2.*", id="prefix"),
        pytest.param("a==1.2.*,!=1.2.3", "a 1.2.*,!=1.2.3", id="prefix in a list"),
        pytest.param("a!=1.2.*", "a !=1.2.*", id="not prefix"),
        pytest.param("a~=1.4.2", "a >=1.4.2,<1.5", id="compatible"),
        pytest.param("a~=1.4", "a >=1.4,<2", id="compatible, two parts"),
        pytest.param("a~=2.2.post3", "a >=2.2.post3,<3", id="compatible, post-release"),
        pytest.param("a~=1.4.5a4", "a >=1.4.5a4,<1.5", id="compatible, pre-release"),
        pytest.param("a~=1!1.4", "a >=1!1.4,<1!2", id="compatible, epoch"),
        pytest.param("a<2", "a <2", id="less, by custom without a0"),
        pytest.param("a<3.0.dev0", "a <3dev0", id="less than every pre-release"),
        pytest.param("a>=3.0.dev0", "a >=3dev0", id="pre-releases too"),
        pytest.param("a>=2.dev0,<3.dev0", "a >=2dev0,<3dev0", id="a series with its pre-releases"),
        pytest.param("a~=3.0.dev0", "a >=3dev0,<4", id="compatible, development release"),
        pytest.param("a<1!0.10.dev0", "a <1!0.10dev0", id="development release of an epoch"),
        pytest.param("a>=3.0.dev5", "a >=3.0.dev5", id="from a later development release on"),
        pytest.param("a!=3.0.dev5", "a !=3.0.dev5", id="not one development release"),
        pytest.param("a<3.0.post1.dev0", "a <3.0.post1.dev0", id="development release of a post-release"),
        pytest.param("a>=1.0c1", "a >=1.0rc1", id="pre-release spelt anew"),
        pytest.param("a>=1.0-1", "a >=1.0.post1", id="post-release spelt anew"),
        pytest.param("a>=v1.0", "a >=1.0", id="no v"),
        pytest.param("a >= 1.0 , < 2", None, id="blanks are not part of the dialect"),
        pytest.param("a(>=1,<2)", "a >=1,<2", id="parentheses"),
        pytest.param("uvicorn[standard]", "uvicorn-standard", id="extra with a package of its own"),
        pytest.param("black[jupyter]>=24", "black-jupyter >=24", id="extra and version"),
        pytest.param("dask[complete]", "dask", id="extra that is the package"),
        pytest.param("ray[tune]", "ray-tune", id="ray"),
        pytest.param("a;python_version>='3.8'", "a", id="marker true everywhere"),
        pytest.param("a;sys_platform!='cygwin'", "a", id="marker true on every system"),
        pytest.param("a;python_full_version>='3.11.0'", "a", id="marker true on every patch release"),
    ],
)
def test_a_row_of_the_table(requirement: str, expected: str | None) -> None:
    if expected is None:
        with pytest.raises(Exception, match="you must fix"):
            plan(requirements=requirement)
        return
    (outcome,) = plan(requirements=requirement).outcomes
    assert isinstance(outcome, Translated)
    assert outcome.spec == expected
    rattler.MatchSpec(outcome.spec, strict=True)


@pytest.mark.parametrize("specifier", ["<3.0.dev0", ">=3.0.dev0", "<3.dev0", ">=0.10.dev0", "<1!0.10.dev0"])
def test_a_bound_at_the_first_development_release_is_exact(specifier: str) -> None:
    clauses = specifiers.translate(SpecifierSet(specifier))
    assert isinstance(clauses, tuple)
    spec = rattler.VersionSpec(",".join(clauses))
    releases = "0.9 0.10 0.10.0 2 2.9 2.99.1 3 3.0 3.0.0 3.0.1 4 1!0.9 1!0.10 1!1".split()
    versions = [release + suffix for release in releases for suffix in ("", ".dev0", ".dev3", "a0", "rc1", ".post1")]
    wrong = [
        version
        for version in versions
        if spec.matches(rattler.Version(version)) != SpecifierSet(specifier).contains(version, prereleases=True)
    ]
    assert wrong == []


SUFFIXES = ("", ".dev0", ".dev1", ".dev5", "a0", "a1", "b2", "rc1", "rc1.dev3", "rc1.post1", ".post1", ".post2")
GRID = [
    base + suffix
    for base in ("2.9", "3.0", "3.0.0.1", "3.0.1", "3.1", "4.0", "5.0")
    for suffix in (*SUFFIXES, ".post1.dev2")
]


@pytest.mark.parametrize("operator", [">=", ">", "<", "<=", "~=", "==", "!="])
def test_each_bound_takes_the_same_versions_on_both_sides_or_c107_names_one_that_it_does_not(operator: str) -> None:
    """Over a grid of versions, spelt with as many numbers as the bound; final releases have the documented customs."""
    known = {text: rattler.Version(text) for text in GRID}
    for suffix in (*SUFFIXES, "a0.dev0", ".post1.dev2"):
        pip = SpecifierSet(f"{operator}3.0{suffix}")
        clauses = specifiers.translate(pip)
        if isinstance(clauses, UntranslatableSpecifier):
            assert (operator[0], suffix[:4]) == ("<", ".dev")
            continue
        conda = rattler.VersionSpec(",".join(clauses))
        only_pip: set[str] = set()
        only_conda: set[str] = set()
        for text, version in known.items():
            sides = (pip.contains(text, prereleases=True), conda.matches(version))
            if sides[0] != sides[1] and not is_custom(operator, Version(f"3.0{suffix}"), Version(text)):
                (only_pip if sides[0] else only_conda).add(text)
        found = list(specifiers.order_differences(pip))
        assert bool(found) == bool(only_pip | only_conda), (str(pip), only_pip, only_conda)
        for difference in found:
            assert difference.clause == str(pip)
            assert difference.version in (only_conda if difference.only_conda else only_pip)
            assert not (only_pip if difference.only_conda else only_conda)


def is_custom(operator: str, bound: Version, version: Version) -> bool:
    """Tell whether docs/translation.md leaves a version out on purpose: one at a final release or at the same release.

    For pip, ``<V`` leaves out the pre-releases of V, ``>V`` its post-releases, and ``~=3.0`` the pre-releases of 4.
    """
    same = version.base_version == bound.base_version
    match operator:
        case "<":
            return (
                same
                and version >= Version(f"{version.base_version}.dev0")
                and version < bound
                and not bound.is_prerelease
            )
        case ">":
            return same and version.is_postrelease and version > bound
        case "~=":
            return version.base_version == "4.0"
        case _:
            return False


def test_a_bound_that_conda_reads_in_another_way_is_named() -> None:
    found = [
        brief(item)
        for item in check(project(requirements="a>=3.0.dev5,!=3.1 b~=3.0rc1 c<3.0.post1 d>=2 e<3.0rc1,!=3.0.dev1"))
    ]
    hint = "This matters only if a channel or the index has such versions. A bound at a final release means the same for both."
    assert [line for line in found if line.startswith("C107")] == [
        f"C107 5:16 a>=3.0.dev5 means other versions for conda: for instance, pip takes 3.0rc1, and conda does not. | {hint}",
        f"C107 5:34 b~=3.0rc1 means other versions for conda: for instance, conda takes 3.0.dev1, and pip does not. | {hint}",
        f"C107 5:44 c<3.0.post1 means other versions for conda: for instance, conda takes 3.0.0.1, and pip does not. | {hint}",
    ]


ESCAPE = (
    "Move it to pip_requirements if only pip users need it. Or list its conda package in conda_requirements as "
    "well: conda then installs that one."
)


@pytest.mark.parametrize(
    ("requirement", "expected"),
    [
        *(
            pytest.param(
                f"a{clause}",
                f"C006 5:16 a{clause} ends at a development release, and conda puts those after other pre-releases. | "
                f"Write a without {clause}. {ESCAPE}",
                id=f"development release {clause}",
            )
            for clause in ("<3.0.dev5", "<=3.0.dev0", "<=3.0.dev5")
        ),
        pytest.param(
            "a===1",
            f"C006 5:16 a===1 compares letter by letter (===), which conda cannot. | Write a without ===1. {ESCAPE}",
            id="arbitrary equality",
        ),
        pytest.param(
            "a==1.0+cu118",
            "C006 5:16 a==1.0+cu118 asks for a local version (+cu118), which no conda channel has. | "
            f"Write a without ==1.0+cu118. {ESCAPE}",
            id="local version",
        ),
        pytest.param(
            "a@https://x.org/a.zip",
            f"C002 5:16 a is required by its address, but conda installs only from channels. | {ESCAPE}",
            id="address",
        ),
        pytest.param(
            "modin[ray,dask]",
            "C001 5:16 Older conda and mamba cannot ask for extras, and onelist knows one conda package for each extra of "
            "modin[dask,ray], but none for all of them. | Write conda_names = modin[dask,ray]=modin-dask, and list the "
            "others in conda_requirements: modin-ray",
            id="extras with a conda package each",
        ),
        pytest.param(
            "a[x,y]",
            "C001 5:16 Older conda and mamba cannot ask for extras, and onelist knows no conda package for a[x,y]. | Name one: conda_names "
            "= a[x,y]=a, and list what the extra brings in conda_requirements. Or move it to pip_requirements.",
            id="extras",
        ),
        pytest.param(
            "a;sys_platform=='win32'",
            "C003 5:16 The marker of a differs by operating system, but the conda package is the same on all of "
            f"them. | Delete the marker if a does no harm elsewhere. {ESCAPE}",
            id="marker by operating system",
        ),
        pytest.param(
            "a;python_version<'3.13'",
            "C004 5:16 The marker of a differs by Python version, but the conda package is the same for all of "
            f"them. | Delete the marker if a does no harm elsewhere. {ESCAPE}",
            id="marker by Python",
        ),
        pytest.param(
            "a;python_full_version<'3.11.4'",
            "C004 5:16 The marker of a differs by Python version, but the conda package is the same for all of "
            f"them. | Delete the marker if a does no harm elsewhere. {ESCAPE}",
            id="marker by patch release",
        ),
        *(
            pytest.param(
                f"a;{marker}",
                "C004 5:16 The marker of a differs by Python version, but the conda package is the same for all of "
                f"them. | Delete the marker if a does no harm elsewhere. {ESCAPE}",
                id=marker,
            )
            for marker in (
                "python_full_version=='3.12.4'",
                "python_full_version!='3.12.4'",
                "python_full_version>='3.12.4'",
                "python_version>='3.15'",
            )
        ),
        *(
            pytest.param(
                f"a;{marker}",
                "C003 5:16 The marker of a differs by operating system, but the conda package is the same on all "
                f"of them. | Delete the marker if a does no harm elsewhere. {ESCAPE}",
                id=marker,
            )
            for marker in ("sys_platform=='linux'", "sys_platform=='darwin'", "platform_system!='Darwin'")
        ),
        pytest.param(
            "a>=99999999999999999999",
            "C006 5:16 a>=99999999999999999999 has a number in it that is too large for conda. | "
            f"Write a without >=99999999999999999999. {ESCAPE}",
            id="a number too large",
        ),
        pytest.param(
            "a;platform_machine=='x86_64'",
            "C005 5:16 The marker of a reads platform_machine, which a conda package cannot know. | Delete the "
            f"marker if a does no harm elsewhere. {ESCAPE}",
            id="marker by machine",
        ),
        pytest.param(
            "a;implementation_name=='cpython'",
            "C005 5:16 The marker of a reads implementation_name, which a conda package cannot know. | Delete the "
            f"marker if a does no harm elsewhere. {ESCAPE}",
            id="marker by implementation",
        ),
    ],
)
def test_what_has_no_translation_is_refused_at_its_line(requirement: str, expected: str) -> None:
    asked = plan(requirements=requirement)
    assert [type(outcome) for outcome in asked.outcomes] == [Untranslatable]
    assert asked.run == ("python >=3.11",)
    found = [brief(item) for item in check(project(requirements=requirement)) if item.code.startswith("C")]
    assert found == [expected]


@pytest.mark.parametrize("requirement", ["a;python_version<'3.8'", "a;extra=='x'", "a;os_name=='java'"])
def test_a_marker_that_is_never_true_leaves_nothing_to_carry(requirement: str) -> None:
    asked = plan(requirements=requirement)
    assert [type(outcome) for outcome in asked.outcomes] == [MarkerNeverTrue]
    assert asked.run == ("python >=3.11",)


def test_a_marker_is_judged_from_min_python_on() -> None:
    requirement = "a;python_version>='3.9'"
    assert plan(requirements=requirement, min_python="3.9").run == ("python >=3.9", "a")
    assert plan(requirements=requirement, min_python="3.8").refused


def test_the_same_name_twice_is_merged() -> None:
    asked = plan(requirements="a>=1 graphviz b", pip_requirements="c", conda_requirements="python-graphviz<3 a<2")
    assert asked.run == ("python >=3.11", "a >=1,<2", "python-graphviz <3", "b")


def test_a_conda_requirement_covers_what_has_no_translation() -> None:
    asked = plan(requirements="jax[tpu] a;os_name=='nt'", conda_requirements="jax>=0.4 a")
    assert [type(outcome) for outcome in asked.outcomes[:2]] == [Substituted, Substituted]
    assert asked.run == ("python >=3.11", "jax >=0.4", "a")
    assert not asked.refused


def test_a_pip_requirement_that_conda_has_by_its_own_name_is_no_pip_only_one() -> None:
    asked = plan(
        requirements="pandas", pip_requirements="torch>=2 sentencepiece pandas", conda_requirements="pytorch>=2 x"
    )
    kinds = [type(outcome).__name__ for outcome in asked.outcomes]
    assert kinds == ["Translated", "SplitName", "PipOnly", "SplitName", "CondaOnly", "CondaOnly"]
    assert [item.alone for item in asked.outcomes if isinstance(item, CondaOnly)] == [False, True]
    assert [item.text for item in asked.pip_only] == ["sentencepiece"]


def test_the_users_own_mapping_comes_first() -> None:
    own = "graphviz=graphviz jax[cpu]=jax My_Course=other course-meta=course_meta"
    asked = plan(requirements="graphviz jax[cpu] my.course", conda_names=own)
    assert asked.run == ("python >=3.11", "graphviz", "jax", "other")
    assert asked.name == "course_meta"


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("", ()),
        (">=1.8,<2", (">=1.8", "<2")),
        ("=1.8", ("1.8.*",)),
        ("==1.8.*", ("1.8.*",)),
        ("!=1.8.*", ("!=1.8.*",)),
        ("~=1.4", (">=1.4", "<2")),
        (">=2022c", (">=2022c",)),
        (">=1.1.1k", (">=1.1.1k",)),
        (">=1.0.POST", (">=1.0.post",)),
        (">=20.", None),
        ("==.", None),
        ("<!", None),
        (">=99999999999999999999", None),
        ("=1.2=py38", None),
        (">=1|<0.5", None),
        (">=1.*", None),
        ("===1", None),
        ("~=x", None),
        (">=1.0-1", None),
    ],
)
def test_versions_of_conda_requirements(text: str, written: tuple[str, ...] | None) -> None:
    clauses = specifiers.conda_clauses(text)
    assert (clauses.written if clauses else None) == written
    if clauses:
        rattler.MatchSpec(f"a {','.join(clauses.written)}".rstrip(), strict=True)


@given(st.text(st.sampled_from("<>=!~.*,0123ab_+-| "), max_size=12))
def test_what_is_taken_of_conda_requirements_is_strict(text: str) -> None:
    clauses = specifiers.conda_clauses(text)
    if clauses is not None:
        rattler.MatchSpec(f"a {','.join(clauses.written)}".rstrip(), strict=True)


operators = st.sampled_from(["==", "!=", ">=", "<=", ">", "<", "~="])
releases = st.lists(st.integers(0, 30), min_size=2, max_size=4).map(lambda parts: ".".join(map(str, parts)))
suffixes = st.sampled_from(["", "", "", "rc1", "a2", ".post3", ".dev0", ".dev4", "b1.post2"])
translatable = (
    st.tuples(operators, releases, suffixes)
    .map("".join)
    .filter(lambda text: not (text.endswith(".dev4") and text.startswith("<")) and not re.match(r"<=.*dev", text))
)
specifier_texts = st.lists(translatable, max_size=4).map(",".join)


@given(specifier_texts)
def test_every_matchspec_that_is_written_is_a_strict_one(text: str) -> None:
    clauses = specifiers.translate(SpecifierSet(text))
    assert not isinstance(clauses, UntranslatableSpecifier)
    rattler.MatchSpec(f"a {','.join(clauses)}".rstrip(), strict=True)


@given(specifier_texts, releases)
def test_pip_and_conda_take_the_same_final_releases(text: str, version: str) -> None:
    specifier = Requirement(f"a{text}").specifier
    clauses = specifiers.translate(specifier)
    assert not isinstance(clauses, UntranslatableSpecifier)
    spec = rattler.VersionSpec(",".join(clauses) or "*")
    same = spec.matches(rattler.Version(version)) == specifier.contains(version, prereleases=True)
    assert same or ".post" in text  # conda sorts 3.0.post1 after 3.0.0.1: C107 says so, and the grid above tests it
