export { cloudwatch, ec2, getCallerIdentity, iam, kms, Provider, route53, s3, vpc } from "@pulumi/aws";
export type { Region } from "@pulumi/aws";
