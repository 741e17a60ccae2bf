"""The key that hashes what a person types, where this process has one."""

from streams.run.settings import Settings
from streams.validate.pseudonym import Pseudonymiser


def pseudonymiser_if_any(settings: Settings) -> Pseudonymiser | None:
    """Of the settings, else of the key that lies in the data folder. Raises ValueError for a key that is too short."""
    kept = settings.data_dir / "pseudonym.key"
    key = settings.pseudonym_key.get_secret_value() if settings.pseudonym_key else ""
    if not key and kept.is_file():
        key = kept.read_text().strip()
    return Pseudonymiser(key.encode(), settings.pseudonym_key_id, country=settings.country) if key else None
