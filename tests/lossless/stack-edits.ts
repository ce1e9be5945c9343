import { isDeepStrictEqual } from "node:util";
import { isPlainObject, type PlainObject } from "../../components/config/merge.ts";
import { clustersIn, region, stacks, withConfig } from "./desired.ts";
import type { Desired } from "./desired.ts";
import type { Context, Edit, EditKind } from "./edit.ts";
import { reservedTag } from "./file-edits.ts";

/** The change of a part of the environment's config. */
type Change = (context: Context, part: PlainObject) => { value: unknown; what: string } | undefined;

/** A kind of edit of one key of the environment's config. `refused`: while a cluster uses it. */
function partEdit(name: string, weight: number, key: string, expected: Edit["expected"], change: Change): EditKind {
  return {
    name,
    weight,
    make(context) {
      const { desired } = context;
      const now = desired.stacks.sbx[`pilot:${key}`];
      const made = change(context, isPlainObject(now) ? now : {});
      if (!made || isDeepStrictEqual(made.value, now)) return undefined;
      const wanted = expected === "refused" && clustersIn(desired).length === 0 ? undefined : expected;
      return {
        description: `Pulumi.sbx.yaml: pilot:${key}: ${made.what}`,
        stack: "sbx",
        desired: withConfig(desired, "sbx", { [`pilot:${key}`]: made.value }),
        ...(wanted && { expected: wanted }),
      };
    },
  };
}

/** Edits of the shared infrastructure. */
const sharedInfrastructure: readonly EditKind[] = [
  partEdit("state-bucket", 5, "stateStore", "refused", ({ random, facts }, part) => {
    const stateBucket =
      random.pick([`other-state-${random.below(100)}`, facts.discoveryBucket, `${facts.stateBucket}-2`]) ?? "";
    return { value: { ...part, stateBucket }, what: `stateBucket ${stateBucket}` };
  }),
  partEdit("discovery-bucket", 4, "stateStore", "refused", ({ random, facts }, part) => {
    const discoveryBucket = random.pick([`other-oidc-${random.below(100)}`, facts.stateBucket]) ?? "";
    return { value: { ...part, discoveryBucket }, what: `discoveryBucket ${discoveryBucket}` };
  }),
  // Its own name, written explicitly: nothing changes.
  partEdit("same-state-bucket", 1, "stateStore", "accepted", ({ facts }, part) => ({
    value: { ...part, stateBucket: facts.stateBucket },
    what: `stateBucket ${facts.stateBucket}, as it is`,
  })),
  partEdit("on-destroy", 3, "stateStore", "accepted", (_, part) => {
    const onDestroy = part["onDestroy"] === "purge" ? "retain" : "purge";
    return { value: { ...part, onDestroy }, what: `onDestroy ${onDestroy}` };
  }),
  partEdit("encryption", 3, "stateStore", undefined, (_, part) => {
    const type = isPlainObject(part["encryption"]) && part["encryption"]["type"] === "kms" ? "s3" : "kms";
    return { value: { ...part, encryption: { type } }, what: `encryption ${type}` };
  }),
  partEdit("keep-versions", 2, "stateStore", "accepted", ({ random }, part) => {
    const keepOldVersionsDays = 10 + random.below(80);
    return { value: { ...part, keepOldVersionsDays }, what: `keepOldVersionsDays ${keepOldVersionsDays}` };
  }),
  partEdit("no-state-store", 1, "stateStore", undefined, () => ({ value: undefined, what: "taken out" })),
  partEdit("network-range", 4, "network", "refused", ({ random }, part) => {
    const cidr = random.pick(["10.21.0.0/16", "10.20.0.0/17", "172.20.0.0/16"]) ?? "";
    return { value: { ...part, cidr }, what: `cidr ${cidr}` };
  }),
  partEdit("network-zones", 3, "network", undefined, ({ random }, part) => {
    const zones = (random.pick(["ab", "abc", "b", "bc", "c"]) ?? "ab").split("").map((letter) => `${region}${letter}`);
    return { value: { ...part, zones }, what: `zones ${zones.join(", ")}` };
  }),
  partEdit("network-topology", 2, "network", "refused", (_, part) => ({
    value: { ...part, topology: "public", nat: undefined },
    what: "topology public",
  })),
  partEdit("network-of-others", 2, "network", "refused", (_, part) => ({
    value: {
      zones: part["zones"],
      existing: { vpcId: "vpc-0123456789abcdef0", subnets: { utility: { tags: { tier: "public" } } } },
    },
    what: "an existing VPC that is not there",
  })),
  partEdit("no-network", 2, "network", "refused", () => ({ value: undefined, what: "taken out" })),
  partEdit("zone-name", 4, "dns", "refused", ({ random }, part) => {
    const name = random.pick(["other.pilot.internal", "pilot.internal", "a.sbx.pilot.internal"]) ?? "";
    return { value: { ...part, name }, what: `name ${name}` };
  }),
  partEdit("zone-type", 3, "dns", "refused", ({ random }, part) => {
    const type = random.pick(["public", "none"]) ?? "none";
    return { value: { ...part, type }, what: `type ${type}` };
  }),
];

