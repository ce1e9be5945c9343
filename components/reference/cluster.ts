import { z } from "zod";

/**
 * Version of a cluster's outputs. New keys keep the version; removing a key or changing its meaning is a new version.
 */
export const clusterReferenceVersion = 1;

const byGroup = "by instance group, including bastions and control plane";

/** What other stacks and tools learn about a cluster: `clusters.<name>` in its stack's outputs. No credentials. */
export const clusterReference = z.object({
  version: z.literal(clusterReferenceVersion).describe("Version of these outputs. New keys keep the version."),
  name: z.string().describe("Full DNS name of the cluster."),
  region: z.string().describe("AWS region."),
  accountId: z.string().describe("AWS account, twelve digits."),
  endpoint: z.string().describe("Address of the Kubernetes API, https."),
  certificateAuthority: z.string().describe("Certificate authority of the Kubernetes API, PEM."),
  kubeconfig: z
    .string()
    .describe(
      "Kubeconfig, YAML, for people and programs. It has no credential: it runs a program that logs in by AWS " +
        "identity or OpenID Connect where the cluster has it, else the same as `breakGlassKubeconfig`.",
    ),
  breakGlassKubeconfig: z
    .string()
    .describe(
      "Kubeconfig, YAML, for whoever may read the cluster's CA key in the state store: `kops` makes an admin " +
        "certificate of an hour when it is used. It has no credential either.",
    ),
  kubernetesVersion: z.string().describe("Version the cluster was last brought to."),
  oidc: z
    .object({
      issuer: z.string().describe("Issuer in tokens of service accounts, https."),
      discoveryUrl: z.string().describe("Its discovery document."),
      providerArn: z.string().describe("The IAM OIDC provider, the principal in trust policies."),
      audience: z.string().describe("Audience that the provider accepts and tokens are made for."),
      documents: z
        .array(
          z.object({
            url: z.string().describe("Where AWS reads the document."),
            source: z.string().describe("The object that kOps writes, s3://…."),
          }),
        )
        .optional()
        .describe("What must be served at the issuer; absent when it is the address of the discovery bucket itself."),
    })
    .optional()
    .describe(
      "Trust for IAM roles of service accounts; absent where a kOps manifest publishes no discovery documents in S3.",
    ),
  network: z
    .object({
      vpcId: z.string().describe("The VPC."),
      vpcCidr: z.string().describe("Its first IPv4 range."),
      secondaryCidrs: z
        .array(z.string())
        .optional()
        .describe("Further ranges of it that subnets of the cluster lie in; absent when there are none."),
      subnets: z
        .array(
          z.object({
            id: z.string().describe("Id of the subnet."),
            zone: z.string().describe("Availability zone."),
            type: z.string().describe("As kOps calls it: Private, Utility or Public."),
            cidr: z.string().optional().describe("Its IPv4 range."),
          }),
        )
        .describe("Subnets of the cluster; without those that kOps made for a complete manifest."),
      zones: z.array(z.string()).describe("Availability zones of these subnets."),
    })
    .describe("Where the cluster lives."),
  roles: z
    .object({
      controlPlane: z.string().describe("Of control-plane nodes."),
      nodes: z.string().describe("Of workers."),
    })
    .describe("Names of the IAM roles that nodes run with."),
  instanceProfiles: z.record(z.string(), z.string()).describe(`Names of instance profiles, ${byGroup}.`),
  autoScalingGroups: z
    .record(z.string(), z.string())
    .describe(`Names of Auto Scaling groups, ${byGroup}. Karpenter groups have none.`),
  securityGroups: z
    .record(z.string(), z.string())
    .describe("Ids of security groups by name, such as `nodes.k1.sbx.pilot.internal`."),
  loadBalancer: z
    .object({
      name: z.string().describe("Its name."),
      arn: z.string().optional().describe("Its ARN; absent for a classic one."),
      dnsName: z.string().optional().describe("Its own DNS name, behind `endpoint`."),
    })
    .optional()
    .describe("Load balancer of the Kubernetes API; absent when the cluster has none."),
  etcdVolumes: z
    .record(z.string(), z.string())
    .describe("Ids of etcd's volumes by name, such as `a.etcd-main.k1.sbx.pilot.internal`."),
  conditions: z
    .array(
      z.object({
        type: z
          .string()
          .describe(
            "SpecWritten, CloudApplied, ControlPlaneUpToDate, NodesUpToDate, Validated, and Ready, which sums them up.",
          ),
        status: z.string().describe("True, False or Unknown."),
        reason: z.string().describe("One word."),
        message: z.string().describe("A sentence."),
        lastTransitionTime: z.string().describe("When the status last changed."),
      }),
    )
    .describe("What state the cluster was left in by the last operation."),
});

export type ClusterReference = z.output<typeof clusterReference>;
