"""From where somebody calls, for the limits; kept nowhere in clear."""

from __future__ import annotations

import ipaddress

from flask import has_request_context, request


def caller() -> str:
    """The network address of the web request; empty outside of one."""
    return (request.remote_addr or "") if has_request_context() else ""


def network(address: str) -> str:
    """The network that an address belongs to: /24, of IPv6 /64; the address itself where it is none."""
    try:
        bits = 24 if ipaddress.ip_address(address).version == 4 else 64
        return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))
    except ValueError:
        return address
