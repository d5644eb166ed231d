"""The scan for personal data."""
