import { CreateTagsCommand } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { inventory } from "../inventory.ts";
import { makeForeignNetwork, tagsOn } from "../network/foreign.ts";
import type { ForeignNetwork } from "../network/foreign.ts";
import { zonesOf } from "../network/index.ts";
import { unchanged } from "../summary.ts";
import { makeWholeCheckout, smallCluster } from "../whole/index.ts";
import type { WholeCheckout } from "../whole/index.ts";

/** Tags that others put on subnets they use, with a new key in each round. */
const foreignTags: readonly ((round: number) => { Key: string; Value: string })[] = [
  (round) => ({ Key: `elbv2.k8s.aws/round-${round}`, Value: "shared" }),
  (round) => ({ Key: `karpenter.sh/discovery-${round}`, Value: "k1" }),
  (round) => ({ Key: `cost-center-${round}`, Value: "a person's" }),
];

const clusterFile = (name: string): string =>
  smallCluster(name, "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }\n");

/** One stack has its own network, the other uses somebody else's by ids. */
const stacks = { sbx: ["k1"], apps: ["k2"] } as const;
type Stack = keyof typeof stacks;
const both: readonly Stack[] = ["sbx", "apps"];

/** How often kOps and Pulumi take turns. */
export interface Rounds {
  rounds: number;
  /** The round that adds a cluster. */
  addedIn: number;
  /** The round that removes a cluster. */
  removedIn: number;
}

