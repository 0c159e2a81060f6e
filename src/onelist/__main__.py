"""``python -m onelist`` is the same as ``onelist``."""

from onelist.cli.main import run

run()
