"""Personal data in files: the scan."""
