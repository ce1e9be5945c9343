"""CreateLaunchTemplateVersion, DeleteLaunchTemplateVersions, DescribeLaunchTemplates, DescribeLaunchTemplateVersions.

AWS stores the user data of all versions in the same form; moto stores that of later versions in a form that it then
refuses to launch from. AWS returns templates and versions page by page; moto returns the first 15 and no next page.
AWS's version data holds what was given for the version; moto mixes the template's own tags into it. AWS never reuses
a version number; moto numbers by position, and does not have DeleteLaunchTemplateVersions.

Upstreamable: parse user data in `create_version`, page with NextToken, leave tags of type launch-template out of the
data, add DeleteLaunchTemplateVersions, and number from the highest version.
"""

from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.exceptions import InvalidLaunchTemplateVersionNotFound
from moto.ec2.models.launch_templates import LaunchTemplate, LaunchTemplateBackend, LaunchTemplateVersion
from moto.ec2.responses.launch_templates import LaunchTemplates
from moto.ec2.utils import parse_user_data

from .patching import adds_to, around, instead_of

EVERYTHING = 1_000_000


@around(LaunchTemplate, "create_version")
def _create_version(
    original: Any, self: LaunchTemplate, data: dict[str, Any], description: str
) -> LaunchTemplateVersion:
    if isinstance(data.get("UserData"), str):
        data["UserData"] = parse_user_data(data["UserData"])
    version = original(self, data, description)
    last = max((known.number for known in self.versions[:-1]), default=0)
    version.number = last + 1
    return version


@instead_of(LaunchTemplate, "get_version")
def _get_version(self: LaunchTemplate, number: Any) -> LaunchTemplateVersion:
    aliases = {"$latest": self.latest_version_number, "$default": self.default_version_number}
    wanted = aliases.get(str(number).lower(), number)
    for version in self.versions:
        if str(version.number) == str(wanted):
            return version
    raise InvalidLaunchTemplateVersionNotFound(template_id=self.id, version=number)


@instead_of(LaunchTemplate, "default_version")
def _default_version(self: LaunchTemplate) -> LaunchTemplateVersion:
    return self.get_version(self.default_version_number)


@around(LaunchTemplateBackend, "create_launch_template")
def _create_launch_template(
    original: Any, self: Any, name: str, description: str, template_data: dict[str, Any], tag_spec: dict[str, Any]
) -> LaunchTemplate:
    tags = [spec for spec in template_data.get("TagSpecifications", []) if spec["ResourceType"] != "launch-template"]
    if tags:
        template_data["TagSpecifications"] = tags
    else:
        template_data.pop("TagSpecifications", None)
    return original(self, name, description, template_data, tag_spec)


def _paged(self: Any, original: Any, key: str, default: int) -> ActionResult:
    size = self._get_int_param("MaxResults") or default
    start = int(self._get_param("NextToken") or 0)
    self.params["MaxResults"] = EVERYTHING
    content = original(self).result
    items = content[key]
    content[key] = items[start : start + size]
    if len(items) > start + size:
        content["NextToken"] = str(start + size)
    return ActionResult(content)


@around(LaunchTemplates, "describe_launch_templates")
def _describe_launch_templates(original: Any, self: Any) -> ActionResult:
    return _paged(self, original, "LaunchTemplates", 200)


@around(LaunchTemplates, "describe_launch_template_versions")
def _describe_launch_template_versions(original: Any, self: Any) -> ActionResult:
    return _paged(self, original, "LaunchTemplateVersions", 200)


@adds_to(LaunchTemplates, "delete_launch_template_versions")
def _delete_launch_template_versions(self: Any) -> ActionResult:
    name, template_id = self._get_param("LaunchTemplateName"), self._get_param("LaunchTemplateId")
    if name:
        template = self.ec2_backend.get_launch_template_by_name(name)
    else:
        template = self.ec2_backend.get_launch_template(template_id)
    done, failed = [], []
    for number in self._get_param("Versions", []):
        item = {"LaunchTemplateId": template.id, "LaunchTemplateName": template.name, "VersionNumber": int(number)}
        version = next((known for known in template.versions if str(known.number) == str(number)), None)
        if version is None:
            reason = {"Code": "launchTemplateVersionDoesNotExist", "Message": f"version {number} does not exist"}
            failed.append({**item, "ResponseError": reason})
        elif template.is_default(version):
            reason = {"Code": "unexpectedError", "Message": "the default version cannot be deleted"}
            failed.append({**item, "ResponseError": reason})
        else:
            template.versions.remove(version)
            done.append(item)
    return ActionResult(
        {"SuccessfullyDeletedLaunchTemplateVersions": done, "UnsuccessfullyDeletedLaunchTemplateVersions": failed}
    )


@adds_to(LaunchTemplate, "tags")
@property
def _tags(self: LaunchTemplate) -> list[dict[str, str]]:
    # moto shows the tags that the template was created with, also after CreateTags.
    return self.get_tags()


@_tags.setter
def _keep_no_copy(self: LaunchTemplate, _: list[dict[str, str]]) -> None:
    pass


LaunchTemplate.tags = _keep_no_copy  # type: ignore[assignment]
