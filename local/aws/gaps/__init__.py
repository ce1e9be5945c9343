"""Where moto differs from AWS in ways that matter to kOps and to the program: one file per service and subject.

Each file says what AWS does (with the API's name) and what moto does. Importing a file puts its patches in place.
Whoever raises moto's version goes through them: a patch that moto no longer needs is deleted, its test stays.
"""

from . import (
    autoscaling_groups,
    autoscaling_instances,
    autoscaling_settings,
    ec2_addresses,
    ec2_dependencies,
    ec2_group_rules,
    ec2_images,
    ec2_key_pairs,
    ec2_launch,
    ec2_launch_templates,
    ec2_nat_gateways,
    ec2_reserved_instances,
    ec2_subnets,
    ec2_tags,
    ec2_terminate,
    ec2_vpc_endpoints,
    elb_load_balancers,
    elbv2_load_balancers,
    elbv2_target_groups,
    elbv2_targets,
    iam_oidc_providers,
    s3_bucket_policies,
    s3_delete_markers,
)

__all__ = [
    "autoscaling_groups",
    "autoscaling_instances",
    "autoscaling_settings",
    "ec2_addresses",
    "ec2_dependencies",
    "ec2_group_rules",
    "ec2_images",
    "ec2_key_pairs",
    "ec2_launch",
    "ec2_launch_templates",
    "ec2_nat_gateways",
    "ec2_reserved_instances",
    "ec2_subnets",
    "ec2_tags",
    "ec2_terminate",
    "ec2_vpc_endpoints",
    "elb_load_balancers",
    "elbv2_load_balancers",
    "elbv2_target_groups",
    "elbv2_targets",
    "iam_oidc_providers",
    "s3_bucket_policies",
    "s3_delete_markers",
]
