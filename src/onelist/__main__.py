"""``python -m onelist`` is the same as ``onelist``."""

from onelist.cli.parser import run

run()
