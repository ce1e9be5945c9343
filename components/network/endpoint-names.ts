import { dnsSuffixOf, partitionOf } from "../../providers/kops/aws/partition.ts";

/*
 * Names of AWS's endpoint services. Most begin with com.amazonaws in all partitions. Outside of the commercial regions
 * and GovCloud some begin with the partition's domain, reversed, such as cn.com.amazonaws; AWS has no rule for which.
 * The lists are what DescribeVpcEndpointServices answers there, as recorded in aws-cdk (getDefaultEndpointPrefix in
 * aws-ec2/lib/vpc-endpoint.ts, and pull requests 25333 and 36471). Each endpoint page of the AWS documentation for
 * China confirms them, such as that of AWS Batch.
 */

/** Services of a partition whose names begin with its domain: in all its regions, and in single ones. */
const ofDomain: Readonly<Record<string, { all: readonly string[]; regions?: Readonly<Record<string, string[]>> }>> = {
  "aws-cn": {
    all: [
      ...["application-autoscaling", "appmesh-envoy-management", "athena", "autoscaling", "awsconnector", "backup"],
      ...["batch", "cassandra", "cloudcontrolapi", "cloudformation", "codedeploy-commands-secure", "databrew", "dms"],
      ...["ebs", "ec2", "ecr.api", "ecr.dkr", "eks", "elasticache", "elasticbeanstalk", "elasticfilesystem"],
      ...["elasticfilesystem-fips", "emr-containers", "execute-api", "fsx", "imagebuilder", "iot.data"],
      ...["kinesis-streams", "lambda", "license-manager", "monitoring", "rds", "redshift", "redshift-data"],
      ...["sagemaker.api", "sagemaker.featurestore-runtime", "sagemaker.runtime", "securityhub", "servicecatalog"],
      ...["sms", "sqs", "states", "sts", "sync-states", "synthetics", "transcribe", "transcribestreaming", "transfer"],
      "xray",
    ],
    regions: {
      "cn-north-1": ["iotsitewise.api", "iotsitewise.data"],
      "cn-northwest-1": ["account", "polly", "workspaces"],
    },
  },
  "aws-eusc": { all: ["ecr.api", "ecr.dkr", "execute-api", "securityhub"] },
  "aws-iso": {
    all: [
      ...["autoscaling", "ebs", "ec2", "ecr.api", "ecr.dkr", "elasticfilesystem", "elasticfilesystem-fips"],
      ...["execute-api", "sns", "sqs", "workspaces"],
    ],
    regions: {
      "us-iso-east-1": [
        ...["application-autoscaling", "athena", "comprehend", "diode-messaging", "diode-messaging-proxy"],
        ...["sagemaker.api", "sagemaker.runtime", "textract", "textract-fips", "transcribe"],
      ],
      "us-iso-west-1": ["monitoring"],
    },
  },
  "aws-iso-b": {
    all: ["ecr.api", "ecr.dkr", "elasticfilesystem-fips", "execute-api"],
    regions: {
      "us-isob-east-1": [
        ...["application-autoscaling", "autoscaling", "diode-messaging", "diode-messaging-proxy", "ebs", "ec2"],
        ...["elasticfilesystem", "sagemaker.api", "sagemaker.runtime", "sns", "sqs", "workspaces"],
      ],
    },
  },
  "aws-iso-e": { all: ["ebs", "ecr.api", "ecr.dkr", "execute-api"] },
  "aws-iso-f": { all: ["ebs", "ecr.api", "ecr.dkr", "execute-api"] },
};

/** The service of a gateway endpoint, which begins with com.amazonaws in all partitions. */
export function gatewayServiceName(region: string, service: "s3" | "dynamodb"): string {
  return `com.amazonaws.${region}.${service}`;
}

/** The service of an interface endpoint, from its short name such as `ecr.api`. */
export function interfaceServiceName(region: string, service: string): string {
  const partition = partitionOf(region);
  const { all, regions } = ofDomain[partition] ?? { all: [] };
  const domain = all.includes(service) || regions?.[region]?.includes(service) === true;
  const prefix = domain ? dnsSuffixOf(region).split(".").reverse().join(".") : "com.amazonaws";
  // The one service whose name ends in another way in China.
  const last = partition === "aws-cn" && service === "transcribe" ? "transcribe.cn" : service;
  return `${prefix}.${region}.${last}`;
}
