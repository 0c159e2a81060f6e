"""Where a conda channel is."""

from __future__ import annotations

from dataclasses import dataclass

from onelist.core.text import redact


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelLocation:
    """Where a channel is, as rattler understands its name.

    Attributes:
        address: Its address, perhaps with a token: it must never be shown.
        mirrors: The addresses that rattler's configuration uses instead.
    """

    address: str
    mirrors: tuple[str, ...] = ()

    @property
    def is_private(self) -> bool:
        """Whether the address has a password or a token, which rattler would write into its cache."""
        return redact(self.address) != self.address

    def files(self, subdir: str, name: str) -> tuple[str, ...]:
        """Return the addresses from which a file of a subdir can be fetched."""
        return tuple(f"{base.rstrip('/')}/{subdir}/{name}" for base in self.mirrors or (self.address,))
