"""CKAN's own tests of search and listing, out of the installed wheel, on the embedded engine."""
