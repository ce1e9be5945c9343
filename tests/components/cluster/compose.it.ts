import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CreateBucketCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { execa } from "execa";
import yaml from "js-yaml";
import { localEnvironment } from "../../../local/workspace/environment.ts";
import { layoutOf } from "../../../local/base/layout.ts";
import { ensureTools } from "../../../local/tools/index.ts";
import { startAws, type Aws } from "../../local/aws/server.ts";
import { composeCluster, readClusterFiles } from "../../../components/cluster/index.ts";
import { manifestOf } from "../../../providers/kops/model/spec.ts";
import { goldenCases, goldenFile, surroundings } from "./golden-cases.ts";

const root = fileURLToPath(new URL("../../..", import.meta.url));
const kopsVersion = "1.35.0";

interface Manifest {
  kind: string;
  metadata: { name: string };
  spec: Record<string, unknown>;
}

const manifestsOf = (text: string): Manifest[] =>
  (yaml.loadAll(text) as Manifest[]).map(({ kind, metadata, spec }) => ({
    kind,
    metadata: { name: metadata.name },
    spec,
  }));

/** What the API server knows of an issuer of people; in kOps part of `authentication` (v1alpha2/conversion.go). */
const knowsIssuer = (spec: Manifest["spec"]): boolean => "oidcIssuerURL" in Object(spec["kubeAPIServer"]);

/**
 * v1alpha2 uses the old word for the role; kOps reads both. Of an issuer's part in `authentication` it writes the empty
 * rest.
 */
const asKopsWrites = ({ spec, ...rest }: Manifest): Manifest => ({
  ...rest,
  spec: {
    ...(knowsIssuer(spec) && { authentication: {} }),
    ...spec,
    ...(spec["role"] === "ControlPlane" && { role: "Master" }),
  },
});

