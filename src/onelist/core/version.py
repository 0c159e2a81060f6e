"""The version of onelist: read by the build backend, and sent to servers as part of the user agent."""

__version__ = "0.1.0"
