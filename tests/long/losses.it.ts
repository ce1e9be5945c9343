import { createHash } from "node:crypto";
import { S3 } from "@aws-sdk/client-s3";
import { DescribeSubnetsCommand } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { clientOf } from "../e2e/network/index.ts";
import { smallCluster, makeWholeCheckout } from "../e2e/whole/index.ts";
import type { WholeCheckout } from "../e2e/whole/index.ts";
import { inventory } from "../e2e/inventory.ts";

const minutes = 60_000;
const network = { cidr: "10.20.0.0/16", zones: ["ap-southeast-2a", "ap-southeast-2b"], nat: "single" };
const config = {
  network,
  dns: { type: "private", name: "sbx.pilot.internal" },
  stateStore: { onDestroy: "purge", stateBucket: "first-state", encryption: { type: "kms" } },
  sandbox: true,
};

const cluster = (name: string): string =>
  smallCluster(name, "nodeGroups:\n  nodes: { machineType: t3.large, count: 1 }\n");

describe("an environment change under a living cluster", function () {
  this.timeout(15 * minutes);
  let checkout: WholeCheckout;
  let s3: S3;

  before(async () => {
    checkout = await makeWholeCheckout();
    s3 = new S3({ ...clientOf(checkout.endpoint), forcePathStyle: true });
    await checkout.stack("sbx", config);
    await checkout.write("clusters/sbx/k1.yaml", cluster("k1"));
    await checkout.pulumi("up", "sbx");
  });
  after(async () => {
    await checkout.remove();
    expect(await checkout.processes()).to.deep.equal([]);
  });

  /** Digest of every version of every object in the store. */
  const store = async (bucket = "first-state"): Promise<Record<string, string>> => {
    const { Versions: versions = [] } = await s3.listObjectVersions({ Bucket: bucket });
    const found = await Promise.all(
      versions.map(async ({ Key = "", VersionId = "" }) => {
        const { Body } = await s3.getObject({ Bucket: bucket, Key, VersionId });
        return [
          `${Key} ${VersionId}`,
          createHash("sha256")
            .update((await Body?.transformToByteArray()) ?? "")
            .digest("hex"),
        ] as const;
      }),
    );
    return Object.fromEntries(found.sort(([one], [other]) => (one < other ? -1 : 1)));
  };
  /** Every kOps run writes a log. */
  const logs = async (): Promise<string> =>
    (await checkout.local("sh", "-c", "ls $HOME/.local/state/pilot/logs/*")).output;
  const buckets = async (): Promise<string[]> =>
    ((await s3.listBuckets({})).Buckets ?? []).map(({ Name = "" }) => Name).sort();
  const fails = (command: "preview" | "up", stack = "sbx"): Promise<{ output: string }> =>
    checkout.localFails(
      "pulumi",
      command,
      "--stack",
      stack,
      "--non-interactive",
      ...(command === "up" ? ["--yes", "--skip-preview"] : []),
    );
  /** Preview and up refuse the change with these words, and leave AWS and the store as they were. */
  const refusesBoth = async (change: Record<string, unknown>, ...words: (string | RegExp)[]): Promise<void> => {
    const look = async () => ({
      store: await store(),
      buckets: await buckets(),
      instances: await checkout.instances(),
      changes: await checkout.changes(),
      logs: await logs(),
    });
    const before = await look();
    await checkout.stack("sbx", change);
    for (const command of ["preview", "up"] as const) {
      const { output } = await fails(command);
      for (const word of words)
        expect(output, command).to.match(
          typeof word === "string" ? new RegExp(word.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&")) : word,
        );
      expect(output)
        .to.contain("nothing was changed")
        .and.not.to.match(/^ *[+~-]+ +(aws|pilot|pulumi-nodejs):(?!.*unchanged)/m);
    }
    expect(await look()).to.deep.equal(before);
    // Revert the change, as the message says.
    await checkout.stack("sbx", config);
    expect((await checkout.pulumi("up", "sbx")).output).to.match(/Resources:\s+\d+ unchanged/);
    expect(await store()).to.deep.equal(before.store);
    // None of this ran kOps, not even in the program's own process.
    expect(await logs()).to.equal(before.logs);
  };

  it("to another state bucket under purge is refused by preview and up; reverting it loses nothing", async () => {
    await refusesBoth(
      { ...config, stateStore: { ...config.stateStore, stateBucket: "second-state" } },
      "pilot:stateStore: stateBucket: the state bucket first-state would be replaced by second-state",
      "k1.sbx.pilot.internal (organization/pilot/sbx)",
    );
  });

  it("to discovery bucket, KMS key, network and hosted zone is refused, all in one list", async () => {
    await refusesBoth(
      {
        ...config,
        network: { ...network, cidr: "10.60.0.0/16" },
        dns: { type: "private", name: "other.internal" },
        stateStore: { ...config.stateStore, discoveryBucket: "second-oidc", encryption: { type: "s3" } },
      },
      "4 problems",
      /pilot:stateStore: discoveryBucket: .* would be replaced by second-oidc; it is needed by k1/,
      /pilot:stateStore: encryption: the KMS key arn\S+ which encrypts objects of \S+ would be deleted/,
      /pilot:network: cidr: the VPC vpc-\w+ \(10\.20\.0\.0\/16\) would be replaced/,
      /pilot:dns: name: the hosted zone sbx\.pilot\.internal \(\w+\) would be replaced by other\.internal/,
    );
  });

  it("that removes a zone in use, or makes another kind of hosted zone, is refused", async () => {
    await refusesBoth(
      {
        ...config,
        network: { ...network, zones: ["ap-southeast-2a"] },
        dns: { type: "none", name: "sbx.pilot.internal" },
      },
      /pilot:network: zones: the private subnet subnet-\w+ of ap-southeast-2b would be deleted; it is needed by k1/,
      /pilot:dns: type: the hosted zone .* would be deleted/,
    );
  });

  it("to another region is refused before the AWS plugin is asked, so reverting it replaces nothing", async () => {
    const text = await checkout.read("Pulumi.sbx.yaml");
    const before = await store();
    await checkout.write("Pulumi.sbx.yaml", text.replaceAll("ap-southeast-2", "ap-southeast-1"));
    for (const command of ["preview", "up"] as const) {
      expect((await fails(command)).output).to.contain(
        "aws:region: everything would be created again in ap-southeast-1 instead of ap-southeast-2; it is needed by " +
          "k1.sbx.pilot.internal",
      );
    }
    await checkout.write("Pulumi.sbx.yaml", text);
    expect((await checkout.pulumi("up", "sbx")).output).to.match(/Resources:\s+\d+ unchanged/);
    expect(await store()).to.deep.equal(before);
  });

  it("is refused although it removes the cluster's file as well, because the cluster still lives", async () => {
    const file = await checkout.read("clusters/sbx/k1.yaml");
    await checkout.forget("clusters/sbx/k1.yaml");
    await checkout.stack("sbx", { ...config, stateStore: { ...config.stateStore, stateBucket: "second-state" } });
    const before = await store();
    for (const command of ["preview", "up"] as const)
      expect((await fails(command)).output).to.contain("it is needed by k1.sbx.pilot.internal");
    expect(await store()).to.deep.equal(before);
    await checkout.write("clusters/sbx/k1.yaml", file);
    await checkout.stack("sbx", config);
    expect((await checkout.pulumi("up", "sbx")).output).to.match(/Resources:\s+\d+ unchanged/);
  });

  it("is refused while a cluster of another stack needs it, as is a destroy, and nothing is lost", async () => {
    await checkout.write(
      "Pulumi.team.yaml",
      "config:\n  aws:region: ap-southeast-2\n  pilot:environment: sbx\n  pilot:sandbox: true\n",
    );
    await checkout.local("pulumi", "stack", "select", "--create", "team");
    await checkout.write("clusters/team/t1.yaml", cluster("t1"));
    await checkout.pulumi("up", "team");
    await checkout.forget("clusters/sbx/k1.yaml");
    await checkout.pulumi("up", "sbx");
    const before = await store();
    const made = await inventory(checkout.endpoint);
    await checkout.stack("sbx", {
      ...config,
      network: { ...network, cidr: "10.60.0.0/16" },
      stateStore: { ...config.stateStore, stateBucket: "second-state" },
    });
    for (const command of ["preview", "up"] as const) {
      expect((await fails(command)).output)
        .to.match(
          /first-state would be replaced by second-state; it is needed by t1\.sbx\.pilot\.internal \(organization\/pilot\/team\)/,
        )
        .and.to.match(/the VPC vpc-\w+ .* needed by t1/);
    }
    // A switch to another stack's environment would delete everything here.
    await checkout.write("Pulumi.sbx.yaml", "config:\n  aws:region: ap-southeast-2\n  pilot:environment: team\n");
    expect((await fails("preview")).output).to.match(/t1\.sbx\.pilot\.internal|is not an environment/);
    await checkout.stack("sbx", config);
    const refused = await checkout.localFails(
      "pulumi",
      "destroy",
      "--stack",
      "sbx",
      "--non-interactive",
      "--yes",
      "--skip-preview",
    );
    expect(refused.output)
      .to.contain("The environment of the state store s3://first-state is not destroyed")
      .and.to.contain("t1.sbx.pilot.internal (organization/pilot/team)");
    expect(await store()).to.deep.equal(before);
    expect(await inventory(checkout.endpoint)).to.deep.equal(made);
    // The environment is intact: both stacks come up, the cluster's without changes.
    await checkout.pulumi("up", "sbx");
    expect((await checkout.pulumi("up", "team")).output).to.match(/Resources:\s+\d+ unchanged/);
    expect(await store()).to.deep.equal(before);
    await checkout.pulumi("destroy", "team");
  });

  it("to another stack's environment is refused as a whole: nothing is made there, no tag moves", async () => {
    await checkout.write("clusters/team/t1.yaml", cluster("t1"));
    await checkout.pulumi("up", "team");
    await checkout.stack("two", {
      ...config,
      network: { ...network, cidr: "10.80.0.0/16" },
      stateStore: { onDestroy: "purge" },
    });
    await checkout.pulumi("up", "two");
    const changes = await checkout.changes();
    await checkout.write(
      "Pulumi.team.yaml",
      "config:\n  aws:region: ap-southeast-2\n  pilot:environment: two\n  pilot:sandbox: true\n",
    );
    for (const command of ["preview", "up"] as const) {
      expect((await fails(command, "team")).output)
        .to.match(
          /pilot:environment: the state bucket first-state would be replaced by \S+; it is needed by t1\.sbx\.pilot\.internal/,
        )
        .and.to.match(/pilot:environment: the VPC would be vpc-\w+ instead of vpc-\w+/);
    }
    expect(await checkout.changes()).to.deep.equal(changes);
    await checkout.pulumi("destroy", "two");
    await checkout.write(
      "Pulumi.team.yaml",
      "config:\n  aws:region: ap-southeast-2\n  pilot:environment: sbx\n  pilot:sandbox: true\n",
    );
    expect((await checkout.pulumi("up", "team")).output).to.match(/Resources:\s+\d+ unchanged/);
    await checkout.pulumi("destroy", "team");
  });

  it("is made when no cluster lives: purge deletes the old bucket, retain keeps and names it", async () => {
    await checkout.stack("sbx", { ...config, stateStore: { ...config.stateStore, stateBucket: "second-state" } });
    await checkout.pulumi("up", "sbx");
    expect(await buckets())
      .to.include("second-state")
      .and.not.to.include("first-state");
    const retained = { onDestroy: "retain", encryption: { type: "kms" } };
    await checkout.stack("sbx", { ...config, stateStore: { ...retained, stateBucket: "second-state" } });
    await checkout.pulumi("up", "sbx");
    await checkout.stack("sbx", { ...config, stateStore: { ...retained, stateBucket: "third-state" } });
    expect((await checkout.pulumi("preview", "sbx")).output).to.contain("the state bucket second-state stays as it is");
    expect((await checkout.pulumi("up", "sbx")).output).to.contain("the state bucket second-state stays as it is");
    expect(await buckets()).to.include.members(["second-state", "third-state"]);
  });

  it("is refused under retain, too", async () => {
    await checkout.write("clusters/sbx/k2.yaml", cluster("k2"));
    await checkout.pulumi("up", "sbx");
    const before = await store("third-state");
    await checkout.stack("sbx", {
      ...config,
      stateStore: { onDestroy: "retain", encryption: { type: "kms" }, stateBucket: "fourth-state" },
    });
    for (const command of ["preview", "up"] as const)
      expect((await fails(command)).output)
        .to.contain("third-state would be replaced by fourth-state")
        .and.to.contain("k2.sbx.pilot.internal");
    expect(await buckets()).not.to.include("fourth-state");
    expect(await store("third-state")).to.deep.equal(before);
  });

  it("leaves nothing after a destroy under purge", async () => {
    await checkout.stack("sbx", { ...config, stateStore: { ...config.stateStore, stateBucket: "third-state" } });
    await checkout.pulumi("up", "sbx");
    await checkout.pulumi("destroy", "sbx");
    const { buckets: left = [], ...others } = await inventory(checkout.endpoint);
    expect(others).to.deep.equal({});
    // The test above retained this bucket.
    expect(left.filter((name) => name !== "second-state")).to.deep.equal([]);
  });

  it("tags no subnet for a refused cluster, while the other clusters continue", async () => {
    await checkout.pulumi("up", "sbx");
    await checkout.write("clusters/sbx/k4.yaml", cluster("k4"));
    // AWS has no such machine type.
    await checkout.write("clusters/sbx/k3.yaml", cluster("k3").replace("t3.medium", "t3.gigantic"));
    const preview = await fails("preview");
    expect(preview.output)
      .to.match(/kops:Cluster \(k3\):\s+error: Cluster k3\.sbx\.pilot\.internal would be refused/)
      .and.to.contain("t3.gigantic");
    const up = await fails("up");
    expect(up.output)
      .to.contain("Cluster k3.sbx.pilot.internal would be refused")
      .and.to.match(/\[k4\.sbx\] .*the cluster is up to date/);
    expect(up.output)
      .to.contain("nothing of them was made or changed; everything else went on")
      .and.not.to.contain("nothing was touched");
    const { Subnets = [] } = await checkout.ec2.send(new DescribeSubnetsCommand({}));
    const tags = new Set(Subnets.flatMap(({ Tags = [] }) => Tags.map(({ Key = "" }) => Key)));
    expect([...tags])
      .to.include("kubernetes.io/cluster/k4.sbx.pilot.internal")
      .and.not.to.include("kubernetes.io/cluster/k3.sbx.pilot.internal");
    await checkout.forget("clusters/sbx/k3.yaml");
    await checkout.pulumi("up", "sbx");
  });
});