/** Defines the suite: kOps and Pulumi take turns on the subnets of two stacks. */
export function subnetTags({ rounds, addedIn, removedIn }: Rounds): void {
  describe(`subnet tags in ${rounds} alternating rounds of kOps and pulumi up --refresh`, function () {
    this.timeout(30 * 60_000);
    let whole: WholeCheckout;
    let foreign: ForeignNetwork;
    const subnets: Record<Stack, string[]> = { sbx: [], apps: [] };
    /** Tags on the subnets given by id, before the program ran. */
    let original: Record<string, Record<string, string>>;
    const stores: Record<Stack, string> = { sbx: "", apps: "" };

    before(async () => {
      whole = await makeWholeCheckout();
      foreign = await makeForeignNetwork(whole.ec2, { name: "given", prefix: "10.60", zones: "a" });
      const given = {
        private: { ids: Object.values(foreign.private) },
        utility: { ids: Object.values(foreign.utility) },
      };
      original = await tagsOn(whole.ec2, [...given.private.ids, ...given.utility.ids]);
      const common = { sandbox: true, stateStore: { onDestroy: "purge" } };
      await whole.stack("sbx", {
        network: { zones: zonesOf("a"), nat: "single" },
        dns: { type: "private", name: "sbx.pilot.internal" },
        ...common,
      });
      const existing = { vpcId: foreign.vpcId, subnets: given, roleTags: "own" };
      await whole.stack("apps", {
        network: { zones: zonesOf("a"), existing },
        dns: { type: "none", name: "apps.pilot.internal" },
        ...common,
      });
      for (const stack of both) {
        for (const name of stacks[stack]) await whole.write(`clusters/${stack}/${name}.yaml`, clusterFile(name));
        await whole.pulumi("up", stack);
        const { network, stateStore: store } = await whole.outputs<Outputs>(stack);
        stores[stack] = store.stateStore;
        subnets[stack] = network.zones.flatMap(({ privateSubnetId, utilitySubnetId }) => [
          privateSubnetId,
          utilitySubnetId,
        ]);
      }
    });
    after(() => whole.remove());

    interface Outputs {
      network: { zones: { privateSubnetId: string; utilitySubnetId: string }[] };
      stateStore: { stateStore: string };
    }

    const kops = (stack: Stack, cluster: string): Promise<unknown> =>
      whole.local(
        "kops",
        "update",
        "cluster",
        "--name",
        `${cluster}.${stack}.pilot.internal`,
        "--state",
        stores[stack],
        "--yes",
        "--create-kube-config=false",
      );
    const allSubnets = (): string[] => Object.values(subnets).flat();
    const clusterTags = (stack: Stack, clusters: readonly string[]): Record<string, string> =>
      Object.fromEntries(clusters.map((name) => [`kubernetes.io/cluster/${name}.${stack}.pilot.internal`, "shared"]));

    it("change only as a round declares, while clusters are added and removed; others' tags survive", async () => {
      let expected = await tagsOn(whole.ec2, allSubnets());
      const living: Record<Stack, string[]> = { sbx: [...stacks.sbx], apps: [...stacks.apps] };
      for (const stack of both) {
        for (const id of subnets[stack]) expect(expected[id]).to.include(clusterTags(stack, living[stack]));
      }
      for (let round = 1; round <= rounds; round++) {
        const foreignTag = foreignTags[round % foreignTags.length]?.(round) ?? { Key: "", Value: "" };
        await whole.ec2.send(new CreateTagsCommand({ Resources: allSubnets(), Tags: [foreignTag] }));
        expected = Object.fromEntries(
          Object.entries(expected).map(([id, tags]) => [id, { ...tags, [foreignTag.Key]: foreignTag.Value }]),
        );

        // kOps first: it finds no changes for any cluster.
        const quiet = await whole.changes();
        for (const stack of both) for (const cluster of living[stack]) await kops(stack, cluster);
        expect(await whole.changes(), `kops in round ${round}`).to.deep.equal(quiet);
        expect(await tagsOn(whole.ec2, allSubnets()), `tags after kops in round ${round}`).to.deep.equal(expected);

        if (round === addedIn) {
          await whole.write("clusters/sbx/k3.yaml", clusterFile("k3"));
          living.sbx.push("k3");
          for (const id of subnets.sbx) expected[id] = { ...expected[id], ...clusterTags("sbx", ["k3"]) };
        }
        if (round === removedIn) {
          await whole.forget("clusters/sbx/k1.yaml");
          living.sbx = living.sbx.filter((name) => name !== "k1");
          const gone = Object.keys(clusterTags("sbx", ["k1"]));
          for (const id of subnets.sbx)
            expected[id] = Object.fromEntries(
              Object.entries(expected[id] ?? {}).filter(([key]) => !gone.includes(key)),
            );
        }
        for (const stack of both) {
          const { output } = await whole.pulumi("up", stack, "--refresh");
          const what = `pulumi in round ${round}, ${stack}:\n${output}`;
          if (stack === "sbx" && round === addedIn)
            expect(output, what).to.match(/Resources:\s+\+ \d+ created\s+\d+ unchanged\s/);
          else if (stack === "sbx" && round === removedIn)
            expect(output, what).to.match(/Resources:\s+- \d+ deleted\s+\d+ unchanged\s/);
          else expect(output, what).to.match(unchanged);
        }
        expect(sorted(await tagsOn(whole.ec2, allSubnets())), `tags after pulumi in round ${round}`).to.deep.equal(
          sorted(expected),
        );
      }
    });

    it("are removed by destroy, except for others' tags on subnets that stay", async () => {
      const given = subnets.apps;
      for (const stack of both) await whole.pulumi("destroy", stack);
      const foreignKeys = Array.from(
        { length: rounds },
        (_, index) => foreignTags[(index + 1) % foreignTags.length]?.(index + 1) ?? { Key: "", Value: "" },
      );
      const left = await tagsOn(whole.ec2, given);
      for (const id of given)
        expect(left[id]).to.deep.equal({
          ...original[id],
          ...Object.fromEntries(foreignKeys.map(({ Key, Value }) => [Key, Value])),
        });
      expect(Object.keys(await inventory(whole.endpoint))).to.not.include.members(["instances", "buckets", "roles"]);
    });
  });
}

const sorted = (tags: Record<string, Record<string, string>>): Record<string, Record<string, string>> =>
  Object.fromEntries(
    Object.entries(tags).map(([id, own]) => [
      id,
      Object.fromEntries(Object.entries(own).toSorted(([one], [other]) => (one < other ? -1 : 1))),
    ]),
  );
