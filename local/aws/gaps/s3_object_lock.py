"""Object Lock: on existing buckets, for copies, and against the suspension of versions.

AWS, by the S3 User Guide ("Locking objects with Object Lock", "Object Lock considerations") and the announcement of
2023-11-20: Object Lock can be enabled on a bucket that has versions and objects; then versions can no longer be
suspended; a PutObject needs Content-MD5 or any `x-amz-checksum-` header where objects get a retention, a CopyObject
needs none. moto enables Object Lock on empty buckets only, lets versions be suspended, and wants
`x-amz-sdk-checksum-algorithm` also of copies.

Upstreamable: all of it.
"""

from typing import Any

from moto.s3.exceptions import InvalidBucketState
from moto.s3.models import S3Backend
from moto.s3.responses import S3Response
from werkzeug.datastructures import Headers

from .patching import around, instead_of


@instead_of(S3Backend, "put_object_lock_configuration")
def _put_object_lock_configuration(
    self: Any,
    bucket_name: str,
    lock_enabled: bool,
    mode: str | None = None,
    days: int | None = None,
    years: int | None = None,
) -> None:
    bucket = self.get_bucket(bucket_name)
    if not bucket.is_versioned:
        raise InvalidBucketState("Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration")
    bucket.object_lock_enabled = bucket.object_lock_enabled or lock_enabled
    bucket.default_lock_mode = mode
    bucket.default_lock_days = days or 0
    bucket.default_lock_years = years or 0


@around(S3Backend, "put_bucket_versioning")
def _put_bucket_versioning(original: Any, self: Any, bucket_name: str, status: str) -> None:
    if status != "Enabled" and self.get_bucket(bucket_name).object_lock_enabled:
        raise InvalidBucketState(
            "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed."
        )
    original(self, bucket_name, status)


@around(S3Response, "_key_response_put")
def _key_response_put(original: Any, self: Any, query: dict[str, Any], key_name: str) -> Any:
    if self.backend.get_bucket(self.bucket_name).has_default_lock:
        prefix = "x-amz-checksum-"
        names = [name.lower() for name, _ in self.headers.items()]
        given = [name[len(prefix) :].upper() for name in names if name.startswith(prefix)]
        if "x-amz-copy-source" in self.headers:
            given.append("CRC32")
        if given:
            # The header that moto looks for.
            self.headers = Headers(self.headers)
            self.headers.setdefault("x-amz-sdk-checksum-algorithm", given[0])
    return original(self, query, key_name)
