import type { ClusterIdentity } from "./client.ts";
import { awsClient, allOf } from "./client.ts";
import { KopsError, messageOf } from "../model/errors.ts";
import { iamNameOf } from "../model/cloud-names.ts";

/**
 * Removes the role from an instance profile. kOps deletes a role that no group uses any more
 * (IAMModelBuilder.FindDeletions) but never its profile, and AWS refuses to delete a role that is in a profile, so
 * every later apply would fail. If the group stays after all, the next apply adds the role again.
 */
export async function emptyProfile(cluster: ClusterIdentity, name: string): Promise<void> {
  const { GetInstanceProfileCommand, IAMClient, RemoveRoleFromInstanceProfileCommand } =
    await import("@aws-sdk/client-iam");
  const client = awsClient(IAMClient, cluster);
  const { InstanceProfile } = await client.send(new GetInstanceProfileCommand({ InstanceProfileName: name }));
  for (const { RoleName } of InstanceProfile?.Roles ?? [])
    await client.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName: name, RoleName }));
}

/**
 * Deletes the cluster's instance profiles that hold no role, and returns their names. kOps creates a profile before it
 * tags it (iaminstanceprofile.go in upup/pkg/fi/cloudup/awstasks, the only such task) and deletes by tag, so a kOps
 * killed in between never finds the profile again. Only names that kOps gives count; an empty profile launches nothing.
 */
export async function removeEmptyProfiles(cluster: ClusterIdentity): Promise<string[]> {
  const { DeleteInstanceProfileCommand, IAMClient, paginateListInstanceProfiles } = await import("@aws-sdk/client-iam");
  const client = awsClient(IAMClient, cluster);
  const names = (["ControlPlane", "APIServer", "Node", "Bastion"] as const).map((role) =>
    iamNameOf(role, cluster.name),
  );
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
        what: `Instance profiles of ${cluster.name} that kOps had not tagged yet cannot be deleted`,
        why: messageOf(error),
        next:
          "allow iam:ListInstanceProfiles and iam:DeleteInstanceProfile to this run, then run the same command " +
          "again: it continues",
      },
      error,
    );
  }
}
