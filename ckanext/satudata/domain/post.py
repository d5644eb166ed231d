"""A post for website and social media, and an analysis report: what it is made of, what each step must leave.

Sources: Malang SOP 000-7 to 000-9, Magetan 002-2 to 002-8, Jember 003-4 to 003-6, Maluku Utara 004-3 to 004-6.
Which parts a step may change, and must leave behind, is read from the `output` column of the government's own file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from pathlib import PurePath
from typing import Any

from ckanext.satudata.domain.errors import Invalid
from ckanext.satudata.domain.sop import Command, Sop, Step
from ckanext.satudata.domain.sop_outputs import Maker

POST, REPORT = "channel_post", "analysis_report"
PROCESSES = (POST, REPORT)
LONGEST_TITLE, LONGEST_CAPTION, LONGEST_ALT, MOST_TAGS = 150, 5000, 500, 30
MOST_SOURCES, MOST_FILES = 10, 10
IMAGES: Mapping[str, str] = {"png": "image/png", "jpg": "image/jpeg", "jpeg": "image/jpeg", "webp": "image/webp"}
PAPERS: Mapping[str, str] = {
    "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_BYTES: Mapping[str, int] = {POST: 10 << 20, REPORT: 50 << 20}
_TAG = re.compile(r"[^\W_]\w{0,49}")


class Part(str, Enum):
    """What a post is made of, as `outputs` of a SOP file name it (`record drawing`)."""

    SELECTION = "selection"
    """The data, each in the version that was public when it was picked."""
    DRAWING = "drawing"
    """The pictures, with their alternative texts."""
    CAPTION = "caption"
    """Title and caption."""
    POST = "post"
    """All of it."""
    ANALYSIS = "analysis"
    """An analysis report: its files, title, summary and period."""
    CHANNEL = "channel"
    """Where and when it was shown."""


_CONTENT = frozenset({Part.DRAWING, Part.CAPTION, Part.POST, Part.ANALYSIS})
_ORDERS = frozenset({"disposition"})


def ending_of(name: str) -> str:
    """The ending of a file's name, small, without its dot."""
    return PurePath(name).suffix.lower().lstrip(".")


def kinds(process: str) -> Mapping[str, str]:
    """Media types by ending of the files that this process takes."""
    return PAPERS if process == REPORT else IMAGES


def said_kinds(process: str) -> str:
    """The same for people: `PNG, JPEG, WEBP`."""
    return ", ".join(dict.fromkeys(kind.upper() for kind in kinds(process) if kind != "jpg"))


def made_at(sop: Sop, step: Step) -> frozenset[str]:
    """What the outputs of a step are bound to, of the records."""
    bound = [sop.outputs[name] for name in step.output if name in sop.outputs]
    return frozenset(what for output in bound if output.maker is Maker.RECORD for what in output.what)


def parts_at(sop: Sop, no: str) -> frozenset[Part]:
    """What may be changed at a step. Nothing where it checks or publishes, or where it only hands on an order."""
    step = sop.step(no)
    if not {Command.RECORD, Command.SUBMIT} & set(step.exits):
        return frozenset()
    made = made_at(sop, step)
    if made and made <= _ORDERS:
        return frozenset()
    found = {part for part in _CONTENT if part.value in made}
    whole = frozenset({Part.SELECTION, Part.DRAWING, Part.CAPTION})
    return whole if found else frozenset({Part.SELECTION})


def demanded(sop: Sop, no: str, command: Command) -> frozenset[Part]:
    """What must be there before this command: the data wherever something is drafted, and what the step's outputs say.

    What goes to a check, and what is shown, is whole.
    """
    if command in (Command.SUBMIT, Command.APPROVE, Command.PUBLISH):
        return frozenset({Part.ANALYSIS if sop.process.value == REPORT else Part.POST})
    if command is not Command.RECORD or not parts_at(sop, no):
        return frozenset()
    made = made_at(sop, sop.step(no))
    return frozenset({Part.SELECTION, *(part for part in Part if part.value in made)}) - {Part.CHANNEL}


