"""Files: the stores, uploads, who may download, personal links, previews, what is in them."""
