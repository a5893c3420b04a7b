"""Documents at rest: sealed with a key, or as they are."""

from __future__ import annotations

from typing import Protocol

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from pydantic import SecretStr

from artloop.errors import SettingsError

VARIABLE = "ARTLOOP_HUB__ENCRYPTION_KEY"
MARK = "gAAAA"
"""How every Fernet token begins, and no JSON."""


class Seal(Protocol):
    """What stands between a transaction and the disk."""

    def sealed(self, text: str) -> str:
        """The text as it is kept."""
        ...

    def opened(self, kept: str) -> str:
        """The text again; raises `SettingsError` when the key is not the one."""
        ...


class Plain:
    """Keeps texts as they are."""

    def sealed(self, text: str) -> str:
        """The text itself."""
        return text

    def opened(self, kept: str) -> str:
        """The text itself, unless it is sealed."""
        if kept.startswith(MARK):
            raise SettingsError(f"what the hub keeps is encrypted and {VARIABLE} is not set; set it to the key in use")
        return kept


class Sealed:
    """Seals with the first key and opens with any; what was written before there was a key stays readable."""

    def __init__(self, keys: list[Fernet]) -> None:
        self._keys = MultiFernet(keys)

    def sealed(self, text: str) -> str:
        """The text, encrypted and signed."""
        return self._keys.encrypt(text.encode("utf-8", "surrogatepass")).decode("ascii")

    def opened(self, kept: str) -> str:
        """The text again."""
        if not kept.startswith(MARK):
            return kept
        try:
            return self._keys.decrypt(kept).decode("utf-8", "surrogatepass")
        except InvalidToken as error:
            raise SettingsError(
                f"no key of {VARIABLE} opens what the hub keeps; put the key it was sealed with behind the new one,"
                " separated by a comma"
            ) from error


def seal_for(keys: SecretStr | None) -> Seal:
    """The seal of a setting: Fernet keys separated by commas, the present one first."""
    if keys is None or not keys.get_secret_value().strip():
        return Plain()
    try:
        return Sealed([Fernet(key.strip()) for key in keys.get_secret_value().split(",")])
    except ValueError as error:
        raise SettingsError(
            f"{VARIABLE} is no key: it must be 32 bytes in URL-safe base64 (several separated by commas); make one with"
            ' `python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"`'
        ) from error
