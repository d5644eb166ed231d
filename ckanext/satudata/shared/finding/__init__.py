"""Search, facets, catalogue, harvesting."""
