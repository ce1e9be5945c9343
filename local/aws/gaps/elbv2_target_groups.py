"""CreateTargetGroup: names.

AWS takes letters, digits and hyphens, at most 32, neither the first nor the last a hyphen (API reference of
CreateTargetGroup). Two hyphens in a row are fine: only the console's form refuses them (aws/aws-sdk-js#3300). moto refuses
them, and with them what kOps makes of many cluster names: it cuts them off, often behind a hyphen, and adds a hash.
"""

from secrets import token_hex
from typing import Any

from moto.elbv2.exceptions import DuplicateTargetGroupName
from moto.elbv2.models import ELBv2Backend, FakeTargetGroup

from .patching import around


@around(ELBv2Backend, "create_target_group")
def _create_target_group(original: Any, self: ELBv2Backend, name: str, **kwargs: Any) -> FakeTargetGroup:
    if "--" not in name.strip("-") or name != name.strip("-") or len(name) > 32:
        return original(self, name, **kwargs)
    if any(group.name == name for group in self.target_groups.values()):
        raise DuplicateTargetGroupName()
    # Made under a name that moto takes, which is then changed back.
    accepted = token_hex(16)
    group = original(self, accepted, **kwargs)
    del self.target_groups[group.arn]
    tags = self.tagging_service.tags.pop(group.arn, {})
    group.name = name
    group.arn = group.arn.replace(f":targetgroup/{accepted}/", f":targetgroup/{name}/")
    self.target_groups[group.arn] = group
    self.tagging_service.tags[group.arn] = tags
    return group
