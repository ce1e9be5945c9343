"""RunInstances from a launch template, and what an instance consists of.

AWS takes everything that the request leaves out from the template: network interfaces, security groups, devices,
instance profile, metadata options, tags of volumes and interfaces (API reference of RunInstances). It deletes the
interface and the volumes that it created for an instance together with the instance.

moto takes a part of the template, adds a root volume of its own beside those of the image and the template, and fails
on an instance-store device (a mapping without Ebs). It keeps the interface, so that its subnet and groups stay in use.

Not upstreamable: models behaviour that moto leaves out on purpose.
"""

import copy
from typing import Any

from moto.ec2.models.instances import Instance, InstanceBackend, Reservation
from moto.ec2.models.launch_templates import LaunchTemplateVersion
from moto.ec2.utils import convert_tag_spec, filter_iam_instance_profiles

from .patching import around, instead_of

DEFAULT_ROOT = {"DeviceName": "/dev/sda1", "Ebs": {"VolumeSize": 8, "VolumeType": "gp2", "DeleteOnTermination": True}}


@around(InstanceBackend, "run_instances")
def _run_instances(
    original: Any, self: Any, image_id: str, count: int, user_data: Any, security_group_names: list[str], **kwargs: Any
) -> Reservation:
    template = kwargs.get("launch_template")
    data: dict[str, Any] = self._get_template_from_args(template).data if template else {}
    image_id = image_id or data.get("ImageId", "")
    image = next(iter(self.describe_images(ami_ids=[image_id])), None) if image_id else None

    devices = _devices(
        image.block_device_mappings if image else [DEFAULT_ROOT],
        data.get("BlockDeviceMappings") or [],
        kwargs.pop("block_device_mappings", None) or [],
        (kwargs.get("launch_config").block_device_mapping_dict or []) if kwargs.get("launch_config") else [],
    )
    tags = kwargs.get("tags") or {}
    template_tags = convert_tag_spec(data.get("TagSpecifications", []))
    if data.get("MetadataOptions") or kwargs.get("metadata_options"):
        kwargs["metadata_options"] = {**data.get("MetadataOptions", {}), **(kwargs.get("metadata_options") or {})}
    if kwargs.get("is_instance_type_default") and data.get("InstanceType"):
        kwargs["instance_type"] = data["InstanceType"]
        kwargs["is_instance_type_default"] = False
    if data.get("EbsOptimized"):
        kwargs["ebs_optimized"] = True
    if data.get("Monitoring", {}).get("Enabled"):
        kwargs["monitoring_state"] = "enabled"
    kwargs["nics"] = _interfaces(kwargs, data)
    if kwargs.get("ipv6_address_count") is None:
        kwargs["ipv6_address_count"] = kwargs["nics"][0].get("Ipv6AddressCount")
    # An instance has the groups of its first interface.
    kwargs["security_group_ids"] = kwargs.get("security_group_ids") or kwargs["nics"][0].pop("Groups", None) or []

    profile = data.get("IamInstanceProfile")
    if kwargs.get("iam_instance_profile_name") or kwargs.get("iam_instance_profile_arn"):
        profile = None
    if profile:
        # Refuse an unknown profile before there is an instance, which nobody would know of.
        filter_iam_instance_profiles(self.account_id, self.partition, profile.get("Arn"), profile.get("Name"))

    # An empty list keeps moto from making volumes of its own.
    reservation = original(self, image_id, count, user_data, security_group_names, block_device_mappings=[], **kwargs)

    for instance in reservation.instances:
        _add_volumes(instance, devices, {**template_tags.get("volume", {}), **tags.get("volume", {})})
        for interface in instance.nics.values():
            interface.add_tags({**template_tags.get("network-interface", {}), **tags.get("network-interface", {})})
        if profile:
            self.associate_iam_instance_profile(
                instance_id=instance.id,
                iam_instance_profile_name=profile.get("Name"),
                iam_instance_profile_arn=profile.get("Arn"),
            )
        if data.get("InstanceMarketOptions", {}).get("MarketType") == "spot":
            instance.lifecycle = "spot"
        instance.placement.tenancy = data.get("Placement", {}).get("Tenancy") or "default"
    return reservation


@instead_of(InstanceBackend, "_get_template_from_args")
def _get_template_from_args(self: Any, launch_template_arg: dict[str, Any]) -> LaunchTemplateVersion:
    # moto fails on a template that does not exist; AWS reports it.
    if "LaunchTemplateId" in launch_template_arg:
        template = self.get_launch_template(launch_template_arg["LaunchTemplateId"])
    else:
        template = self.get_launch_template_by_name(launch_template_arg["LaunchTemplateName"])
    return template.get_version(launch_template_arg.get("Version") or "$Default")


def _devices(*layers: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Merges devices by name, setting by setting: later layers win, and NoDevice removes a device."""
    devices: dict[str, dict[str, Any]] = {}
    for device in (device for layer in layers for device in layer):
        known = devices.get(device["DeviceName"], {})
        merged = {**known, **device}
        if "Ebs" in known or "Ebs" in device:
            merged["Ebs"] = {**known.get("Ebs", {}), **(device.get("Ebs") or {})}
        devices[device["DeviceName"]] = merged
    return [device for device in devices.values() if device.get("NoDevice") is None and "Ebs" in device]


def _interfaces(kwargs: dict[str, Any], data: dict[str, Any]) -> list[dict[str, Any]]:
    interfaces = copy.deepcopy(kwargs.get("nics") or data.get("NetworkInterfaces") or [{}])
    for index, interface in enumerate(interfaces):
        interface.setdefault("DeviceIndex", index)
        if not interface.get("NetworkInterfaceId") and interface.get("DeleteOnTermination") is None:
            interface["DeleteOnTermination"] = True
        if kwargs.get("subnet_id"):
            interface.setdefault("SubnetId", kwargs["subnet_id"])
    return interfaces


def _add_volumes(instance: Instance, devices: list[dict[str, Any]], tags: dict[str, str]) -> None:
    for device in devices:
        ebs = device["Ebs"]
        volume = instance.ec2_backend.create_volume(
            size=ebs.get("VolumeSize"),
            zone_name=instance.placement.zone,
            snapshot_id=ebs.get("SnapshotId"),
            encrypted=ebs.get("Encrypted") or False,
            kms_key_id=ebs.get("KmsKeyId"),
            volume_type=ebs.get("VolumeType"),
            iops=ebs.get("Iops"),
            throughput=ebs.get("Throughput"),
        )
        volume.add_tags(tags)
        delete = ebs.get("DeleteOnTermination")
        instance.ec2_backend.attach_volume(volume.id, instance.id, device["DeviceName"], delete is None or bool(delete))
