"""Keeps e-mail addresses out of logs: CKAN's mailer writes each recipient's."""

from __future__ import annotations

import logging
import re

_ADDRESS = re.compile(r"[^\s<>\"',;:@]+@[^\s<>\"',;:@]+")


class NoAddresses(logging.Filter):
    """Never drops a line, only the addresses in it."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the whole message, arguments included."""
        record.msg, record.args = _ADDRESS.sub("…", record.getMessage()), ()
        return True


def keep_addresses_out_of_logs() -> None:
    """Puts the filter on CKAN's mailer; safe to repeat."""
    logger = logging.getLogger("ckan.lib.mailer")
    if not any(isinstance(present, NoAddresses) for present in logger.filters):
        logger.addFilter(NoAddresses())
