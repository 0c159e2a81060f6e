"""One settings.ini, every channel: dependency-only meta-packages for pip and conda."""

__all__ = ["__version__"]

__version__ = "0.1.0"
