import type { PolicyValues } from "../../components/pipeline/fill.ts";
import { policiesOf, rolePolicies, type RoleName } from "../../components/pipeline/roles.ts";
import type { cloudState } from "../../local/cloud/index.ts";
import { actionsOf } from "../components/pipeline/matching.ts";
import { keepNeeded, neededOn, type Needed } from "../local/aws/pipeline-roles.ts";

/**
 * `pilot destroy-plan` has a role of its own, unless the story gives it credentials. The `pulumi` of the local cloud
 * takes the role of its verb by itself.
 */
export function asRoleOf(words: readonly string[]): Record<string, string> {
  if (!words.includes("destroy-plan") || words[0] === "env") return {};
  return { AWS_ACCESS_KEY_ID: "local-destroy-plan", AWS_SDK_UA_APP_ID: "key-local-destroy-plan" };
}

/** Values that differ by story stand for any: `tests/long/roles.it.ts` shows what a role may do to which resources. */
const anywhere: PolicyValues = {
  ...{ partition: "aws", region: "*", regions: ["*"], account: "*", stack: "*", path: "/pilot/" },
  ...{ stateBucket: "*", discoveryBucket: "*", logBucket: "*", storeRegions: ["*"], clusters: ["*"], records: ["*"] },
  ...{ pulumiBucket: "*", secretsKey: "*", storeKey: "*", otherAccounts: ["*"] },
};

/** Actions that a role needed and its policies do not have. */
function missing(needed: Needed): string[] {
  return Object.entries(needed).flatMap(([role, actions]) => {
    if (!(role in rolePolicies)) return [];
    const allowed = new Set(Object.values(policiesOf(role as RoleName, anywhere)).flatMap(actionsOf));
    return Object.keys(actions)
      .filter((action) => !allowed.has(action))
      .map((action) => `${role} needs ${action}`);
  });
}

/** Fails if a story made a call that the policies of its role do not allow. */
export async function checkNeeded(cloud: Awaited<ReturnType<typeof cloudState>>): Promise<void> {
  if (!cloud) return;
  const needed = await neededOn(cloud.endpoint);
  await keepNeeded(needed);
  const denied = missing(needed);
  if (denied.length > 0) throw new Error(`the policies in components/pipeline/policies lack: ${denied.join("; ")}`);
}
