"""Permissions of calls to S3.

Source: "Required permissions for Amazon S3 API operations" in the S3 User Guide; where the call is not named here, the
action has its name.
"""

import re
from typing import Any
from urllib.parse import parse_qs, unquote

from .permission import Permission

_NAMES = {
    "HeadBucket": "ListBucket",
    "ListObjects": "ListBucket",
    "ListObjectsV2": "ListBucket",
    "ListObjectVersions": "ListBucketVersions",
    "ListBuckets": "ListAllMyBuckets",
    "ListMultipartUploads": "ListBucketMultipartUploads",
    "GetBucketEncryption": "GetEncryptionConfiguration",
    "PutBucketEncryption": "PutEncryptionConfiguration",
    "DeleteBucketEncryption": "PutEncryptionConfiguration",
    "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
    "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
    "DeleteBucketLifecycle": "PutLifecycleConfiguration",
    "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
    "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
    "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
    "GetBucketReplication": "GetReplicationConfiguration",
    "PutBucketReplication": "PutReplicationConfiguration",
    "DeleteBucketReplication": "PutReplicationConfiguration",
    "GetBucketAccelerateConfiguration": "GetAccelerateConfiguration",
    "GetBucketCors": "GetBucketCORS",
    "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
    "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
    "DeleteBucketTagging": "PutBucketTagging",
    "DeleteBucketOwnershipControls": "PutBucketOwnershipControls",
    "HeadObject": "GetObject",
    "CreateMultipartUpload": "PutObject",
    "UploadPart": "PutObject",
    "CompleteMultipartUpload": "PutObject",
    "CopyObject": "PutObject",
    "UploadPartCopy": "PutObject",
    "ListParts": "ListMultipartUploadParts",
}

_OF_VERSIONS = {"GetObject": "GetObjectVersion", "DeleteObject": "DeleteObjectVersion"}

_WITH_PREFIX = ("ListBucket", "ListBucketVersions")


def permissions(action: str, environ: dict[str, Any], body: bytes, partition: str) -> list[Permission]:
    """What a call needs. Addresses are those of the path style, which the local cloud uses."""
    bucket, _, key = unquote(environ["PATH_INFO"]).lstrip("/").partition("/")
    query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
    arn = f"arn:{partition}:s3:::{bucket}"
    if action == "DeleteObjects":
        return _deletions(arn, body.decode("utf-8", "replace"))
    name = _NAMES.get(action, action)
    if "versionId" in query:
        name = _OF_VERSIONS.get(name, name)
    if name == "ListAllMyBuckets":
        return [Permission("s3:ListAllMyBuckets")]
    context = {"s3:prefix": [query.get("prefix", [""])[0]]} if name in _WITH_PREFIX else {}
    needs = [Permission(f"s3:{name}", f"{arn}/{key}" if key else arn, context)]
    if environ.get("HTTP_X_AMZ_TAGGING"):
        needs.append(Permission("s3:PutObjectTagging", f"{arn}/{key}"))
    if environ.get("HTTP_X_AMZ_ACL") and name in ("PutObject", "CreateBucket"):
        needs.append(Permission("s3:PutObjectAcl" if key else "s3:PutBucketAcl", f"{arn}/{key}" if key else arn))
    if environ.get("HTTP_X_AMZ_OBJECT_OWNERSHIP"):
        needs.append(Permission("s3:PutBucketOwnershipControls", arn))
    source = environ.get("HTTP_X_AMZ_COPY_SOURCE")
    if source:
        path, _, version = unquote(source).lstrip("/").partition("?versionId=")
        read = "s3:GetObjectVersion" if version else "s3:GetObject"
        needs.append(Permission(read, f"arn:{partition}:s3:::{path}"))
    return needs


def _deletions(arn: str, body: str) -> list[Permission]:
    return [
        Permission(
            "s3:DeleteObjectVersion" if "<VersionId>" in entry else "s3:DeleteObject",
            f"{arn}/{unquote(key.group(1)) if (key := re.search('<Key>(.*?)</Key>', entry)) else '*'}",
        )
        for entry in re.findall("<Object>(.*?)</Object>", body, re.DOTALL)
    ]