/** Edits of config that every stack has. */
const everyStack: readonly EditKind[] = [
  {
    name: "sandbox",
    weight: 2,
    make({ desired, random }) {
      const stack = random.pick(stacks) ?? "sbx";
      const sandbox = desired.stacks[stack]["pilot:sandbox"] !== true;
      return {
        description: `Pulumi.${stack}.yaml: pilot:sandbox: ${String(sandbox)}`,
        stack,
        desired: withConfig(desired, stack, { "pilot:sandbox": sandbox }),
        expected: "accepted",
      };
    },
  },
  {
    name: "tags",
    weight: 1,
    make({ desired, random }) {
      const [stack, team] = [random.pick(stacks) ?? "sbx", random.pick(["red", "blue"]) ?? ""];
      return {
        description: `Pulumi.${stack}.yaml: pilot:tags: team ${team}`,
        stack,
        desired: withConfig(desired, stack, { "pilot:tags": { team } }),
        expected: "accepted",
      };
    },
  },
  {
    name: "reserved-tag",
    weight: 4,
    make({ desired, random }) {
      const [stack, key] = [random.pick(stacks) ?? "sbx", reservedTag(random.below(7), desired.files)];
      return {
        description: `Pulumi.${stack}.yaml: pilot:tags: ${key}`,
        stack,
        desired: withConfig(desired, stack, { "pilot:tags": { [key]: "other" } }),
        expected: "refused",
      };
    },
  },
  {
    name: "region",
    weight: 3,
    make({ desired, random }) {
      const [stack, typo] = [
        random.pick(stacks) ?? "sbx",
        random.pick(["ap-southeast", "ap-southeast-1", "ap-southeast-22", "ap-soutehast-2"]) ?? "",
      ];
      return {
        description: `Pulumi.${stack}.yaml: aws:region ${typo}`,
        stack,
        desired: withConfig(desired, stack, { "aws:region": typo }),
        expected: "refused",
      };
    },
  },
  {
    name: "region-with-zones",
    weight: 2,
    make({ desired }) {
      const network = desired.stacks.sbx["pilot:network"];
      const moved = {
        "aws:region": "ap-southeast-1",
        "pilot:network": { ...(isPlainObject(network) ? network : {}), zones: ["ap-southeast-1a", "ap-southeast-1b"] },
      };
      return {
        description: "Pulumi.sbx.yaml: region and zones of ap-southeast-1",
        stack: "sbx",
        desired: withConfig(desired, "sbx", moved),
        expected: "refused",
      };
    },
  },
  {
    name: "other-environment",
    weight: 2,
    make({ desired, random }) {
      const environment = random.pick(["sbx2", "team", ""]) ?? "";
      return {
        description: `Pulumi.team.yaml: pilot:environment ${JSON.stringify(environment)}`,
        stack: "team",
        desired: withConfig(desired, "team", { "pilot:environment": environment }),
        expected: "refused",
      };
    },
  },
  {
    name: "overrides",
    weight: 2,
    make({ desired, random, facts }) {
      const [stack, other] = [random.pick(stacks) ?? "sbx", random.pick(clustersIn(desired))];
      if (!other) return undefined;
      const overrides = random.pick<PlainObject>([
        { name: other.name },
        { kops: { cluster: { configBase: `s3://${facts.stateBucket}/${other.full}` } } },
        { deletionProtectoin: false },
      ]);
      // If there is only one cluster, its own name may be repeated.
      const own = clustersIn(desired).filter((one) => one.stack === stack);
      if (own.every(({ full }) => full === other.full)) return undefined;
      return {
        description: `Pulumi.${stack}.yaml: pilot:clusterOverrides: ${JSON.stringify(overrides)}`,
        stack,
        desired: withConfig(desired, stack, { "pilot:clusterOverrides": overrides }),
        expected: "refused",
      };
    },
  },
];

/** A stack's files in another state. */
function withStackOf(desired: Desired, other: Desired, stack: (typeof stacks)[number]): Desired {
  const own = ([path]: [string, unknown]): boolean => path.startsWith(`${stack}/`);
  const files = [
    ...Object.entries(desired.files).filter((one) => !own(one)),
    ...Object.entries(other.files).filter(own),
  ];
  return { stacks: { ...desired.stacks, [stack]: other.stacks[stack] }, files: Object.fromEntries(files) };
}

/** Reverts by one commit or several. */
const reverts: readonly EditKind[] = [1, 2, 5].map((back): EditKind => ({
  name: back === 1 ? "revert" : `revert-${back}`,
  weight: 2,
  make({ desired, random, facts }) {
    const other = facts.good.at(-1 - back);
    const stack = random.pick(stacks) ?? "sbx";
    if (!other) return undefined;
    const reverted = withStackOf(desired, other, stack);
    return isDeepStrictEqual(reverted, desired)
      ? undefined
      : {
          description: `the stack ${stack} as ${back} good round${back === 1 ? "" : "s"} ago`,
          stack,
          desired: reverted,
          long: true,
        };
  },
}));

export const stackEdits: readonly EditKind[] = [...sharedInfrastructure, ...everyStack, ...reverts];
