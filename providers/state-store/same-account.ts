import { accountOf } from "../kops/aws/account.ts";
import { awsClient } from "../kops/aws/client.ts";
import type { AwsIdentity } from "../kops/aws/identity.ts";
import { ConfigError } from "../kops/model/errors.ts";

/**
 * Refuses to begin the destruction of an environment with credentials of another account. The AWS plugin finds nothing
 * there and calls it deleted: the engine would forget network and zone, which live on. Pulumi runs no program in a
 * destroy, so the VPC alone tells.
 */
export async function refuseOtherAccount(vpcId: string, identity: AwsIdentity): Promise<void> {
  const { DescribeVpcsCommand, EC2Client } = await import("@aws-sdk/client-ec2");
  try {
    await awsClient(EC2Client, identity).send(new DescribeVpcsCommand({ VpcIds: [vpcId] }));
  } catch (error) {
    if (!(error instanceof Error) || error.name !== "InvalidVpcID.NotFound") throw error;
    throw new ConfigError(
      {
        what: `The environment of the VPC ${vpcId} is not destroyed (nothing was changed)`,
        why:
          `the VPC is not in the account ${await accountOf(identity)} of these credentials, in ${identity.region}: ` +
          "Pulumi would forget what is in its own account",
        next:
          "choose the credentials of its account, and run the same command again; if somebody deleted the VPC, run " +
          "`pulumi up --refresh` first, which makes it again",
      },
      error,
    );
  }
}
