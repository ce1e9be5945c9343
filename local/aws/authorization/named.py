"""Permissions of calls to services whose calls name what they work on: IAM, Auto Scaling, load balancers, DNS, queues.

Source: the service's page in the Service Authorization Reference; for permissions besides the call's own, the page that
a comment names.
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from moto.ec2.models import ec2_backends
from moto.elbv2.models import elbv2_backends
from moto.iam.models import iam_backends

from .permission import Context, Permission, tags_in_request, tags_of_resource

Parameters = dict[str, str]


def of_query(body: str) -> Parameters:
    """Parameters of the query protocol."""
    return dict(parse_qsl(body, keep_blank_values=True))


def _tags(parameters: Parameters, pattern: str) -> dict[str, str]:
    keys = (key for key in parameters if re.fullmatch(pattern + r"\.Key", key))
    return {parameters[key]: parameters.get(key.removesuffix("Key") + "Value", "") for key in keys}


def pass_role(role: str, account: str, partition: str, service: str) -> Permission:
    """The permission to hand a role to a service."""
    arn = role if role.startswith("arn:") else _arn_of_role(role, account, partition)
    return Permission("iam:PassRole", arn, {"iam:passedtoservice": [service]})


def _arn_of_role(name: str, account: str, partition: str) -> str:
    found = next((one for one in iam_backends[account][partition].roles.values() if one.name == name), None)
    return found.arn if found else f"arn:{partition}:iam::{account}:role/{name}"


def iam(action: str, body: str, account: str, partition: str) -> list[Permission]:
    """IAM: the most special resource that the call names."""
    parameters = of_query(body)
    context: Context = tags_in_request(_tags(parameters, r"Tags\.member\.\d+"))
    for key, parameter in (
        ("iam:permissionsboundary", "PermissionsBoundary"),
        ("iam:policyarn", "PolicyArn"),
        ("iam:awsservicename", "AWSServiceName"),
    ):
        if parameter in parameters:
            context[key] = [parameters[parameter]]
    backend = iam_backends[account][partition]
    path = parameters.get("Path", "/")
    base = f"arn:{partition}:iam::{account}"
    needs: list[Permission] = []
    if action == "CreateServiceLinkedRole":
        service = parameters.get("AWSServiceName", "*")
        resource = f"{base}:role/aws-service-role/{service}/*"
    elif "InstanceProfileName" in parameters:
        name = parameters["InstanceProfileName"]
        found = next((one for one in backend.instance_profiles.values() if one.name == name), None)
        resource = found.arn if found else f"{base}:instance-profile{path}{name}"
        if action == "AddRoleToInstanceProfile":
            # "Using instance profiles" in the IAM User Guide: EC2 will get the role.
            needs.append(pass_role(parameters["RoleName"], account, partition, "ec2.amazonaws.com"))
    elif "RoleName" in parameters:
        name = parameters["RoleName"]
        found = next((one for one in backend.roles.values() if one.name == name), None)
        resource = found.arn if found else f"{base}:role{path}{name}"
        if found:
            context.update(tags_of_resource({tag["Key"]: tag["Value"] for tag in found.tags or []}))
            boundary = found.permissions_boundary_arn
            if boundary and "iam:permissionsboundary" not in context:
                context["iam:permissionsboundary"] = [boundary]
    elif "OpenIDConnectProviderArn" in parameters:
        resource = parameters["OpenIDConnectProviderArn"]
    elif action == "CreateOpenIDConnectProvider":
        resource = f"{base}:oidc-provider/{parameters.get('Url', '').removeprefix('https://')}"
    elif "PolicyArn" in parameters:
        resource = parameters["PolicyArn"]
    elif action == "CreatePolicy":
        resource = f"{base}:policy{path}{parameters['PolicyName']}"
    else:
        resource = "*"
    # "Tagging IAM resources" in the IAM User Guide: tags at creation need the right to tag.
    if "aws:tagkeys" in context and action.startswith("Create"):
        needs.append(Permission(f"iam:Tag{action.removeprefix('Create')}", resource, context))
    return [Permission(f"iam:{action}", resource, context), *needs]


def auto_scaling(action: str, body: str, account: str, region: str, partition: str) -> list[Permission]:
    """Auto Scaling. See "Amazon EC2 Auto Scaling API permissions" for what a launch template needs."""
    parameters = of_query(body)
    if action.startswith("Describe"):
        return [Permission(f"autoscaling:{action}")]
    tags = _tags(parameters, r"Tags\.member\.\d+")
    name = parameters.get("AutoScalingGroupName") or parameters.get("Tags.member.1.ResourceId") or "*"
    arn = f"arn:{partition}:autoscaling:{region}:{account}:autoScalingGroup:*:autoScalingGroupName/{name}"
    needs = [Permission(f"autoscaling:{action}", arn, tags_in_request(tags))]
    template = next((value for key, value in parameters.items() if key.endswith(".LaunchTemplateId")), None)
    if action in ("CreateAutoScalingGroup", "UpdateAutoScalingGroup") and template:
        needs += _launch(template, account, region, partition)
    return needs


def _launch(template: str, account: str, region: str, partition: str) -> list[Permission]:
    """What starting instances from a template needs."""
    found = ec2_backends[account][region].launch_templates.get(template)
    data = found.latest_version().data if found else {}
    arn = f"arn:{partition}:ec2:{region}:{account}:instance/*"
    needs = [Permission("ec2:RunInstances", arn)]
    if data.get("TagSpecifications"):
        needs.append(Permission("ec2:CreateTags", arn, {"ec2:createaction": ["RunInstances"]}))
    profile = (data.get("IamInstanceProfile") or {}).get("Name")
    profiles = iam_backends[account][partition].instance_profiles.values()
    roles = [role for one in profiles if one.name == profile for role in one.roles]
    return needs + [pass_role(role.arn, account, partition, "ec2.amazonaws.com") for role in roles]


_MADE = {
    "CreateLoadBalancer": ("loadbalancer", "Name"),
    "CreateTargetGroup": ("targetgroup", "Name"),
}


def load_balancing(action: str, body: str, account: str, region: str, partition: str) -> list[Permission]:
    """Network and classic load balancers. Tags given at creation need AddTags, as with EC2."""
    parameters = of_query(body)
    if action.startswith("Describe"):
        return [Permission(f"elasticloadbalancing:{action}")]
    base = f"arn:{partition}:elasticloadbalancing:{region}:{account}"
    given = tags_in_request(_tags(parameters, r"Tags\.member\.\d+"))
    if "LoadBalancerName" in parameters:
        classic = Permission(f"elasticloadbalancing:{action}", f"{base}:loadbalancer/{parameters['LoadBalancerName']}", given)
        return [classic]
    tagging = elbv2_backends[account][region].tagging_service
    keys = r"(LoadBalancer|TargetGroup|Listener|Resource)Arns?(\.member\.\d+)?"
    arns = sorted({value for key, value in parameters.items() if re.fullmatch(keys, key)})
    needs = [
        Permission(
            f"elasticloadbalancing:{action}",
            arn,
            {**tags_of_resource(tagging.get_tag_dict_for_resource(arn)), **given},
        )
        for arn in arns
    ]
    if action in _MADE:
        kind, key = _MADE[action]
        name = parameters.get(key, "*")
        arn = f"{base}:{kind}/{'net/' if kind == 'loadbalancer' else ''}{name}/*"
        needs.append(Permission(f"elasticloadbalancing:{action}", arn, given))
        if given:
            context = {**given, "elasticloadbalancing:createaction": [action]}
            needs.append(Permission("elasticloadbalancing:AddTags", arn, context))
    elif action == "CreateListener" and given:
        context = {**given, "elasticloadbalancing:createaction": [action]}
        needs.append(Permission("elasticloadbalancing:AddTags", f"{base}:listener/net/*", context))
    return needs or [Permission(f"elasticloadbalancing:{action}", "*", given)]


def route53(action: str, path: str, body: str, partition: str) -> list[Permission]:
    """DNS. Names of records are compared in lower case, without the final dot."""
    zone = re.search(r"/hostedzone/([^/?]+)", path)
    change = re.search(r"/change/([^/?]+)", path)
    if action in ("ListHostedZones", "ListHostedZonesByName", "ListHostedZonesByVPC", "CreateHostedZone"):
        needs = [Permission(f"route53:{action}")]
    elif change and not zone:
        return [Permission(f"route53:{action}", f"arn:{partition}:route53:::change/{change.group(1)}")]
    else:
        context: Context = {}
        if action == "ChangeResourceRecordSets":
            names = re.findall("<Name>(.*?)</Name>", body)
            context = {
                "route53:changeresourcerecordsetsnormalizedrecordnames": [
                    name.lower().rstrip(".").replace("*", "\\052") for name in names
                ],
                "route53:changeresourcerecordsetsactions": re.findall("<Action>(.*?)</Action>", body),
            }
        tagged = re.search(r"/tags/hostedzone/([^/?]+)", path)
        name = tagged.group(1) if tagged else zone.group(1) if zone else "*"
        needs = [Permission(f"route53:{action}", f"arn:{partition}:route53:::hostedzone/{name}", context)]
    # "Route 53 API permissions": a private zone needs a look at its VPC.
    if "<VPCId>" in body and action in ("CreateHostedZone", "AssociateVPCWithHostedZone"):
        needs.append(Permission("ec2:DescribeVpcs"))
    return needs


def json_calls(service: str, action: str, body: bytes, account: str, region: str, partition: str) -> list[Permission]:
    """Services with JSON: queues, rules, keys, parameters, log groups."""
    content: dict[str, Any] = json.loads(body or b"{}")
    base = f"arn:{partition}:{service}:{region}:{account}"
    tags = content.get("tags") or content.get("Tags") or {}
    if isinstance(tags, list):
        tags = {tag.get("Key", tag.get("TagKey")): tag.get("Value", tag.get("TagValue")) for tag in tags}
    context = tags_in_request(tags)
    resource = "*"
    if service == "sqs" and action != "ListQueues":
        queue = content.get("QueueName") or content.get("QueueUrl", "*").rsplit("/", 1)[-1]
        resource = f"{base}:{queue}"
    elif service == "events" and action not in ("ListRules", "ListRuleNamesByTarget"):
        rule = content.get("Rule") or (content.get("Name") if action.endswith("Rule") else None)
        resource = content.get("ResourceARN") or f"{base}:rule/{rule or '*'}"
    elif service == "ssm" and "Name" in content:
        name = str(content["Name"]).lstrip("/")
        owner = "" if name.startswith("aws/service/") else account
        resource = f"arn:{partition}:ssm:{region}:{owner}:parameter/{name}"
    elif service == "kms" and ("KeyId" in content or "TargetKeyId" in content):
        key = str(content.get("KeyId") or content["TargetKeyId"])
        resource = key if key.startswith("arn:") else f"{base}:{key if key.startswith('alias/') else 'key/' + key}"
    elif service == "kms" and "AliasName" in content:
        resource = f"{base}:{content['AliasName']}"
    elif service == "logs" and "logGroupName" in content:
        resource = f"{base}:log-group:{content['logGroupName']}"
    elif service == "logs":
        resource = content.get("resourceArn", "*")
    needs = [Permission(f"{service}:{action}", resource, context)]
    if service == "sqs" and action == "CreateQueue" and tags:
        needs.append(Permission("sqs:TagQueue", resource, context))
    # Each service's page about tags: tags at creation need the right to tag.
    if tags and (service, action) in (("events", "PutRule"), ("kms", "CreateKey"), ("logs", "CreateLogGroup")):
        made = f"{base}:key/*" if service == "kms" else resource
        needs.append(Permission(f"{service}:TagResource", made, context))
    # "Controlling access to aliases" in the KMS Developer Guide: the alias and its key.
    if service == "kms" and "TargetKeyId" in content:
        needs.append(Permission(f"kms:{action}", f"{base}:{content['AliasName']}"))
    return needs
