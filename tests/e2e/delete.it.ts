import { join } from "node:path";
import { CreateTagsCommand, CreateVolumeCommand, DescribeTagsCommand, EC2Client } from "@aws-sdk/client-ec2";
import {
  CreateLoadBalancerCommand as CreateClassicCommand,
  DescribeLoadBalancersCommand as DescribeClassicCommand,
  ElasticLoadBalancingClient,
} from "@aws-sdk/client-elastic-load-balancing";
import { CreateLoadBalancerCommand, ElasticLoadBalancingV2Client } from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import type { DestroyPlan } from "../../providers/kops/delete/destroy-plan.ts";
import { clientIn, roleIn } from "./accounts.ts";
import { bareArgs, clientOf, done, makeBareCheckout } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";
import { faultsOf } from "./faults.ts";
import { inventory } from "./inventory.ts";

const workload = `
apiVersion: apps/v1
kind: Deployment
metadata: { name: stubborn }
spec:
  replicas: 2
  selector: { matchLabels: { app: stubborn } }
  template:
    metadata: { labels: { app: stubborn } }
    spec: { containers: [{ name: pause, image: pause }] }
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: { name: stubborn }
spec: { maxUnavailable: 0, selector: { matchLabels: { app: stubborn } } }
`;

describe("the deletion of a cluster", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;
  let ec2: EC2Client;
  let elb: ElasticLoadBalancingV2Client;
  let classic: ElasticLoadBalancingClient;
  let s3: S3Client;

  before(async () => {
    bare = await makeBareCheckout();
    ec2 = new EC2Client(clientOf(bare.endpoint));
    elb = new ElasticLoadBalancingV2Client(clientOf(bare.endpoint));
    classic = new ElasticLoadBalancingClient(clientOf(bare.endpoint));
    s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
  });
  after(() => bare.remove());

  /** Here kOps tags the subnets, which is its default in a full manifest. */
  const args = (changes: Partial<BareArgs> = {}): BareArgs => {
    const made = bareArgs(
      "k1",
      bare.infrastructure,
      "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }",
      changes,
    );
    return { ...made, cluster: { ...made.cluster, DisableSubnetTags: false } };
  };
  const tags = async (): Promise<string[]> => {
    const answer = await ec2.send(
      new DescribeTagsCommand({ Filters: [{ Name: "resource-type", Values: ["subnet", "vpc", "internet-gateway"] }] }),
    );
    return (answer.Tags ?? [])
      .map(({ ResourceId, Key, Value }) => `${ResourceId ?? ""} ${Key ?? ""}=${Value ?? ""}`)
      .sort();
  };
  const stored = async (): Promise<string[]> => {
    const answer = await s3.send(new ListObjectsV2Command({ Bucket: "bare-state" }));
    return (answer.Contents ?? []).map(({ Key }) => Key ?? "");
  };
  const certificateAuthority = async (): Promise<string> =>
    (await (
      await s3.send(
        new GetObjectCommand({ Bucket: "bare-state", Key: "k1.bare.internal/pki/private/kubernetes-ca/keyset.yaml" }),
      )
    ).Body?.transformToString()) ?? "";
  const urn = "urn:pulumi:sbx::pilot::pulumi-nodejs:dynamic/kops:Cluster::k1";

  it("is refused while protected, by previews and, once Pulumi's own lock is off, by the provider", async () => {
    const [zone] = bare.infrastructure.zones;
    await ec2.send(
      new CreateTagsCommand({
        Resources: [zone?.privateSubnetId ?? ""],
        Tags: [
          { Key: "team", Value: "x" },
          { Key: "SubnetType", Value: "edge" },
        ],
      }),
    );
    await bare.declare({ k1: args({ deletionProtection: true }) });
    await bare.up();
    const preview = await bare.localFails("pulumi", "destroy", "--stack", "sbx", "--non-interactive", "--preview-only");
    expect(preview.output).to.contain("dynamic/kops:Cluster::k1").and.to.contain("protected");
    await bare.declare({});
    const removal = await bare.localFails("pulumi", "preview", "--stack", "sbx", "--non-interactive");
    expect(removal.output).to.contain("dynamic/kops:Cluster::k1").and.to.contain("protected");
    await bare.local("pulumi", "state", "unprotect", urn, "--stack", "sbx", "--yes");
    const refused = await bare.localFails(
      "pulumi",
      "destroy",
      "--stack",
      "sbx",
      "--non-interactive",
      "--yes",
      "--skip-preview",
    );
    expect(refused.output)
      .to.contain("Cluster k1.bare.internal is protected from deletion")
      .and.to.contain("set deletionProtection: false");
  });

  it("is allowed after one up with `deletionProtection: false`, which unlocks Pulumi and provider", async () => {
    const locked = async (): Promise<boolean[]> => {
      await bare.local("sh", "-c", "pulumi stack export --stack sbx > state.json");
      const { deployment } = JSON.parse(await bare.read("state.json")) as {
        deployment: { resources: { urn: string; protect?: boolean }[] };
      };
      const journal = await s3.send(
        new GetObjectCommand({ Bucket: "bare-state", Key: "_pilot/k1.bare.internal/journal.json" }),
      );
      const { deletionProtection } = JSON.parse((await journal.Body?.transformToString()) ?? "") as {
        deletionProtection?: boolean;
      };
      return [deployment.resources.find((one) => one.urn === urn)?.protect === true, deletionProtection === true];
    };
    await bare.declare({ k1: args({ deletionProtection: true }) });
    await bare.up();
    expect(await locked()).to.deep.equal([true, true]);
    const since = new Date();
    await bare.declare({ k1: args({ deletionProtection: false }) });
    await bare.up();
    expect(await locked()).to.deep.equal([false, false]);
    expect(await bare.kopsCommands(since)).to.deep.equal([]);
    expect(
      (await bare.local("pulumi", "destroy", "--stack", "sbx", "--non-interactive", "--preview-only")).output,
    ).to.match(/^ *- +\S*kops:Cluster +k1 +delete/m);
  });

  it("is undone by an up that declares the cluster if it was killed while the data still exists", async () => {
    const faults = await faultsOf(bare.endpoint);
    await faults.add({
      service: "ec2",
      action: "DeleteVolume",
      status: 400,
      code: "VolumeInUse",
      message: "is attached",
    });
    await bare.npmKilledAt(/kOps retries volume/, ...bare.destroyWords);
    await faults.clear();
    const again = await bare.up();
    expect(again.output)
      .to.match(/delete begun \S+ stopped at Deleted/)
      .and.to.contain("bringing the cluster back")
      .and.to.contain(done);
    expect((await bare.nodes("k1")).filter(({ ready }) => ready)).to.have.length(2);
  });

  it("is finished by an up that declares the cluster if it was killed later; the up creates it anew", async () => {
    const keys = await certificateAuthority();
    const faults = await faultsOf(bare.endpoint);
    await faults.add({
      service: "ec2",
      action: "DeleteSecurityGroup",
      status: 400,
      code: "DependencyViolation",
      message: "has a dependent object",
    });
    await bare.npmKilledAt(
      /deleting: \d+ gone, \d+ left: security-group:[^\s,]+(, security-group:[^\s,]+)*\s/,
      ...bare.destroyWords,
    );
    await faults.clear();
    const again = await bare.up();
    expect(again.output).to.contain("making a new cluster").and.to.contain(done);
    expect(await certificateAuthority()).not.to.equal(keys);
    expect((await bare.nodes("k1")).filter(({ ready }) => ready)).to.have.length(2);
  });

  it("is planned by a command: what it deletes, what workloads made, and what it leaves behind", async () => {
    const owned = { Key: "kubernetes.io/cluster/k1.bare.internal", Value: "owned" };
    // The CSI driver sets the last tag for kOps, which deletes by it.
    const claim = [
      owned,
      { Key: "ebs.csi.aws.com/cluster", Value: "true" },
      { Key: "kubernetes.io/created-for/pvc/name", Value: "data" },
      { Key: "kubernetes.io/created-for/pvc/namespace", Value: "shop" },
      { Key: "KubernetesCluster", Value: "k1.bare.internal" },
    ];
    const volume = await ec2.send(
      new CreateVolumeCommand({
        AvailabilityZone: "ap-southeast-2a",
        Size: 1,
        TagSpecifications: [{ ResourceType: "volume", Tags: claim }],
      }),
    );
    await elb.send(
      new CreateLoadBalancerCommand({
        Name: "k8s-shop-web",
        Type: "network",
        Subnets: bare.infrastructure.zones.map(({ utilitySubnetId }) => utilitySubnetId),
        Tags: [
          { Key: "elbv2.k8s.aws/cluster", Value: "k1.bare.internal" },
          { Key: "service.k8s.aws/stack", Value: "shop/web" },
        ],
      }),
    );
    // The AWS cloud provider makes this one for a Service without annotations.
    await classic.send(
      new CreateClassicCommand({
        LoadBalancerName: "a4711",
        Listeners: [{ Protocol: "TCP", LoadBalancerPort: 80, InstancePort: 30080 }],
        Subnets: bare.infrastructure.zones.map(({ utilitySubnetId }) => utilitySubnetId),
        Tags: [
          owned,
          { Key: "KubernetesCluster", Value: "k1.bare.internal" },
          { Key: "kubernetes.io/service-name", Value: "shop/plain" },
        ],
      }),
    );
    await bare.local("sh", "-c", "npx pilot destroy-plan s3://bare-state k1.bare.internal --json > plan.json");
    const plan = JSON.parse(await bare.read("plan.json")) as DestroyPlan;
    expect(plan.goes.map(({ kind }) => kind)).to.include.members([
      "autoscaling-config",
      "autoscaling-group",
      "iam-role",
      "load-balancer",
      "security-group",
      "volume",
    ]);
    expect(plan.madeByWorkloads.map(({ kind, id, madeFor }) => `${kind} ${id} ${madeFor}`)).to.have.members([
      `volume ${volume.VolumeId ?? ""} PersistentVolumeClaim shop/data`,
      "load-balancer a4711 Service shop/plain",
    ]);
    expect(plan.leftBehind.map(({ kind, name, madeFor }) => `${kind} ${name} ${madeFor}`)).to.deep.equal([
      "load-balancer k8s-shop-web Service shop/web",
    ]);
    expect(plan.alsoGoes, "all that is its own kOps knows").to.deep.equal([]);
    expect(plan.blockedBy, "nobody holds it").to.deep.equal([]);
    expect(plan.stays.join("\n")).to.contain(bare.infrastructure.vpcId);
    const text = await bare.local("node", "cli/pilot.mjs", "destroy-plan", "s3://bare-state", "k1.bare.internal");
    expect(text.output)
      .to.contain(`A destroy of k1.bare.internal deletes ${plan.goes.length} cloud resources`)
      .and.to.contain("deletion.workloadResources is stop: it is refused")
      .and.to.contain("of PersistentVolumeClaim shop/data, with its data");
  });

  it("is planned as the identity of journal or command, and never as empty in another account", async () => {
    const { accessKeyId, secretAccessKey, sessionToken } = (await clientIn(bare.endpoint, "111111111111")).credentials;
    const roleArn = roleIn("123456789012", "deployer");
    const elsewhere = [
      "env",
      `AWS_ACCESS_KEY_ID=${accessKeyId}`,
      `AWS_SECRET_ACCESS_KEY=${secretAccessKey}`,
      `AWS_SESSION_TOKEN=${sessionToken}`,
      "node",
      "cli/pilot.mjs",
      "destroy-plan",
      "s3://bare-state",
      "k1.bare.internal",
    ];
    const refused =
      /k1\.bare\.internal cannot be worked on with these credentials.*\n.*account 123456789012 by its journal.*account 111111111111.*\n.*--assume-role ARN/;
    expect((await bare.localFails(...elsewhere)).output).to.match(refused);
    const found = /A destroy of k1\.bare\.internal deletes \d\d+ cloud resources[^]*of Service shop\/plain/;
    expect((await bare.local(...elsewhere, "--assume-role", roleArn)).output).to.match(found);
    await bare.declare({
      k1: args({ deletionProtection: false, assumeRole: { roleArn }, deletion: { workloadResources: "delete" } }),
    });
    await bare.up();
    expect((await bare.local(...elsewhere)).output).to.match(found);
    expect((await bare.localFails(...elsewhere, "--as-shell")).output).to.match(refused);
  });

  it("ignores PodDisruptionBudgets, archives what a restore needs, and leaves network and tags as found", async () => {
    await bare.write("workload.yaml", workload);
    await bare.kubectl("k1", "apply", "-f", join(bare.folder, "workload.yaml"));
    const backup = "k1.bare.internal/backups/etcd/main/2026-11-21T09:00:00Z-000001";
    for (const name of ["etcd.backup.gz", "_etcd_backup.meta"])
      await s3.send(new PutObjectCommand({ Bucket: "bare-state", Key: `${backup}/${name}`, Body: name }));
    const state = await bare.local("sh", "-c", "pulumi stack export --stack sbx > state.json");
    expect(state.exitCode).to.equal(0);
    const tagged = await tags();
    expect(tagged.join("\n")).to.contain("kubernetes.io/cluster/k1.bare.internal=shared");

    const gone = await bare.destroy();
    expect(gone.output).to.contain("etcd backups: main 2026-11-21T09:00:00Z-000001, events has none yet");
    const [zone] = bare.infrastructure.zones;
    expect(await tags()).to.deep.equal([
      `${zone?.privateSubnetId ?? ""} SubnetType=edge`,
      `${zone?.privateSubnetId ?? ""} team=x`,
    ]);
    expect(gone.output).to.contain("deleted load balancer k8s-shop-web");
    expect((await classic.send(new DescribeClassicCommand({}))).LoadBalancerDescriptions).to.deep.equal([]);
    const left = Object.keys(await inventory(bare.endpoint));
    expect(left).to.have.members(["vpcs", "subnets", "routeTables", "internetGateways", "securityGroups", "buckets"]);
    const kept = await stored();
    expect(kept.filter((key) => !/^_pilot\/k1\.bare\.internal\/(archive|history)\//.test(key))).to.deep.equal([]);
    expect(kept.join("\n"))
      .to.contain(`objects/${backup}/etcd.backup.gz`)
      .and.to.contain("pki/private/kubernetes-ca/keyset.yaml")
      .and.to.contain("objects/k1.bare.internal/config");

    // The same as after a run that deleted everything but could not save Pulumi's state.
    await bare.local("pulumi", "stack", "import", "--stack", "sbx", "--file", join(bare.folder, "state.json"));
    expect((await bare.destroy()).output).to.contain("the cluster is deleted");
    const listed = await bare.npm("run", "local", "--", "node", "cli/pilot.mjs", "archive", "s3://bare-state");
    expect(listed.output).to.match(/k1\.bare\.internal: deleted \S+, kept until/);
  });

  it("keeps nothing with `deletion.retain: 0s`, and removes expired archives that it can read", async () => {
    const archives = async (): Promise<string[]> =>
      [...new Set((await stored()).flatMap((key) => /^_pilot\/([^/]+)\/archive\//.exec(key)?.[1] ?? []))].sort();
    const named = (name: string, retain: string): BareArgs =>
      bareArgs(name, bare.infrastructure, "nodeGroups: { nodes: { machineType: t3.large, count: 1 } }", {
        deletion: { retain },
      });
    await bare.declare({ k2: named("k2", "1h"), k3: named("k3", "0s") });
    await bare.up();
    await bare.declare({ k3: named("k3", "0s") });
    await bare.up();
    expect(await archives()).to.deep.equal(["k1.bare.internal", "k2.bare.internal"]);
    // An hour later.
    const Key = (await stored()).find((key) => /^_pilot\/k2\..*\/archive\.json$/.test(key));
    const archive = JSON.parse(
      (await (await s3.send(new GetObjectCommand({ Bucket: "bare-state", Key }))).Body?.transformToString()) ?? "",
    ) as { until: string };
    await s3.send(
      new PutObjectCommand({
        Bucket: "bare-state",
        Key,
        Body: JSON.stringify({ ...archive, until: new Date(Date.now() - 1000).toISOString() }),
      }),
    );
    // One is of a cluster in another account, one of a program version with another format.
    const others = ["denied.other.internal", "strange.other.internal"];
    for (const name of others)
      await s3.send(
        new PutObjectCommand({ Bucket: "bare-state", Key: `_pilot/${name}/archive/x/archive.json`, Body: "{}" }),
      );
    const faults = await faultsOf(bare.endpoint);
    await faults.add({
      service: "s3",
      action: "GetObject",
      path: "/_pilot/denied\\.",
      status: 403,
      code: "AccessDenied",
      message: "Access Denied",
    });
    const gone = await bare.destroy();
    await faults.clear();
    expect(gone.output).to.contain("nothing of the cluster is kept: deletion.retain is 0s");
    expect(gone.output).to.match(
      /passed over archives that cannot be read: s3:\/\/bare-state\/_pilot\/denied\.other\.internal\/archive\/x\/ \(Access Denied\), s3:\/\/bare-state\/_pilot\/strange/,
    );
    expect(await archives()).to.have.members([...others, "k1.bare.internal"]);
    expect(await stored()).not.to.include("_pilot/k3.bare.internal/journal.json");
  });
});
