"""DeregisterTargets.

AWS answers success for a target that is not registered (API reference of DeregisterTargets). moto answers
InvalidTarget.

Upstreamable: skip unknown targets in `FakeTargetGroup.deregister`.
"""

from typing import Any

from moto.elbv2.models import FakeTargetGroup

from .patching import around


@around(FakeTargetGroup, "deregister")
def _deregister(original: Any, self: FakeTargetGroup, targets: list[dict[str, Any]]) -> None:
    original(self, [target for target in targets if target["Id"] in self.targets])
