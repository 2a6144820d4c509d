"""Case vault in encrypted files, under keys that are wrapped by a key-encryption key kept elsewhere."""

from casetrail.adapters.vault_files.kek import KeyFile
from casetrail.adapters.vault_files.vault import VaultFiles

__all__ = ["KeyFile", "VaultFiles"]
