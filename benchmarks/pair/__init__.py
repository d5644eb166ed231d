"""Two portals side by side, one with our plugins and one without, filled alike; `access.py` compares them."""
