import { createRequire } from "node:module";

/*
 * The services of @pulumi/aws that Pilot uses. The package's own index loads more than two hundred at each start of the
 * program. `require`, because `import` reads all names of a module and so loads every resource of a service.
 */
const require = createRequire(import.meta.url);

export const cloudwatch = require("@pulumi/aws/cloudwatch");
export const ec2 = require("@pulumi/aws/ec2");
export const { getCallerIdentity } = require("@pulumi/aws/getCallerIdentity");
export const iam = require("@pulumi/aws/iam");
export const kms = require("@pulumi/aws/kms");
export const { Provider } = require("@pulumi/aws/provider");
export const route53 = require("@pulumi/aws/route53");
export const s3 = require("@pulumi/aws/s3");
export const vpc = require("@pulumi/aws/vpc");
