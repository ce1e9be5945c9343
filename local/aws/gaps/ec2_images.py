"""DescribeImages: the block devices of an image.

AWS returns the devices that the image was registered with: for Canonical's images a root volume of 8 GiB that is
deleted with the instance, and two instance-store devices. moto gives every image one root volume of 15 GiB of type
standard that is not deleted with the instance.

Upstreamable: let `Ami` keep `block_device_mappings` of RegisterImage and of the file in MOTO_AMIS_PATH.
"""

from typing import Any

from moto.ec2.models.amis import Ami

from .patching import around, instead_of


@around(Ami, "__init__")
def _init(
    original: Any, self: Ami, *args: Any, block_device_mappings: list[dict[str, Any]] | None = None, **kwargs: Any
) -> None:
    self.registered_devices = block_device_mappings or []  # type: ignore[attr-defined]
    original(self, *args, **kwargs)


@instead_of(Ami, "block_device_mappings")
@property
def _block_device_mappings(self: Ami) -> list[dict[str, Any]]:
    root = {"VolumeSize": 8, "VolumeType": "gp2", "DeleteOnTermination": True, "Encrypted": False}
    registered: list[dict[str, Any]] = self.registered_devices  # type: ignore[attr-defined]
    devices = registered or [{"DeviceName": self.root_device_name, "Ebs": root}]
    return [
        {**device, "Ebs": {**device["Ebs"], "SnapshotId": self.ebs_snapshot.id}} if "Ebs" in device else device
        for device in devices
    ]
