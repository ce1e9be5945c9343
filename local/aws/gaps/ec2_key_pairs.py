"""ImportKeyPair, DescribeKeyPairs, DeleteKeyPair.

AWS's fingerprint of an ED25519 key is the padded Base64 SHA-256 of the key in SSH's wire format: the output of
`ssh-keygen -l` without its prefix (EC2 User Guide, key pair fingerprints). moto hashes the DER form and prints
hexadecimal. kOps compares the fingerprint with its own on every run.

AWS finds key pairs by id and by name. moto ignores the id: it describes all key pairs, and deletes none but reports
success.

Upstreamable: hash the OpenSSH form of ED25519 keys, and handle KeyPairId and KeyPairIds.
"""

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto.core.responses import ActionResult
from moto.ec2.exceptions import EC2ClientError
from moto.ec2.models import key_pairs
from moto.ec2.responses.key_pairs import KeyPairs

from .patching import around


@around(key_pairs, "public_key_fingerprint")
def _public_key_fingerprint(original: Any, public_key: Any, hash_constructor: Any) -> str:
    if not isinstance(public_key, Ed25519PublicKey):
        return original(public_key, hash_constructor)
    blob = public_key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split(b" ")[1]
    return base64.b64encode(hashlib.sha256(base64.b64decode(blob)).digest()).decode()


class KeyPairNotFound(EC2ClientError):
    """No key pair has that id."""

    code = "InvalidKeyPair.NotFound"


def _name_of(backend: Any, key_pair_id: str) -> str | None:
    return next((pair.key_name for pair in backend.key_pairs.values() if pair.id == key_pair_id), None)


@around(KeyPairs, "delete_key_pair")
def _delete_key_pair(original: Any, self: Any) -> ActionResult:
    if self._get_param("KeyPairId"):
        self.params["KeyName"] = _name_of(self.ec2_backend, self._get_param("KeyPairId"))
    return original(self)


@around(KeyPairs, "describe_key_pairs")
def _describe_key_pairs(original: Any, self: Any) -> ActionResult:
    for key_pair_id in self._get_param("KeyPairIds", []):
        name = _name_of(self.ec2_backend, key_pair_id)
        if name is None:
            raise KeyPairNotFound(f"The key pair '{key_pair_id}' does not exist")
        self.params["KeyNames"] = [*self._get_param("KeyNames", []), name]
    return original(self)
