"""The working copy of a published dataset, and its versions."""
