"""The installers that learners use, by the name that the reports give them."""

PIP = "pip"
"""The installer for the package index; it also names the index among the channels."""
CONDA = "conda"
"""The installer for conda channels: conda, mamba, pixi."""
INSTALLERS = (PIP, CONDA)
