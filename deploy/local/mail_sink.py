"""Receives the demonstration portal's mails and keeps each as a file: `mail_sink.py PORT FOLDER`.

No mail leaves the machine. `make mail` shows the newest; any mail program opens the `.eml` files.
"""

import asyncio
import itertools
import re
import signal
import sys
import time
from email import message_from_bytes, policy
from pathlib import Path

from aiosmtpd.smtp import SMTP


class Keeper:
    """Keeps each mail under a name that sorts by time and tells the receiver."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.count = itertools.count()

    async def handle_DATA(self, server, session, envelope):
        """Called by aiosmtpd for each mail."""
        to = re.sub(r"[^A-Za-z0-9@._-]", "_", envelope.rcpt_tos[0])[:60]
        name = f"{time.strftime('%Y%m%d-%H%M%S')}-{next(self.count):04d}-{to}.eml"
        part = self.folder / f".{name}"
        part.write_bytes(envelope.content)
        part.rename(self.folder / name)
        return "250 kept"


async def serve(port: int, folder: Path) -> None:
    """Listens until SIGTERM or SIGINT."""
    folder.mkdir(parents=True, exist_ok=True)
    keeper = Keeper(folder)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(keeper, loop=loop), "127.0.0.1", port)
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, ended.set)
    await ended.wait()
    server.close()


def show(folder: Path, count: int = 5) -> None:
    """Prints the newest mails, decoded, oldest of them first."""
    paths = sorted(folder.glob("*.eml"))[-count:]
    for path in paths:
        message = message_from_bytes(path.read_bytes(), policy=policy.default)
        body = message.get_body(preferencelist=("plain", "html"))
        print(f"=== {path}\nTo: {message['To']}\nSubject: {message['Subject']}\n\n{body.get_content() if body else ''}")
    if not paths:
        print(f"no mail in {folder} yet")


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), Path(sys.argv[2])))
