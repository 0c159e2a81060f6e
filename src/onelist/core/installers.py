"""The installers that learners use, by the name that the reports give them."""

from enum import StrEnum

PIP = "pip"
"""The installer for the package index; it also names the index among the channels."""
CONDA = "conda"
"""The installer for conda channels: conda, mamba, pixi."""
INSTALLERS = (PIP, CONDA)
MACHINE = "the machine"
"""What answers in place of a channel about conda's virtual packages, such as ``__glibc``; no channel has this name."""


class ChannelPriority(StrEnum):
    """From which conda channel a package is taken, if several channels have its name."""

    FLEXIBLE = "flexible"
    """From the first channel that has a version that fits. The default of conda and mamba."""
    STRICT = "strict"
    """From the first channel that has the name, even if no version of it fits. The default of pixi."""