describe("composed manifests in kOps", function () {
  this.timeout(120_000);
  let aws: Aws;
  let dir: string;
  let run: (...args: string[]) => Promise<string>;

  before(async function () {
    this.timeout(15 * 60_000);
    const tools = await ensureTools(layoutOf(root), { kopsVersions: [kopsVersion] });
    const kops = tools.kops[kopsVersion];
    if (kops === undefined) throw new Error(`no kops ${kopsVersion}`);
    dir = await mkdtemp(join(tmpdir(), "pilot-golden-"));
    aws = await startAws();
    const layout = layoutOf(root, { PILOT_LOCAL_DIR: dir });
    await mkdir(layout.home, { recursive: true });
    const env = localEnvironment(layout, { endpoint: aws.endpoint, clusters: [] });
    run = async (...args) => (await execa(kops, args, { env, extendEnv: false, timeout: 60_000 })).stdout;
  });
  after(async () => {
    await aws.stop();
    await rm(dir, { recursive: true, force: true });
  });

  for (const [name, golden] of Object.entries(goldenCases)) {
    it(`${name}: kOps knows every field, and adds and changes none`, async () => {
      const store = `file://${join(dir, name)}`;
      await mkdir(join(dir, name));
      const file = fileURLToPath(goldenFile(name));
      await run("create", "-f", file, "--state", store);
      const cluster = `${(golden.value as { name: string }).name}${name === "every-key" ? "" : ".sbx.pilot.internal"}`;
      const written = manifestsOf(await run("get", "all", cluster, "-o", "yaml", "--state", store));
      const composed = manifestsOf(await readFile(file, "utf8"));
      expect(written).to.have.deep.members(composed.map(asKopsWrites));
    });
  }

  // Some errors appear only when kOps builds the whole cluster, such as add-ons that need a setting elsewhere.
  for (const name of ["autoscaled", "addons", "identity", "further-range", "ipv6"]) {
    it(`${name}: kOps builds everything from them, including the add-ons' files`, async () => {
      const s3 = new S3Client({
        endpoint: aws.endpoint,
        region: "ap-southeast-2",
        forcePathStyle: true,
        credentials: { accessKeyId: "test", secretAccessKey: "test" },
      });
      const bucket = `build-${name}`;
      await s3.send(
        new CreateBucketCommand({
          Bucket: bucket,
          CreateBucketConfiguration: { LocationConstraint: "ap-southeast-2" },
        }),
      );
      s3.destroy();
      // Terraform files need nothing in AWS, except that a hosted zone must exist; kOps fetches a channel.
      const text = (await readFile(fileURLToPath(goldenFile(name)), "utf8"))
        .replaceAll(/s3:\/\/pilot-sbx-(state|oidc)/g, `s3://${bucket}`)
        .replace("channel: stable", "channel: none")
        .replace(/type: Private\n {2}dnsZone: .*/, "type: None");
      const file = join(dir, `build-${name}.yaml`);
      await writeFile(file, text);
      const [cluster] = manifestsOf(text);
      await run("create", "-f", file, "--state", `s3://${bucket}`);
      const out = join(dir, `build-${name}`);
      await run(
        "update",
        "cluster",
        cluster?.metadata.name ?? "",
        "--state",
        `s3://${bucket}`,
        "--target",
        "terraform",
        "--out",
        out,
        "--create-kube-config=false",
        "--yes",
      );
      const groups = manifestsOf(text).filter(({ kind }) => kind === "InstanceGroup");
      expect(
        (await readFile(join(out, "kubernetes.tf"), "utf8")).match(/^resource "aws_autoscaling_group"/gm),
      ).to.have.length(groups.length);
    });
  }

  it("keep a `kops create cluster --dry-run` manifest, except where the environment fills it in", async () => {
    const name = "k9.sbx.pilot.internal";
    const zones = surroundings.network.zones.map(({ zone }) => zone);
    const image = "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212";
    const folder = join(dir, "clusters");
    await mkdir(folder);
    await mkdir(join(dir, "dry-run"));
    await mkdir(join(dir, "k9"));
    const desired = [
      "--zones",
      zones.join(","),
      "--topology",
      "private",
      "--bastion",
      "--networking",
      "cilium",
      "--dns",
      "none",
      "--kubernetes-version",
      "1.34.3",
      "--image",
      image,
      "--node-size",
      "t3.large",
      "--control-plane-size",
      "t3.medium",
    ];
    const written = await run(
      "create",
      "cluster",
      name,
      "--cloud",
      "aws",
      "--channel",
      "none",
      ...desired,
      "--state",
      `file://${join(dir, "dry-run")}`,
      "--dry-run",
      "-o",
      "yaml",
    );
    await writeFile(join(folder, "k9.yaml"), written);

    const { requests, problems } = readClusterFiles({
      folder,
      label: "clusters/sbx",
      defaults: { kopsVersion },
      overrides: {},
      zoneName: "sbx.pilot.internal",
      zones,
      secrets: [],
    });
    expect(problems).to.deep.equal([]);
    const [request] = requests;
    if (!request) throw new Error("no cluster was read");
    const { cluster, instanceGroups, sshPublicKeys } = composeCluster(request, surroundings);
    await writeFile(join(dir, "k9.yaml"), manifestOf({ name, kopsVersion, cluster, instanceGroups, sshPublicKeys }));
    const store = `file://${join(dir, "k9")}`;
    await run("create", "-f", join(dir, "k9.yaml"), "--state", store);

    const filled = ["configBase", "networkID", "networkCIDR", "subnets", "DisableSubnetTags"];
    const withoutFilled = ({ spec, ...rest }: Manifest): object => ({
      ...rest,
      spec: Object.fromEntries(Object.entries(spec).filter(([key]) => !filled.includes(key))),
    });
    const [before, after] = [written, await run("get", "all", name, "-o", "yaml", "--state", store)].map((text) =>
      manifestsOf(text).map(asKopsWrites),
    );
    expect(after?.map(withoutFilled)).to.have.deep.members(before?.map(withoutFilled) ?? []);
    expect(after?.length).to.be.above(4);
    expect(before?.[0]?.spec["subnets"]).to.have.length(
      after?.[0]?.spec["subnets"] instanceof Array ? after[0].spec["subnets"].length : -1,
    );
  });
});
