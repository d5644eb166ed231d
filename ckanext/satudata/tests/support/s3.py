"""A real S3-compatible server in a process of its own, with two buckets: `brankas` and `publik`."""

from __future__ import annotations

import os
import subprocess
import time
import urllib.request
from contextlib import contextmanager

import pytest
import requests

from ckanext.satudata.tests.support import worker
from ckanext.satudata.tests.support.mail import free_port
from ckanext.satudata.tests.support.portal import BIN

KEYS = {"aws_access_key_id": "kunci", "aws_secret_access_key": "sandi", "region_name": "us-east-1"}


class ObjectStore:
    """`endpoint`, `client` (of the owner) and the process, which can be stopped and started again, then empty."""

    def __init__(self):
        self.port = free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        import boto3

        self.client = boto3.client("s3", endpoint_url=self.endpoint, **KEYS)
        self.process: subprocess.Popen | None = None

    def start(self) -> None:
        """Starts the server and makes the buckets."""
        self.process = subprocess.Popen(
            [BIN / "moto_server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"PYTHONWARNINGS": "ignore"},
            preexec_fn=worker.end_with_parent,
        )
        until = time.monotonic() + 60
        while True:
            try:
                urllib.request.urlopen(f"{self.endpoint}/moto-api/", timeout=5).close()
                break
            except OSError:
                assert self.process.poll() is None and time.monotonic() < until, "the S3 server does not start"
                time.sleep(0.1)
        for bucket in ("brankas", "publik"):
            self.client.create_bucket(Bucket=bucket)

    def stop(self) -> None:
        """Ends the server and forgets what it held."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None

    def empty(self) -> None:
        """Takes every file out of both buckets, and what opened them."""
        for bucket in ("brankas", "publik"):
            for item in self.client.list_objects_v2(Bucket=bucket).get("Contents", ()):
                self.client.delete_object(Bucket=bucket, Key=item["Key"])
            self.client.delete_bucket_policy(Bucket=bucket)

    @contextmanager
    def closed_to_unknown_keys(self):
        """As a rule the server takes any key."""
        for asked, wait in (("0", True), ("inf", False)):
            requests.post(f"{self.endpoint}/moto-api/reset-auth", data=asked, timeout=10)
            if wait:
                yield

    def options(self) -> dict[str, str]:
        """The portal's options with which both stores lie here, as texts of a configuration file."""
        both = {"type": "file_keeper:s3", "endpoint": self.endpoint, "key": "kunci", "secret": "sandi"}
        both |= {"region": "us-east-1", "path": "satu/data", "config": '{"s3": {"addressing_style": "path"}}'}
        return {
            f"ckanext.satudata.{name}.{option}": value
            for name, bucket in (("vault", "brankas"), ("public", "publik"))
            for option, value in {**both, "bucket": bucket}.items()
        }

    def names(self, bucket: str) -> list[str]:
        """What lies in a bucket."""
        return [item["Key"] for item in self.client.list_objects_v2(Bucket=bucket).get("Contents", ())]


@pytest.fixture(scope="session")
def _s3():
    server = ObjectStore()
    server.start()
    yield server
    server.stop()


@pytest.fixture
def s3(_s3, with_plugins, ckan_config, monkeypatch):
    """The server, empty; the vault and the public store of this process lie there."""
    _s3.empty()
    for key, value in _s3.options().items():
        monkeypatch.setitem(ckan_config, key, value)
    return _s3
