"""Cases at work: desk, inbox, case file, starts, overrides, outputs."""
