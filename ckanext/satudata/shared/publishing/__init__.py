"""The gate, what was approved, and the release: the only way to the public."""
