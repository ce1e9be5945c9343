"""DeleteVolume, DescribeVolumes: volumes that are not gone yet.

A deleted volume may stay in the state "deleting" for several minutes, and DescribeVolumes shows it with its tags (API
reference of DeleteVolume). moto removes it at once. Here the state lasts on demand (states.py).

Not upstreamable: moto has no time in which volumes end.
"""

from typing import Any

from moto.ec2.exceptions import InvalidVolumeIdError
from moto.ec2.models import ec2_backends
from moto.ec2.models.elastic_block_store import EBSBackend, Volume

import states

from .patching import around, instead_of


@instead_of(Volume, "status")
@property
def _status(self: Volume) -> str:
    if getattr(self, "deleting", False):
        return "deleting"
    return "in-use" if self.attachment else "available"


@around(EBSBackend, "delete_volume")
def _delete_volume(original: Any, self: Any, volume_id: str) -> Volume:
    volume = self.volumes.get(volume_id)
    if not states.lasts("volumes") or volume is None or volume.attachment:
        return original(self, volume_id)
    if volume.status == "deleting":
        raise InvalidVolumeIdError(volume_id)
    volume.deleting = True
    return volume


@states.at_end
def _end() -> None:
    for regions in ec2_backends.values():
        for backend in regions.values():
            for volume_id, volume in list(backend.volumes.items()):
                if volume.status == "deleting":
                    del backend.volumes[volume_id]
