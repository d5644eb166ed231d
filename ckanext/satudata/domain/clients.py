"""With what kind of program a download was made, told by the header User-Agent; nothing else of it is kept.

Robots are those of the list `crawler-user-agents`, which is kept up by others; what follows here comes before it,
because that list takes every library for a robot.
"""

from __future__ import annotations

import re
from functools import lru_cache

import crawleruseragents

LONGEST = 400
"""Characters of a header that are looked at."""
_HARVESTER = re.compile(r"harvest|geonetwork|pycsw|oai-?pmh|opendatasoft|udata|data\.go\.id", re.IGNORECASE)
_SCRIPT = re.compile(
    r"^(curl|libcurl|wget|python|aiohttp|httpx|ckanapi|java|okhttp|go-http|apache-httpclient|axios|node|undici|ruby|"
    r"faraday|php|guzzle|perl|lwp|libwww|r/|r \(|rcurl|httr|julia|dart|powershell|microsoft\.data\.mashup|xlsx|"
    r"postmanruntime|insomnia|qgis)|powershell|power ?query",
    re.IGNORECASE,
)
_ROBOT = re.compile(r"\b(?!cubot\b)\w*(bot|crawler|spider|slurp|archiver)\b", re.IGNORECASE)
_BROWSER = re.compile(r"^(mozilla|opera)/|safari/", re.IGNORECASE)


def kind(user_agent: str | None) -> str:
    """`browser` (a person), `script` (API), `harvester`, `robot` or `unknown`."""
    return _kind((user_agent or "").strip()[:LONGEST])


@lru_cache(maxsize=2048)
def _kind(said: str) -> str:
    if _HARVESTER.search(said):
        return "harvester"
    if _SCRIPT.search(said):
        return "script"
    if said and (_ROBOT.search(said) or crawleruseragents.is_crawler(said)):
        return "robot"
    return "browser" if _BROWSER.search(said) else "unknown"
