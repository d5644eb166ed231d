"""Heads of agencies decide by phone or on a signed sheet."""
