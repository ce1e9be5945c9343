import { CreateTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { bareArgs, clientOf, done, makeBareCheckout } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import { faultsOf } from "./faults.ts";

describe("the deletion of a cluster", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;
  let ec2: EC2Client;
  let s3: S3Client;

  before(async () => {
    bare = await makeBareCheckout();
    ec2 = new EC2Client(clientOf(bare.endpoint));
    s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
  });
  after(() => bare.remove());

  /** kOps is to tag the subnets here, as in a full manifest that does not say otherwise. */
  const args = (changes: Partial<BareArgs> = {}): BareArgs => {
    const made = bareArgs("k1", bare.surroundings, "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }", changes);
    return { ...made, cluster: { ...made.cluster, DisableSubnetTags: false } };
  };
  const certificateAuthority = async (): Promise<string> =>
    (await (await s3.send(new GetObjectCommand({ Bucket: "bare-state", Key: "k1.bare.internal/pki/private/kubernetes-ca/keyset.yaml" }))).Body?.transformToString()) ?? "";
  const destroyWords = ["run", "local", "--", "pulumi", "destroy", "--stack", "sbx", "--non-interactive", "--yes", "--skip-preview"];
  const urn = "urn:pulumi:sbx::pilot::pulumi-nodejs:dynamic/kops:Cluster::k1";

  it("is refused in the preview of a destroy and of a removal while it is protected, and by the provider when Pulumi's own lock is taken off", async () => {
    const [zone] = bare.surroundings.zones;
    await ec2.send(new CreateTagsCommand({ Resources: [zone?.privateSubnetId ?? ""], Tags: [{ Key: "team", Value: "x" }, { Key: "SubnetType", Value: "edge" }] }));
    await bare.declare({ k1: args({ deletionProtection: true }) });
    await bare.up();
    const preview = await bare.localFails("pulumi", "destroy", "--stack", "sbx", "--non-interactive", "--preview-only");
    expect(preview.output).to.contain("dynamic/kops:Cluster::k1").and.to.contain("protected");
    await bare.declare({});
    const removal = await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive");
    expect(removal.output).to.contain("dynamic/kops:Cluster::k1").and.to.contain("protected");
    await bare.local("pulumi", "state", "unprotect", urn, "--stack", "sbx", "--yes");
    const refused = await bare.localFails("pulumi", "destroy", "--stack", "sbx", "--non-interactive", "--yes", "--skip-preview");
    expect(refused.output).to.contain("Cluster k1.bare.internal is protected from deletion").and.to.contain("set deletionProtection: false");
  });

  it("that was killed while the cluster's data is there is undone by the next up that wants the cluster", async () => {
    await bare.declare({ k1: args({ deletionProtection: false }) });
    await bare.up();
    const faults = await faultsOf(bare.endpoint);
    await faults.add({ service: "ec2", action: "DeleteVolume", status: 400, code: "VolumeInUse", message: "is attached" });
    await bare.npmKilledAt(/kOps retries volume/, ...destroyWords);
    await faults.clear();
    const again = await bare.up();
    expect(again.output).to.match(/delete begun \S+ stopped at Deleted/).and.to.contain("bringing the cluster back").and.to.contain(done);
    expect((await bare.nodes("k1")).filter(({ ready }) => ready)).to.have.length(2);
  });

  it("that was killed after that is finished by the next up that wants the cluster, which makes it anew", async () => {
    const keys = await certificateAuthority();
    const faults = await faultsOf(bare.endpoint);
    await faults.add({ service: "ec2", action: "DeleteSecurityGroup", status: 400, code: "DependencyViolation", message: "has a dependent object" });
    await bare.npmKilledAt(/deleting: \d+ gone, \d+ left: security-group:[^\s,]+(, security-group:[^\s,]+)*\s/, ...destroyWords);
    await faults.clear();
    const again = await bare.up();
    expect(again.output).to.contain("making the cluster anew").and.to.contain(done);
    expect(await certificateAuthority()).not.to.equal(keys);
    expect((await bare.nodes("k1")).filter(({ ready }) => ready)).to.have.length(2);
  });
});
