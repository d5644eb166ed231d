"""The guestbook of downloads: where it asks, who signed, institutions, the end of what it holds."""
