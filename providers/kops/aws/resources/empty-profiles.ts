import { awsClientSettings } from "../identity.ts";
import { allOf } from "../auto-scaling-groups.ts";
import type { ClusterSeat } from "../auto-scaling-groups.ts";
import { KopsError, messageOf } from "../../model/errors.ts";
import { iamNameOf } from "../../model/cloud-names.ts";

/**
 * Deletes instance profiles of the cluster's that hold no role. kOps makes a profile first and tags it then
 * (iaminstanceprofile.go in upup/pkg/fi/cloudup/awstasks, the only such task), and deletes by tags alone: killed in
 * between, it never finds it again. Only by the names that kOps gives, and only those that nothing can be launched with
 * as it is.
 */
export async function removeEmptyProfiles(seat: ClusterSeat): Promise<string[]> {
  const { DeleteInstanceProfileCommand, IAMClient, paginateListInstanceProfiles } = await import("@aws-sdk/client-iam");
  const client = new IAMClient(awsClientSettings(seat));
  const names = (["ControlPlane", "APIServer", "Node", "Bastion"] as const).map((role) => iamNameOf(role, seat.name));
  try {
    const profiles = await allOf(paginateListInstanceProfiles({ client }, {}), (page) => page.InstanceProfiles);
    const empty = profiles.filter(
      ({ InstanceProfileName = "", Roles = [] }) => names.includes(InstanceProfileName) && Roles.length === 0,
    );
    for (const { InstanceProfileName } of empty)
      await client.send(new DeleteInstanceProfileCommand({ InstanceProfileName }));
    return empty.map(({ InstanceProfileName = "" }) => InstanceProfileName);
  } catch (error) {
    throw new KopsError(
      {
        what: `Instance profiles of ${seat.name} that kOps had not tagged yet cannot be deleted`,
        why: messageOf(error),
        next:
          "allow iam:ListInstanceProfiles and iam:DeleteInstanceProfile to this run, then run the same command " +
          "again: it continues",
      },
      error,
    );
  }
}
