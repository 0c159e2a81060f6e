"""``python -m onelist`` is the same as ``onelist``."""

from onelist.cli import run

run()
