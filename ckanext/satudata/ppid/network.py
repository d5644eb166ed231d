"""From where somebody calls, for the limits; kept nowhere in clear."""

from __future__ import annotations

from flask import has_request_context, request


def caller() -> str:
    """The network address of the web request; empty outside of one."""
    return (request.remote_addr or "") if has_request_context() else ""
