"""Officers' accounts, roles, memberships and sessions."""
