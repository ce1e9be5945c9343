import { partitionOf } from "../../providers/kops/aws/partition.ts";
import type { Policy } from "../../components/state-store/policies.ts";

/** What the policies of a stack's `up` depend on. */
export interface NeededFor {
  region: string;
  account: string;
  stateBucket: string;
  discoveryBucket: string;
  /** Full names. */
  clusters: readonly string[];
  /** Whether the stack makes network, zone and buckets. */
  makesEnvironment: boolean;
}

/** What a first `up` does in each service, as the policy that it needs. */
export function neededPolicies(of: NeededFor): Policy[] {
  const { region, account, stateBucket, discoveryBucket, clusters, makesEnvironment } = of;
  const arn = (service: string, rest: string): string => `arn:${partitionOf(region)}:${service}:${rest}`;
  const here = { StringEquals: { "aws:RequestedRegion": region } };
  const allow = (
    Sid: string,
    Action: string[],
    Resource: string[],
    Condition?: object,
  ): Policy["Statement"][number] => ({
    Sid,
    Effect: "Allow",
    Action,
    Resource,
    ...(Condition && { Condition }),
  });
  const names = clusters.length === 0 ? ["*"] : clusters;
  const environment = [
    allow(
      "Network",
      [
        ...["ec2:AllocateAddress", "ec2:AttachInternetGateway", "ec2:CreateInternetGateway", "ec2:CreateNatGateway"],
        ...["ec2:CreateRoute", "ec2:CreateRouteTable", "ec2:CreateSubnet", "ec2:CreateVpc", "ec2:CreateVpcEndpoint"],
        ...["ec2:ModifySubnetAttribute", "ec2:ModifyVpcAttribute"],
      ],
      ["*"],
      here,
    ),
    allow("Zones", ["route53:CreateHostedZone"], ["*"]),
    allow(
      "Buckets",
      ["s3:CreateBucket", "s3:PutBucketPolicy", "s3:PutBucketPublicAccessBlock", "s3:PutBucketVersioning"],
      [arn("s3", `::${stateBucket}`), arn("s3", `::${discoveryBucket}`)],
    ),
  ];
  return [
    {
      Version: "2012-10-17",
      Statement: [
        ...(makesEnvironment ? environment : []),
        allow(
          "Clusters",
          [
            ...["ec2:AuthorizeSecurityGroupIngress", "ec2:CreateLaunchTemplate", "ec2:CreateSecurityGroup"],
            ...["ec2:CreateTags", "ec2:CreateVolume", "ec2:ImportKeyPair", "ec2:RunInstances"],
          ],
          ["*"],
          here,
        ),
        allow(
          "Groups",
          ["autoscaling:CreateAutoScalingGroup", "autoscaling:UpdateAutoScalingGroup"],
          names.map((name) =>
            arn("autoscaling", `${region}:${account}:autoScalingGroup:*:autoScalingGroupName/*.${name}`),
          ),
        ),
        allow(
          "Roles",
          ["iam:CreateRole", "iam:PassRole", "iam:PutRolePolicy"],
          names.flatMap((name) => ["masters", "nodes"].map((role) => arn("iam", `:${account}:role/${role}.${name}`))),
        ),
        allow(
          "Profiles",
          ["iam:AddRoleToInstanceProfile", "iam:CreateInstanceProfile"],
          names.flatMap((name) =>
            ["masters", "nodes"].map((role) => arn("iam", `:${account}:instance-profile/${role}.${name}`)),
          ),
        ),
        allow(
          "Issuers",
          ["iam:CreateOpenIDConnectProvider"],
          [arn("iam", `:${account}:oidc-provider/${discoveryBucket}.s3.${region}.amazonaws.com/*`)],
        ),
        allow(
          "Balancers",
          ["elasticloadbalancing:CreateLoadBalancer", "elasticloadbalancing:CreateTargetGroup"],
          [
            arn("elasticloadbalancing", `${region}:${account}:loadbalancer/*`),
            arn("elasticloadbalancing", `${region}:${account}:targetgroup/*`),
          ],
        ),
        allow(
          "Queues",
          ["sqs:CreateQueue"],
          names.map((name) => arn("sqs", `${region}:${account}:${name.replaceAll(".", "-")}-nth`)),
        ),
        allow("Rules", ["events:PutRule", "events:PutTargets"], [arn("events", `${region}:${account}:rule/*`)]),
        allow("Records", ["route53:ChangeResourceRecordSets"], [arn("route53", "::hostedzone/*")]),
        allow("Store", ["s3:GetObject", "s3:PutObject", "s3:DeleteObject"], [arn("s3", `::${stateBucket}/*`)]),
      ],
    },
  ];
}
