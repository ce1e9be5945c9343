"""S3 Block Public Access: new buckets, PutBucketPolicy, and a block that was just opened.

A new bucket has all four settings on (Amazon S3 User Guide, "Blocking public access to your Amazon S3 storage"). While
BlockPublicPolicy is on, in the bucket or in its account, PutBucketPolicy of a public policy fails with AccessDenied, and
the message names the setting. The account's settings are those in effect, also by a policy of the organisation (API
reference of GetPublicAccessBlock of S3 Control). Bucket configurations are eventually consistent ("Amazon S3 data
consistency model"), so such a policy may fail for seconds after the block was opened. moto keeps the settings and
applies none of them.

Here a block that was opened takes effect at once, or on demand later (states.py).

Upstreamable: all but the delay.
"""

from typing import Any

from moto.s3.exceptions import S3ClientError
from moto.s3.models import FakeBucket, PublicAccessBlock, S3Backend
from moto.s3.utils import bucket_policy_is_public
from moto.s3control.models import s3control_backends

import states

from .patching import around

_opening: set[str] = set()
"""Buckets that still refuse public policies although their block was opened."""


class _Blocked(S3ClientError):
    code = 403

    def __init__(self, bucket: FakeBucket) -> None:
        super().__init__(
            "AccessDenied",
            f"User: arn:aws:iam::{bucket.account_id}:user/pilot is not authorized to perform: s3:PutBucketPolicy on "
            f'resource: "{bucket.arn}" because public policies are blocked by the BlockPublicPolicy block public access '
            "setting.",
        )


def _blocks(block: PublicAccessBlock | None) -> bool:
    return block is not None and bool(block.block_public_policy)


@around(S3Backend, "create_bucket")
def _create_bucket(original: Any, self: Any, *args: Any, **kwargs: Any) -> FakeBucket:
    bucket = original(self, *args, **kwargs)
    bucket.public_access_block = PublicAccessBlock(True, True, True, True)
    _opening.discard(bucket.name)
    return bucket


@around(S3Backend, "put_public_access_block")
def _put_block(original: Any, self: Any, bucket_name: str, pub_block_config: Any) -> None:
    blocked = _blocks(self.get_bucket(bucket_name).public_access_block)
    original(self, bucket_name, pub_block_config)
    opened = blocked and not _blocks(self.get_bucket(bucket_name).public_access_block)
    if opened and states.lasts("public-access-blocks"):
        _opening.add(bucket_name)


@around(S3Backend, "put_bucket_policy")
def _put_policy(original: Any, self: Any, bucket_name: str, policy: bytes) -> None:
    bucket = self.get_bucket(bucket_name)
    of_account = s3control_backends[bucket.account_id][bucket.partition].public_access_block
    blocked = _blocks(bucket.public_access_block) or _blocks(of_account) or bucket_name in _opening
    if blocked and bucket_policy_is_public(policy):
        raise _Blocked(bucket)
    original(self, bucket_name, policy)


@states.at_end
def _end() -> None:
    _opening.clear()
