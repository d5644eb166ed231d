"""Access levels: restrictions, decrees, lists, reclassification."""
