"""CreateTargetGroup: names.

AWS takes letters, digits and hyphens, at most 32, with no hyphen at either end (API reference of CreateTargetGroup).
Two hyphens in a row are valid: only the console's form refuses them (aws/aws-sdk-js#3300). moto refuses them, and so
refuses what kOps makes of many cluster names: kOps cuts them off, often after a hyphen, and adds a hash.

Upstreamable: allow two hyphens in a row in the pattern for names.
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
    # Create the group under a name that moto accepts, then rename it.
    accepted = token_hex(16)
    group = original(self, accepted, **kwargs)
    del self.target_groups[group.arn]
    tags = self.tagging_service.tags.pop(group.arn, {})
    group.name = name
    group.arn = group.arn.replace(f":targetgroup/{accepted}/", f":targetgroup/{name}/")
    self.target_groups[group.arn] = group
    self.tagging_service.tags[group.arn] = tags
    return group
