"""S3-compatible stores: what file-keeper's adapter leaves out, done with the adapter's own client.

The adapter lists a thousand names and stops, reads a whole file where a part is wanted, and says of every refusal that
there is no bucket. A presigned or public address is made nowhere: who may have a file gets it through the portal.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

import file_keeper as fk

TYPE: Final = "file_keeper:s3"
CHUNK = 1 << 20
_PATIENT = {"connect_timeout": 5, "read_timeout": 60, "retries": {"max_attempts": 3}}
_PLAIN = {"request_checksum_calculation": "when_required", "response_checksum_validation": "when_required"}
"""Stores that are not Amazon's know no checksums behind the body; ours are compared at the release."""
PROBE = "satudata-probe"
MOST_MEGABYTES = 5 * 1024
"""S3 takes no more in one request; one request leaves nothing behind where it breaks off."""


def is_one(made: fk.Storage) -> bool:
    """Whether the store speaks S3."""
    return hasattr(made.settings, "client") and hasattr(made.settings, "bucket")


def settings(options: dict[str, Any]) -> dict[str, Any]:
    """The options with times to wait, and with what stores that are not Amazon's understand."""
    own = options.get("config") or {}
    return {**options, "config": {**_PATIENT, **(_PLAIN if options.get("endpoint") else {}), **own}}


def bucket(options: dict[str, Any]) -> tuple[str, str]:
    """What tells one bucket from another."""
    return str(options.get("endpoint") or "").rstrip("/"), str(options.get("bucket") or "")


def fault(error: BaseException, options: dict[str, Any]) -> str:
    """What is wrong with the options, in words for whoever writes them; empty where the error is another one."""
    from botocore.exceptions import BotoCoreError, ClientError

    where = options.get("endpoint") or "Amazon S3"
    cause = error if isinstance(error, (BotoCoreError, ClientError)) else error.__cause__
    if isinstance(cause, ClientError):
        status = cause.response.get("ResponseMetadata", {}).get("HTTPStatusCode")
        if status in (401, 403):
            return f"{where} refuses this key and secret, or they may not use the bucket '{options.get('bucket')}'."
        if status == 404:
            return (
                f"{where} has no bucket '{options.get('bucket')}'. Make it, closed to the public, or correct the name."
            )
        return f"{where} answers {status}: {cause}"
    if isinstance(cause, BotoCoreError):
        return f"{where} cannot be used: {cause}"
    return ""


def listed(made: fk.Storage) -> Iterator[tuple[str, int, datetime]]:
    """Name, size in bytes and time of each file, however many there are."""
    prefix = _prefix(made)
    pages = made.settings.client.get_paginator("list_objects_v2").paginate(Bucket=made.settings.bucket, Prefix=prefix)
    for page in pages:
        for item in page.get("Contents", ()):
            name = item["Key"][len(prefix) :]
            if name != PROBE:
                yield name, item["Size"], item["LastModified"]


def opened(made: fk.Storage, location: str, start: int = 0, end: int | None = None) -> Iterator[bytes]:
    """The bytes from `start` up to, not including, `end`; asked for at once, read block by block.

    Raises file-keeper's MissingFileError.
    """
    client, whole = made.settings.client, start == 0 and end is None
    part = {} if whole else {"Range": f"bytes={start}-{'' if end is None else end - 1}"}
    try:
        body = client.get_object(Bucket=made.settings.bucket, Key=_key(made, location), **part)["Body"]
    except client.exceptions.NoSuchKey as error:
        raise fk.exc.MissingFileError(made, location) from error
    return _blocks(body)


def try_out(made: fk.Storage) -> None:
    """Writes, reads and removes a file of its own. Raises what botocore raises."""
    client, place = made.settings.client, {"Bucket": made.settings.bucket, "Key": _key(made, PROBE)}
    client.put_object(**place, Body=b"satudata")
    client.get_object(**place)["Body"].close()
    client.delete_object(**place)


def is_public(made: fk.Storage) -> bool:
    """Whether somebody without a key reads what lies in the bucket. Writes and removes a file of its own."""
    import boto3
    from botocore import UNSIGNED
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError

    client, place = made.settings.client, {"Bucket": made.settings.bucket, "Key": _key(made, PROBE)}
    times = {"connect_timeout": 5, "read_timeout": 5, "retries": {"max_attempts": 1}}
    anybody = boto3.client(
        "s3",
        region_name=client.meta.region_name,
        endpoint_url=client.meta.endpoint_url,
        config=Config(signature_version=UNSIGNED, s3=client.meta.config.s3, **times),
    )
    client.put_object(**place, Body=b"satudata")
    try:
        anybody.get_object(**place)["Body"].close()
        return True
    except (BotoCoreError, ClientError):
        return False
    finally:
        client.delete_object(**place)


def _blocks(body: Any) -> Iterator[bytes]:
    try:
        while block := body.read(CHUNK):
            yield block
    finally:
        body.close()


def _prefix(made: fk.Storage) -> str:
    path = str(made.settings.path).strip("/")
    return f"{path}/" if path else ""


def _key(made: fk.Storage, location: str) -> str:
    return str(made.full_path(fk.Location(location)))
