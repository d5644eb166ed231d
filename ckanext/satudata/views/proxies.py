"""Whose address counts where proxies stand before the portal: limits of attempts are kept for each address."""

from __future__ import annotations

from typing import Any

from werkzeug.middleware.proxy_fix import ProxyFix


def install(app: Any, count: int) -> None:
    """Believes the last `count` entries of X-Forwarded-For; nothing else of what a proxy may say is needed."""
    if count > 0:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=0, x_host=0)