def gaps(content: Mapping[str, Any], wanted: Iterable[Part]) -> Iterator[Invalid]:
    """What the content lacks of these parts."""
    wanted = set(wanted)
    whole = bool(wanted & {Part.POST, Part.ANALYSIS})
    if (whole or Part.SELECTION in wanted) and not content.get("sources"):
        yield Invalid("No data are picked yet.", field="sources", mend="Pick open data that are published.")
    files = content.get("files") or []
    if Part.ANALYSIS in wanted and not files:
        yield Invalid("The report has no file yet.", field="file", mend="Upload it as PDF or XLSX.")
    if Part.DRAWING in wanted and not files:
        yield Invalid("There is no drawing yet.", field="file", mend="Upload it as PNG, JPEG or WebP.")
    if Part.POST in wanted and not files and not _has_chart(content):
        yield Invalid(
            "There is no drawing yet.", field="file", mend="Upload one, or let the chart of the data be shown."
        )
    if whole or Part.CAPTION in wanted:
        yield from _text_gaps(content, is_report=Part.ANALYSIS in wanted)
    if Part.ANALYSIS in wanted and not content.get("period"):
        yield Invalid("The period is missing.", field="period", mend="Write it like 2024 or 2019/2024.")


def _text_gaps(content: Mapping[str, Any], *, is_report: bool) -> Iterator[Invalid]:
    if not content.get("title"):
        yield Invalid("The title is missing.", field="title", mend="Say in one line what the data tell.")
    if not content.get("caption"):
        yield Invalid("The text is missing.", field="caption", mend="Write what the data show, in plain words.")
    for number, file in enumerate(content.get("files") or [], start=1):
        if file.get("alt"):
            continue
        if is_report:
            text, mend = "File {number} has no name.", "Say what it is, as readers will see it."
            yield Invalid(text, field=f"alt_{number}", mend=mend, number=number)
        else:
            yield Invalid(
                "Drawing {number} has no alternative text.",
                field=f"alt_{number}",
                mend="Say what it shows, for who cannot see it: the figures too.",
                number=number,
            )


def _has_chart(content: Mapping[str, Any]) -> bool:
    return bool(content.get("with_chart")) and any(one.get("chart") for one in content.get("sources") or [])


def clean_tags(text: str) -> list[str]:
    """The hashtags of a line, without their sign, each once. Raises Invalid."""
    found = list(dict.fromkeys(word.lstrip("#") for word in re.split(r"[\s,;]+", text.strip()) if word.strip("#")))
    wrong = next((word for word in found if not _TAG.fullmatch(word)), "")
    if wrong:
        raise Invalid("“{word}” is no hashtag.", field="tags", mend="Letters and digits only, no blanks.", word=wrong)
    if len(found) > MOST_TAGS:
        raise Invalid("These are too many hashtags: at most {most}.", field="tags", most=MOST_TAGS)
    return found


class Channel(str, Enum):
    """Where a post is shown."""

    PORTAL = "portal"
    WEBSITE = "website"
    INSTAGRAM = "instagram"
    FACEBOOK = "facebook"
    X = "x"
    TIKTOK = "tiktok"
    YOUTUBE = "youtube"
    WHATSAPP = "whatsapp"
    OTHER = "other"


CHANNELS: Mapping[Channel, str] = {
    Channel.PORTAL: "Only the page of this portal",
    Channel.WEBSITE: "Website of the agency",
    Channel.INSTAGRAM: "Instagram",
    Channel.FACEBOOK: "Facebook",
    Channel.X: "X (Twitter)",
    Channel.TIKTOK: "TikTok",
    Channel.YOUTUBE: "YouTube",
    Channel.WHATSAPP: "WhatsApp",
    Channel.OTHER: "Another channel",
}
"""Their names (msgids)."""


@dataclass(frozen=True)
class Text:
    """A text ready to be pasted; `limit` is what the channel takes, in characters, 0 where it says none."""

    channel: Channel
    text: str
    limit: int

    @property
    def over(self) -> int:
        """How many characters too many."""
        return max(0, len(self.text) - self.limit) if self.limit else 0


LIMITS: Mapping[Channel, int] = {
    Channel.WEBSITE: 0,
    Channel.INSTAGRAM: 2200,
    Channel.FACEBOOK: 63206,
    Channel.X: 280,
    Channel.WHATSAPP: 1024,
}
"""What the channels take; WhatsApp under a picture. An address counts 23 characters on X, which is more lenient."""


def texts(content: Mapping[str, Any], source_line: str, address: str) -> list[Text]:
    """The texts to paste. Nothing is cut off: what is too long says by how much."""
    title, caption = str(content.get("title") or ""), str(content.get("caption") or "")
    tags = " ".join(f"#{tag}" for tag in content.get("tags") or [])
    long = [title, caption, source_line]
    made = {
        Channel.WEBSITE: [*long, address],
        Channel.INSTAGRAM: [*long, tags],
        Channel.FACEBOOK: [*long, address, tags],
        Channel.X: [title, address, tags],
        Channel.WHATSAPP: [f"*{title}*" if title else "", caption, source_line, address],
    }
    return [Text(channel, "\n\n".join(filter(None, lines)), LIMITS[channel]) for channel, lines in made.items()]
