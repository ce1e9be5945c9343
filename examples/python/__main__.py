"""Reads a cluster of a Pilot stack. The outputs are plain data: no package of Pilot is needed."""

import json

import pulumi


def cluster_of(clusters, name):
    """The cluster of this name in a stack's output `clusters`."""
    if name not in clusters:
        raise ValueError(f"the stack has no cluster {name}; it has {', '.join(sorted(clusters)) or 'none'}")
    if clusters[name].get("version") != 1:
        raise ValueError(f"cluster {name} has outputs of version {clusters[name].get('version')}; this program reads 1")
    return clusters[name]


def service_account_trust(cluster, namespace, name):
    """The trust policy of an IAM role for one service account of a cluster."""
    oidc = cluster["oidc"]
    issuer = oidc["issuer"].removeprefix("https://")
    return {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Federated": oidc["providerArn"]},
                "Action": "sts:AssumeRoleWithWebIdentity",
                "Condition": {
                    "StringEquals": {
                        f"{issuer}:sub": f"system:serviceaccount:{namespace}:{name}",
                        f"{issuer}:aud": oidc["audience"],
                    }
                },
            }
        ],
    }


config = pulumi.Config()
stack = pulumi.StackReference(config.require("clusters"))
cluster = stack.require_output("clusters").apply(lambda clusters: cluster_of(clusters, config.require("cluster")))

pulumi.export("endpoint", cluster.apply(lambda one: one["endpoint"]))
pulumi.export("kubeconfig", cluster.apply(lambda one: one["kubeconfig"]))
pulumi.export("zones", cluster.apply(lambda one: one["network"]["zones"]))
pulumi.export("trust", cluster.apply(lambda one: json.dumps(service_account_trust(one, "shop", "api"))))
