"""One settings.ini, every channel: dependency-only meta-packages for pip and conda."""

from onelist.core.version import __version__

__all__ = ["__version__"]
