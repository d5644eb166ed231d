"""Kota Nusasari: an invented government, so that each screen has something to show."""
