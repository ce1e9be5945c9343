"""Replication of buckets: S3 copies what is written, and answers the configuration as it was put.

AWS copies every new version, and every delete marker where the rule says so, to the destination of an enabled rule
(S3 User Guide, "Replicating objects within and across Regions": "What does Amazon S3 replicate?"). The copy keeps the
version id. AWS copies neither what existed before the rule, nor replicas, nor the deletion of a version; objects under
a KMS key only if the rule selects them; and nothing from a bucket with Object Lock into one without. AWS needs minutes
at most; here the copy is there at once. moto keeps the rules, copies nothing, and answers only a part of them. The
rights of the replication role are not evaluated.

Upstreamable: answer the rules as they were put. The copies stay ours.
"""

from collections.abc import Iterator
from typing import Any

from moto.core.responses import ActionResult
from moto.s3.exceptions import ReplicationConfigurationNotFoundError
from moto.s3.models import FakeBucket, S3Backend, s3_backends
from moto.s3.responses import S3Response

from .patching import around, instead_of


def _prefix(rule: dict[str, Any]) -> str:
    chosen = rule.get("Filter") or {}
    return chosen.get("Prefix") or (chosen.get("And") or {}).get("Prefix") or rule.get("Prefix") or ""


def _is_on(setting: dict[str, Any] | None) -> bool:
    return (setting or {}).get("Status") == "Enabled"


def _destinations(self: S3Backend, bucket: FakeBucket, key: str) -> Iterator[tuple[S3Backend, FakeBucket, dict[str, Any]]]:
    replication = getattr(bucket, "replication", None)
    for rule in (replication or {}).get("Rule", []):
        if rule["Status"] != "Enabled" or not key.startswith(_prefix(rule)):
            continue
        name = rule["Destination"]["Bucket"].split(":::")[-1]
        if name not in s3_backends.bucket_accounts:
            continue
        partition, account = s3_backends.bucket_accounts[name]
        backend = s3_backends[account][partition]
        destination = backend.buckets.get(name)
        if destination is None or not destination.is_versioned:
            continue
        if bucket.object_lock_enabled and not destination.object_lock_enabled:
            continue
        yield backend, destination, rule


@around(S3Backend, "put_object")
def _put_object(original: Any, self: Any, bucket_name: str, key_name: str, *args: Any, **kwargs: Any) -> Any:
    made = original(self, bucket_name, key_name, *args, **kwargs)
    for backend, destination, rule in _destinations(self, self.get_bucket(bucket_name), key_name):
        chosen = rule.get("SourceSelectionCriteria") or {}
        under_kms = (made.encryption or "").startswith("aws:kms")
        if under_kms and not _is_on(chosen.get("SseKmsEncryptedObjects")):
            continue
        key_id = (rule["Destination"].get("EncryptionConfiguration") or {}).get("ReplicaKmsKeyID")
        copy = original(
            backend,
            destination.name,
            key_name,
            made.value,
            etag=made.etag.strip('"'),
            encryption="aws:kms" if under_kms else made.encryption,
            kms_key_id=key_id if under_kms else None,
            lock_mode=made.lock_mode,
            lock_until=made.lock_until,
            disable_notification=True,
        )
        copy._version_id = made._version_id
    return made


@around(S3Backend, "_set_delete_marker")
def _set_delete_marker(original: Any, self: Any, bucket_name: str, key_name: str) -> Any:
    marker = original(self, bucket_name, key_name)
    for backend, destination, rule in _destinations(self, self.get_bucket(bucket_name), key_name):
        if _is_on(rule.get("DeleteMarkerReplication")) and key_name in destination.keys:
            original(backend, destination.name, key_name)._version_id = marker._version_id
    return marker


@instead_of(S3Response, "get_bucket_replication")
def _get_bucket_replication(self: Any) -> Any:
    self.data["Action"] = "GetBucketReplication"
    replication = self.backend.get_bucket_replication(self.bucket_name)
    if not replication:
        raise ReplicationConfigurationNotFoundError(bucket_name=self.bucket_name)
    rules = [
        {"DeleteMarkerReplication": {"Status": "Disabled"}, **rule, "Filter": rule.get("Filter") or {"Prefix": ""}}
        for rule in replication["Rule"]
    ]
    return self.serialized(
        ActionResult({"ReplicationConfiguration": {"Role": replication["Role"], "Rules": rules}})
    )
