"""A real SMTP server that keeps what it receives, so that mails are read as their receiver would."""

from __future__ import annotations

import socket
import time
from email import message_from_bytes, policy
from email.message import EmailMessage

import pytest
from aiosmtpd.controller import Controller


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class MailSink:
    """Receives mails on `address`. `stop()` and `start()` play a mail server that is down for a while."""

    def __init__(self):
        self.port = free_port()
        self.messages: list[EmailMessage] = []
        self._controller: Controller | None = None

    @property
    def address(self) -> str:
        """`host:port`, as `smtp.server` wants it."""
        return f"127.0.0.1:{self.port}"

    def start(self) -> None:
        """Listens, on the same port as before."""
        if self._controller is None:
            self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
            self._controller.start()

    def stop(self) -> None:
        """Refuses connections until `start()`."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def clear(self) -> None:
        """Forgets what was received."""
        self.messages.clear()

    async def handle_DATA(self, server, session, envelope):
        """Called by aiosmtpd for each mail; the envelope's receivers are kept as `X-Envelope-To`."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        message["X-Envelope-To"] = ", ".join(envelope.rcpt_tos)
        self.messages.append(message)
        return "250 kept"

    def to(self, address: str) -> list[EmailMessage]:
        """The mails whose envelope names `address`, oldest first."""
        return [message for message in self.messages if address in message["X-Envelope-To"].split(", ")]

    def wait(self, count: int = 1, to: str | None = None, seconds: float = 20) -> list[EmailMessage]:
        """Waits until `count` mails are there (for `to`, if given) and returns them; fails when they are not."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            found = self.to(to) if to else list(self.messages)
            if len(found) >= count:
                return found
            time.sleep(0.05)
        raise AssertionError(f"{count} mails to {to or 'anyone'} awaited, got {[m['X-Envelope-To'] for m in found]}")


def text_of(message: EmailMessage) -> str:
    """The plain text of a mail, decoded."""
    part = message.get_body(preferencelist=("plain",))
    return part.get_content() if part else ""


@pytest.fixture(scope="session")
def _mail_sink():
    sink = MailSink()
    sink.start()
    yield sink
    sink.stop()


@pytest.fixture
def mail_sink(_mail_sink, ckan_config, monkeypatch):
    """A `MailSink`, empty and listening; this process and the live portal send their mails to it."""
    _mail_sink.start()
    _mail_sink.clear()
    monkeypatch.setitem(ckan_config, "smtp.server", _mail_sink.address)
    yield _mail_sink
    _mail_sink.start()
