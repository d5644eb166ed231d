"""The counters of attempts, which outlive a test."""

from __future__ import annotations

from ckan.lib.redis import connect_to_redis


def forget() -> None:
    """No attempts counted yet."""
    redis = connect_to_redis()
    for key in redis.scan_iter("satudata:limit:*"):
        redis.delete(key)
