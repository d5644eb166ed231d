"""Keeps out of logs what they must not say: recipients' addresses, and the tokens of personal links."""

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


class TokensOut(logging.Filter):
    """Takes the token of a link, and the mark of who signed the guestbook, out of what is logged of a request."""

    _path = re.compile(r"(/(?:berkas|undangan)/|/resource/[^/\s]+/download/)[^/\s\]\"']+(/unduh/[^/\s\]\"']+)?")
    _mark = re.compile(r"(?<=buku_tamu=)[^&\s\]\"']+")

    def filter(self, record: logging.LogRecord) -> bool:
        """Never drops a line, only what it must not say."""
        record.msg = self._clean(record.msg)
        if isinstance(record.args, tuple):
            record.args = tuple(self._clean(value) for value in record.args)
        return True

    def _clean(self, value: object) -> object:
        return self._mark.sub("…", self._path.sub(r"\1…", value)) if isinstance(value, str) else value


def keep_tokens_out_of_logs() -> None:
    """Puts the filter on the logger that writes each request; safe to repeat."""
    logger = logging.getLogger("ckan.config.middleware.flask_app")
    if not any(isinstance(present, TokensOut) for present in logger.filters):
        logger.addFilter(TokensOut())
