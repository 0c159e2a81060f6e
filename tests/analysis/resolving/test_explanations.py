"""The words of resolvers in one sentence."""

from __future__ import annotations

import pytest

from onelist.analysis.resolving.explanations import one_sentence

TREE = """\
The following packages are incompatible
├─ new * can be installed with any of the following options:
│  └─ new 1.0 would require
│     └─ lib >=2, which can be installed with any of the following options:
│        └─ lib 2.0
└─ old * cannot be installed because there are no viable options:
   └─ old 1.0 would require
      └─ lib <2, which cannot be installed because there are no viable options:
         └─ lib 1.0, which conflicts with the versions reported above.
"""
MISSING = """\
broken * cannot be installed because there are no viable options:
└─ broken 1.0 would require
   └─ gone *, for which no candidates were found.
"""
UV = (
    "Because all versions of new depend on lib>=2 and all versions of old depend on lib<2, we can conclude that all "
    "versions of new and all versions of old are incompatible.\nAnd because you require old and new, we can conclude "
    "that your requirements are unsatisfiable."
)


@pytest.mark.parametrize(
    ("explanation", "expected"),
    [
        (TREE, "new 1.0 requires lib >=2, and old 1.0 requires lib <2"),
        (MISSING, "broken 1.0 requires gone, of which no channel has a version that fits"),
        (UV, "all versions of new depend on lib>=2 and all versions of old depend on lib<2"),
        (UV.replace("lib>=2", "lib>=2" * 50), None),
        (
            "Because all of: notebook>=7,<=7.0.7 notebook==7.1a0 depend on lab>=4 and notebook==7.1a1 depends on "
            "lab>=4.1a4, we can conclude that all of: notebook>=7 depend on lab>=4.",
            "notebook>=7,<=7.0.7 and notebook==7.1a0 depend on lab>=4",
        ),
        (
            "Because only flow<=2.22 is available and flow>=2.17,<=2.18 depends on keras>=3, we can conclude that x.",
            "flow>=2.17,<=2.18 depends on keras>=3",
        ),
        (
            "Because black>=24 depends on click>=8 and you require click<8, we can conclude that x.",
            "black>=24 depends on click>=8 and you require click<8",
        ),
        (
            "Because b==2.0 has no wheels with a matching platform tag (e.g., `manylinux_2_28_x86_64`) and only b<=2.0 is "
            "available, we can conclude that b>=2.0 cannot be used.\nAnd because all versions of a depend on b>=2 and you "
            "require a, we can conclude that your requirements are unsatisfiable.",
            "all versions of a depend on b>=2, and b==2.0 has no wheel for this platform",
        ),
        (
            "Because b==2.0 has no wheels with a matching Python ABI tag (e.g., `cp313`) and all versions of a depend on "
            "b==2.0, we can conclude that all versions of a cannot be used.",
            "all versions of a depend on b==2.0, and b==2.0 has no wheel for this Python",
        ),
        (
            "Because all versions of c depend on b<3 and b==2.0 has no wheels with a matching Python ABI tag (e.g., "
            "`cp313`), we can conclude that all versions of c depend on b<=1.0.",
            "all versions of c depend on b<3, and b==2.0 has no wheel for this Python",
        ),
        (
            "Because b-more==2.0 has no wheels with a matching platform tag and b-less depends on b==1, we can conclude that x.",
            "b-more==2.0 has no wheel for this platform",
        ),
        ("Because only black<=24 is available and you require black>24, we can conclude that x.", None),
        ("Because there are no versions of x and you require x, we can conclude that it is unsatisfiable.", None),
        (TREE.replace("lib 1.0, which conflicts", "lib 1.0, which differs"), None),
        (TREE.replace("lib >=2", "other >=2"), None),
        ("└─ lib 1.0, which conflicts with the versions reported above.", None),
        ("something else", None),
        ("", None),
    ],
)
def test_a_known_form_becomes_a_sentence_and_another_one_nothing(explanation: str, expected: str | None) -> None:
    assert one_sentence(explanation) == expected
