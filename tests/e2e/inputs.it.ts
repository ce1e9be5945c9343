import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { GetObjectCommand, ListObjectsV2Command, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { layoutOf } from "../../local/base/layout.ts";
import { authority } from "../providers/kops/authorities.ts";
import { bareArgs, clientOf, done, makeBareCheckout, unchanged } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";

const cluster = "k1.bare.internal";
const controlPlane = "control-plane-ap-southeast-2a";
const password = "cGlsb3Q6cHVsbC10b2tlbi1vZi10aGlzLXRlc3Q=";
const secondPassword = "cGlsb3Q6YW5vdGhlci10b2tlbi1vZi10aGlzLXRlc3Q=";
const etcdKey = "dGhpcnR5LXR3byBieXRlcyBmb3IgdGhpcyB0ZXN0ISE=";
const secondEtcdKey = "YW5vdGhlciAzMiBieXRlcyBmb3IgdGhpcyB0ZXN0ISE=";
const sensitive = [password, secondPassword, etcdKey, secondEtcdKey, authority.privateKey.split("\n")[1] ?? ""];

const dockerConfig = (auth: string): string => JSON.stringify({ auths: { "registry.example.com": { auth } } });
const encryptionConfig = (secret: string): string => `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers: [{ aescbc: { keys: [{ name: key1, secret: ${secret} }] } }, { identity: {} }]
`;

const canonical = "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server";
const first = `${canonical}-20251212`;
const second = `${canonical}-20260115`;
const channelOf = (image: string): string => `spec:
  images:
    - { name: "${image}", providerID: aws, architectureID: amd64, kubernetesVersion: ">=1.30.0" }
`;

describe("the inputs of a cluster", function () {
  this.timeout(5 * 60_000);
  let bare: BareCheckout;
  let s3: S3Client;

  before(async () => {
    bare = await makeBareCheckout();
    s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
  });
  after(() => bare.remove());

  /** A cluster whose images come from the channel. */
  const args = (changes: Partial<BareArgs> = {}, spec: Record<string, unknown> = {}): BareArgs => {
    const made = bareArgs(
      "k1",
      bare.infrastructure,
      "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }",
      changes,
    );
    const instanceGroups =
      changes.instanceGroups ??
      Object.fromEntries(Object.entries(made.instanceGroups).map(([name, group]) => [name, { ...group, image: "" }]));
    return {
      ...made,
      instanceGroups,
      cluster: { ...made.cluster, encryptionConfig: true, channel: `file://${join(bare.folder, "channel")}`, ...spec },
    };
  };
  const keys = async (): Promise<string[]> =>
    ((await s3.send(new ListObjectsV2Command({ Bucket: "bare-state" }))).Contents ?? []).map(({ Key }) => Key ?? "");
  const stored = async (key: string): Promise<string> =>
    (await (
      await s3.send(new GetObjectCommand({ Bucket: "bare-state", Key: `${cluster}/${key}` }))
    ).Body?.transformToString()) ?? "";
  const secretInStore = async (name: string): Promise<string> =>
    Buffer.from((JSON.parse(await stored(`secrets/${name}`)) as { Data: string }).Data, "base64").toString();
  const imageOf = async (group: string): Promise<string | undefined> =>
    /^ {2}image: (.*)$/m.exec(await stored(`instancegroup/${group}`))?.[1];
  const filesBelow = async (folder: string): Promise<string> => {
    const names = await readdir(folder, { recursive: true, withFileTypes: true });
    return (
      await Promise.all(
        names.filter((entry) => entry.isFile()).map((entry) => readFile(join(entry.parentPath, entry.name), "utf8")),
      )
    ).join("\n");
  };
  const expectNothingSensitive = (text: string): void => {
    for (const one of sensitive)
      expect(text.includes(one), `"${one.slice(0, 6)}..." is there in clear`).to.equal(false);
  };
  /** Searches every command line of the machine for secrets, until the returned function is called. */
  const watchCommandLines = (): (() => Promise<{ looks: number; found: string[] }>) => {
    let going = true;
    const found = new Set<string>();
    let looks = 0;
    const watch = async (): Promise<{ looks: number; found: string[] }> => {
      while (going) {
        looks += 1;
        for (const pid of (await readdir("/proc")).filter((name) => /^\d+$/.test(name))) {
          const line = await readFile(`/proc/${pid}/cmdline`, "utf8").catch(() => "");
          if (sensitive.some((one) => line.includes(one))) found.add(line.replaceAll("\0", " ").slice(0, 80));
        }
        // Each kOps runs for about a second; a tighter loop would occupy a core.
        await pause(100);
      }
      return { looks, found: [...found] };
    };
    const watching = watch();
    return () => {
      going = false;
      return watching;
    };
  };
  const secrets = {
    dockerConfig: dockerConfig(password),
    encryptionConfig: encryptionConfig(etcdKey),
    certificateAuthority: authority,
  };

  it("are refused before anything is written if kOps does not know a field", async () => {
    await bare.write("channel", channelOf(first));
    await bare.declare({ k1: args({ secrets }, { kubeProxyy: { enabled: true } }) });
    const { output } = await bare.upFails();
    expect(output).to.contain("kOps 1.35.0 does not know cluster.kubeProxyy");
    expect(await keys()).to.deep.equal([]);
  });

  it("bring secrets and a CA to the cluster, and to no state, log, output or command line", async () => {
    await bare.declare({ k1: args({ secrets }) });
    const stop = watchCommandLines();
    const { output } = await bare.up().finally(stop);
    const { looks, found } = await stop();
    expect(output).to.contain(done);
    expect(found).to.deep.equal([]);
    expect(looks).to.be.greaterThan(20);
    expect(await secretInStore("dockerconfig")).to.equal(secrets.dockerConfig);
    expect(await secretInStore("encryptionconfig")).to.equal(secrets.encryptionConfig);
    const config = JSON.parse(await bare.kubectl("k1", "config", "view", "--raw", "-o", "json")) as {
      clusters: { cluster: { "certificate-authority-data"?: string } }[];
    };
    expect(
      Buffer.from(config.clusters[0]?.cluster["certificate-authority-data"] ?? "", "base64")
        .toString()
        .trim(),
    ).to.equal(authority.certificate.trim());
    await bare.kubectl("k1", "get", "nodes");

    const began = new Date();
    expect((await bare.up()).output).to.match(unchanged);
    expect((await bare.refresh()).output).to.match(unchanged);
    expect((await bare.up()).output).to.match(unchanged);
    expect(
      (await bare.kopsCommands(began)).filter((line) => !/ update cluster .*--create-kube-config=false/.test(line)),
    ).to.deep.equal([]);
    const layout = layoutOf(bare.folder, {});
    expectNothingSensitive(`${output}${await filesBelow(layout.backend)}${await filesBelow(layout.home)}`);
    expect(await imageOf("nodes")).to.equal(first);
  });

  it("show a changed secret by name in the preview, with the nodes that roll, and store the new value", async () => {
    await bare.write("channel", channelOf(second));
    expect((await bare.up()).output, "the channel's image of the day").to.match(unchanged);
    const before = (await bare.nodes("k1")).filter(({ group }) => group === "nodes").map(({ name }) => name);
    const more = { ...args().instanceGroups["nodes"], minSize: 0, maxSize: 0 };
    const instanceGroups = { ...args().instanceGroups, more };
    await bare.declare({
      k1: args({
        instanceGroups,
        secrets: {
          dockerConfig: dockerConfig(secondPassword),
          encryptionConfig: encryptionConfig(secondEtcdKey),
          certificateAuthority: authority,
        },
      }),
    });
    const preview = (await bare.preview()).output;
    expect(preview)
      .to.contain("plan: secret dockerConfig changes")
      .and.to.contain("plan: secret encryptionConfig changes");
    expect(preview).to.contain(`plan: roll 1. ${controlPlane}`).and.not.to.contain("roll 2.");
    expect(await secretInStore("dockerconfig")).to.equal(secrets.dockerConfig);

    const { output } = await bare.up();
    expect(output).to.contain(done);
    expect(await secretInStore("dockerconfig")).to.equal(dockerConfig(secondPassword));
    expect(await secretInStore("encryptionconfig")).to.equal(encryptionConfig(secondEtcdKey));
    expect((await bare.nodes("k1")).filter(({ group }) => group === "nodes").map(({ name }) => name)).to.deep.equal(
      before,
    );
    expect([await imageOf("nodes"), await imageOf(controlPlane), await imageOf("more")]).to.deep.equal([
      first,
      first,
      second,
    ]);
    const layout = layoutOf(bare.folder, {});
    expectNothingSensitive(`${preview}${output}${await filesBelow(layout.backend)}${await filesBelow(layout.home)}`);
  });
});
