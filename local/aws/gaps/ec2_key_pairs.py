"""ImportKeyPair, DescribeKeyPairs: the fingerprint of an ED25519 key.

AWS gives the Base64 SHA-256 of the key as SSH sends it, with the padding: what `ssh-keygen -l` prints, less the prefix.
moto hashes the DER form and prints hexadecimal. kOps compares with its own computation on every run.
"""

import base64
import hashlib
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from moto.ec2.models import key_pairs

from .patching import around


@around(key_pairs, "public_key_fingerprint")
def _public_key_fingerprint(original: Any, public_key: Any, hash_constructor: Any) -> str:
    if not isinstance(public_key, Ed25519PublicKey):
        return original(public_key, hash_constructor)
    blob = public_key.public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).split(b" ")[1]
    return base64.b64encode(hashlib.sha256(base64.b64decode(blob)).digest()).decode()
