"""How often one address may do a thing, counted in Redis; addresses are kept as keyed hashes only."""

from __future__ import annotations

import ipaddress
import logging

from ckan.lib.redis import connect_to_redis
from redis.exceptions import RedisError

from ckanext.satudata.domain.errors import TooMany
from ckanext.satudata.shared import crypto

log = logging.getLogger(__name__)


def spend(scope: str, who: str, *, limit: int, seconds: int) -> None:
    """Counts one more for `who`; raises TooMany above `limit` within `seconds`.

    Without Redis nothing is counted: a citizen's request must not fail because a counter is down.
    """
    name = _name(scope, who)
    try:
        redis = connect_to_redis()
        pipeline = redis.pipeline()
        pipeline.set(name, 0, ex=seconds, nx=True)
        pipeline.incr(name)
        spent = int(pipeline.execute()[1])
    except RedisError:
        log.warning("Redis does not answer; the limit %s is not counted", scope)
        return
    if spent > limit:
        raise TooMany(
            "Too many attempts from this network.",
            mend="Wait {minutes} minutes and try again; what you typed is kept.",
            minutes=max(1, seconds // 60),
        )


def give_back(scope: str, who: str) -> None:
    """Takes one off again that `spend` counted: where only failures count, and this was none."""
    try:
        connect_to_redis().decr(_name(scope, who))
    except RedisError:
        log.warning("Redis does not answer; the limit %s is not counted", scope)


def _name(scope: str, who: str) -> str:
    return f"satudata:limit:{scope}:{crypto.digest(scope, who)[:32]}"


def network(address: str) -> str:
    """The network that an address belongs to: /24, of IPv6 /64; the address itself where it is none."""
    try:
        bits = 24 if ipaddress.ip_address(address).version == 4 else 64
        return str(ipaddress.ip_network(f"{address}/{bits}", strict=False))
    except ValueError:
        return address
