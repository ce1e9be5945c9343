import type { Case } from "./aws-cases/case.ts";
import { cloudFrontCases } from "./aws-cases/cloudfront.ts";
import { ec2Cases } from "./aws-cases/ec2.ts";
import { iamAndKmsCases } from "./aws-cases/iam-and-kms.ts";
import { logsAndDnsCases } from "./aws-cases/logs-and-dns.ts";
import { s3Cases } from "./aws-cases/s3.ts";

/** The lifecycle of each resource type of the stand-in. */
export const cases: readonly Case[] = [
  ...ec2Cases,
  ...logsAndDnsCases,
  ...s3Cases,
  ...iamAndKmsCases,
  ...cloudFrontCases,
];
