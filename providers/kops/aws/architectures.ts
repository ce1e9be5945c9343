import type { EC2Client } from "@aws-sdk/client-ec2";
import { allOf, awsClient } from "./client.ts";
import type { AwsIdentity } from "./identity.ts";

/** Milliseconds that EC2 may take to answer. */
const patience = 10_000;

/** The architectures that each machine type runs, such as x86_64. Types that AWS does not have are left out. */
export async function architecturesOf(
  identity: AwsIdentity,
  types: readonly string[],
  { client, abortSignal = AbortSignal.timeout(patience) }: { client?: EC2Client; abortSignal?: AbortSignal } = {},
): Promise<Map<string, readonly string[]>> {
  if (types.length === 0) return new Map();
  const { EC2Client: Client, paginateDescribeInstanceTypes } = await import("@aws-sdk/client-ec2");
  // By a filter: one type that does not exist would fail the call for all.
  const Filters = [{ Name: "instance-type", Values: [...new Set(types)] }];
  const found = await allOf(
    paginateDescribeInstanceTypes({ client: client ?? awsClient(Client, identity) }, { Filters }, { abortSignal }),
    (page) => page.InstanceTypes,
  );
  return new Map(
    found.flatMap(({ InstanceType, ProcessorInfo }) =>
      InstanceType === undefined ? [] : [[InstanceType, ProcessorInfo?.SupportedArchitectures ?? []] as const],
    ),
  );
}
