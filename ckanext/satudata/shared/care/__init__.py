"""Care of an installation: audit, doctor, backup, seals of the journal."""
