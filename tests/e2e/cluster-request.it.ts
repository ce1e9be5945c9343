import {
  DescribeAutoScalingGroupsCommand,
  DescribeWarmPoolCommand,
  SetDesiredCapacityCommand,
} from "@aws-sdk/client-auto-scaling";
import {
  DescribeInstancesCommand,
  DescribeLaunchTemplateVersionsCommand,
  DescribeVolumesCommand,
} from "@aws-sdk/client-ec2";
import type { ResponseLaunchTemplateData } from "@aws-sdk/client-ec2";
import { DescribeListenersCommand, DescribeLoadBalancersCommand } from "@aws-sdk/client-elastic-load-balancing-v2";
import { GetRoleCommand, ListAttachedRolePoliciesCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { GetObjectCommand } from "@aws-sdk/client-s3";
import { expect } from "chai";
import yaml from "js-yaml";
import { cloudState } from "../../local/cloud/index.ts";
import { layoutOf } from "../../local/base/layout.ts";
import { requestCertificate } from "../local/aws/certificates.ts";
import { clientsOf } from "../local/aws/clients.ts";
import type { Clients } from "../local/aws/clients.ts";
import { makeCheckout } from "./checkout.ts";
import type { Checkout } from "./checkout.ts";
import { etcdEncryption, everything, inPublic } from "./cluster-request/cluster-files.ts";
import { inventory } from "./inventory.ts";

const flags = ["--stack", "sbx", "--non-interactive"];
const unchanged = /Resources:\s+\d+ unchanged/;
const domain = "sbx.pilot.internal";

describe("clusters from cluster files", function () {
  this.timeout(10 * 60_000);
  let checkout: Checkout;
  let endpoint: string;
  let aws: Clients;
  let first: string;

  before(async () => {
    checkout = await makeCheckout();
    await checkout.local("pulumi", "stack", "select", "--create", "sbx");
    const state = await cloudState(layoutOf(checkout.folder, {}));
    if (!state) throw new Error("the local cloud does not run");
    endpoint = state.endpoint;
    aws = clientsOf(endpoint);
    first = everything(await requestCertificate(endpoint, "api.k1.example.com"));
    await checkout.local(
      "pulumi",
      "config",
      "set",
      "--secret",
      "--path",
      "pilot:clusterSecrets.etcd",
      etcdEncryption,
      "--stack",
      "sbx",
    );
  });
  after(() => checkout.remove());

  const file = (name: string): string => `clusters/sbx/${name}.yaml`;
  const groupsOf = async (cluster: string) => {
    const { AutoScalingGroups: groups = [] } = await aws.autoScaling.send(new DescribeAutoScalingGroupsCommand({}));
    return new Map(
      groups
        .filter(({ AutoScalingGroupName: name = "" }) => name.endsWith(`.${cluster}.${domain}`))
        .map((group) => [(group.AutoScalingGroupName ?? "").replace(`.${cluster}.${domain}`, ""), group]),
    );
  };
  const sizesOf = async (cluster: string): Promise<Record<string, string>> =>
    Object.fromEntries(
      [...(await groupsOf(cluster))].map(([name, { MinSize: min, MaxSize: max, DesiredCapacity: desired }]) => [
        name,
        `${min ?? ""}-${max ?? ""}: ${desired ?? ""}`,
      ]),
    );
  const templateOf = async (group: string): Promise<ResponseLaunchTemplateData> => {
    const { LaunchTemplateVersions: versions } = await aws.ec2.send(
      new DescribeLaunchTemplateVersionsCommand({ LaunchTemplateName: `${group}.k1.${domain}`, Versions: ["$Latest"] }),
    );
    return versions?.[0]?.LaunchTemplateData ?? {};
  };
  const setSize = (cluster: string, group: string, size: number): Promise<unknown> =>
    aws.autoScaling.send(
      new SetDesiredCapacityCommand({ AutoScalingGroupName: `${group}.${cluster}.${domain}`, DesiredCapacity: size }),
    );
  /** The spec that kOps completed; nodes read it from the store. */
  const completed = async (cluster: string): Promise<Record<string, unknown>> => {
    const { output } = await checkout.local("sh", "-c", "echo $KOPS_STATE_STORE");
    const answer = await aws.s3.send(
      new GetObjectCommand({
        Bucket: output.trim().replace("s3://", ""),
        Key: `${cluster}.${domain}/cluster-completed.spec`,
      }),
    );
    return (yaml.load((await answer.Body?.transformToString()) ?? "") as { spec: Record<string, unknown> }).spec;
  };

  it("are refused before anything is made, with every mistake in every file, such as no apiAccess", async () => {
    await checkout.write(
      file("k1"),
      first
        .replace(/^apiAccess: .*\n/m, "")
        .replace("team: platform", "a/b/c: platform")
        .replace("etcd }", "etc }"),
    );
    await checkout.write(
      file("k2"),
      inPublic
        .replace("count: 3", "count: 2")
        .replace("topology: public", "topolgy: public")
        .replace("203.0.113.0/24", "0.0.0.0/0"),
    );
    const { output } = await checkout.localFails("pulumi", "up", ...flags, "--yes");
    expect(output).to.match(
      /clusters\/sbx\/k1\.yaml.*apiAccess.* is missing: a list of CIDRs or prefix lists that may reach the Kubernetes API, or the word anyone/,
    );
    expect(output).to.match(/clusters\/sbx\/k1\.yaml.*nodeGroups\.workers\.labels/);
    expect(output).to.match(/clusters\/sbx\/k2\.yaml.*unknown key "topolgy", did you mean "topology"\?/);
    expect(output).to.match(/clusters\/sbx\/k2\.yaml.*controlPlane\.count.* must be 1, 3 or 5/);
    expect(output).to.match(/clusters\/sbx\/k2\.yaml.*opens the API to the whole world/);
    expect(await inventory(endpoint)).to.deep.equal({});
  });

  it("come up with everything they ask for", async () => {
    await checkout.write(file("k1"), first);
    await checkout.write(file("k2"), inPublic);
    const { output } = await checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview");
    expect(output)
      .to.contain("[k1.sbx] the cluster is up to date")
      .and.to.contain("[k2.sbx] the cluster is up to date");
    expect(await sizesOf("k1")).to.deep.equal({
      "control-plane-ap-southeast-2a.masters": "1-1: 1",
      workers: "1-4: 1",
      "zonal-ap-southeast-2a": "0-2: 0",
      "zonal-ap-southeast-2b": "0-2: 0",
      "zonal-ap-southeast-2c": "0-2: 0",
      gpu: "0-1: 0",
      graviton: "1-1: 1",
      bastions: "1-1: 1",
    });
    expect(Object.values(await sizesOf("k2"))).to.have.members(["1-1: 1", "1-1: 1", "1-1: 1", "1-3: 1"]);
  });

  it("have an API load balancer with certificate on 443 and API server on 8443, internal or public", async () => {
    const { LoadBalancers: balancers = [] } = await aws.elb.send(new DescribeLoadBalancersCommand({}));
    const api = (cluster: string) =>
      balancers.find(({ LoadBalancerName: name = "" }) => name.startsWith(`api-${cluster}`));
    expect([api("k1")?.Scheme, api("k2")?.Scheme]).to.deep.equal(["internal", "internet-facing"]);
    const { Listeners: listeners = [] } = await aws.elb.send(
      new DescribeListenersCommand({ LoadBalancerArn: api("k1")?.LoadBalancerArn }),
    );
    const ports = Object.fromEntries(
      listeners.map(({ Port, Protocol, Certificates }) => [Port ?? 0, [Protocol, Certificates?.length ?? 0]]),
    );
    expect(ports[443]).to.deep.equal(["TLS", 1]);
    expect(ports[8443]?.[0]).to.equal("TCP");
    // Without the listener on 8443, kOps would connect to a port of this machine on which nothing listens.
    expect((await checkout.local("kops", "validate", "cluster", "--name", `k1.${domain}`)).output).to.contain(
      `Your cluster k1.${domain} is ready`,
    );
  });

  it("have IMDSv2, hop limits, encrypted volumes, spot beside on demand, two architectures, a warm pool", async () => {
    const worker = await templateOf("workers");
    expect(worker.MetadataOptions).to.include({ HttpTokens: "required", HttpPutResponseHopLimit: 1 });
    expect(
      (await templateOf("control-plane-ap-southeast-2a.masters")).MetadataOptions?.HttpPutResponseHopLimit,
    ).to.equal(2);
    expect(worker.BlockDeviceMappings?.map(({ Ebs }) => Ebs?.Encrypted)).to.deep.equal([true]);
    const groups = await groupsOf("k1");
    const mix = groups.get("workers")?.MixedInstancesPolicy;
    expect(mix?.InstancesDistribution).to.include({
      OnDemandBaseCapacity: 1,
      OnDemandPercentageAboveBaseCapacity: 0,
      SpotAllocationStrategy: "price-capacity-optimized",
    });
    expect(mix?.LaunchTemplate?.Overrides?.map(({ InstanceType }) => InstanceType)).to.deep.equal([
      "t3.large",
      "t3a.large",
    ]);
    const tagsOf = (group: string): Record<string, string | undefined> =>
      Object.fromEntries((groups.get(group)?.Tags ?? []).map(({ Key = "", Value }) => [Key, Value]));
    expect(tagsOf("zonal-ap-southeast-2b")["k8s.io/cluster-autoscaler/node-template/taint/batch"]).to.equal(
      ":NoSchedule",
    );
    expect(tagsOf("gpu")["k8s.io/cluster-autoscaler/node-template/taint/nvidia.com/gpu"]).to.equal(":NoSchedule");
    expect(groups.get("zonal-ap-southeast-2b")?.AvailabilityZones).to.deep.equal(["ap-southeast-2b"]);
    const { Reservations: reservations = [] } = await aws.ec2.send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: "tag:aws:autoscaling:groupName", Values: [`graviton.k1.${domain}`] },
          { Name: "instance-state-name", Values: ["running"] },
        ],
      }),
    );
    expect(
      reservations.flatMap(({ Instances = [] }) => Instances.map(({ InstanceType }) => InstanceType)),
    ).to.deep.equal(["m7g.large"]);
    const { WarmPoolConfiguration: pool } = await aws.autoScaling.send(
      new DescribeWarmPoolCommand({ AutoScalingGroupName: `nodes.k2.${domain}` }),
    );
    expect(pool?.MinSize).to.equal(1);
  });

  it("have encrypted etcd volumes that carry the tags for backups", async () => {
    const { Volumes: volumes = [] } = await aws.ec2.send(
      new DescribeVolumesCommand({ Filters: [{ Name: "tag:KubernetesCluster", Values: [`k1.${domain}`] }] }),
    );
    const etcd = volumes.filter(({ Tags = [] }) => Tags.some(({ Key = "" }) => Key.startsWith("k8s.io/etcd/")));
    expect(
      etcd.map(({ Size, Encrypted, Tags = [] }) => [Size, Encrypted, Tags.find(({ Key }) => Key === "Backup")?.Value]),
    ).to.deep.equal([
      [30, true, "daily"],
      [30, true, "daily"],
    ]);
    expect(
      (await templateOf("workers")).TagSpecifications?.find(({ ResourceType }) => ResourceType === "volume")?.Tags,
    ).to.deep.include({ Key: "Backup", Value: "daily" });
  });

  it("have roles that trust one service account each, and the policies they ask for", async () => {
    const { Roles: roles = [] } = await aws.iam.send(new ListRolesCommand({}));
    const own = roles.find(({ RoleName: name = "" }) => name.startsWith("writer.data."))?.RoleName ?? "";
    const { Role: role } = await aws.iam.send(new GetRoleCommand({ RoleName: own }));
    const trust = decodeURIComponent(role?.AssumeRolePolicyDocument ?? "");
    expect(trust)
      .to.contain("sts:AssumeRoleWithWebIdentity")
      .and.to.contain(":sub")
      .and.to.contain("system:serviceaccount:data:writer");
    const { AttachedPolicies: attached } = await aws.iam.send(
      new ListAttachedRolePoliciesCommand({ RoleName: `nodes.k1.${domain}` }),
    );
    expect(attached?.map(({ PolicyArn }) => PolicyArn)).to.deep.equal([
      "arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore",
    ]);
  });

  it("have pod and etcd encryption, login, audit and add-ons in the spec that kOps completed", async () => {
    const spec = (await completed("k1")) as {
      networking: { cilium: Record<string, unknown> };
      encryptionConfig: boolean;
      kubeAPIServer: Record<string, unknown>;
      etcdClusters: { manager: Record<string, unknown> }[];
      additionalSANs?: string[];
      additionalSans?: string[];
    } & Record<
      | "metricsServer"
      | "awsLoadBalancerController"
      | "nodeProblemDetector"
      | "clusterAutoscaler"
      | "certManager"
      | "podIdentityWebhook",
      { enabled?: boolean } | undefined
    >;
    expect(spec.networking.cilium).to.include({ enableEncryption: true, encryptionType: "wireguard" });
    expect(spec.encryptionConfig).to.equal(true);
    expect(spec.kubeAPIServer).to.include({
      auditLogMaxAge: 60,
      oidcIssuerURL: "https://id.example.com",
      oidcClientID: "kubernetes",
    });
    expect(
      spec.etcdClusters.map(({ manager }) => [manager["backupInterval"], manager["backupRetentionDays"]]),
    ).to.deep.equal([
      ["30m0s", 30],
      ["30m0s", 30],
    ]);
    for (const addon of [
      "metricsServer",
      "awsLoadBalancerController",
      "nodeProblemDetector",
      "clusterAutoscaler",
      "certManager",
    ] as const)
      expect(spec[addon]?.enabled, addon).to.equal(true);
    expect(((await completed("k2")) as { networking: unknown }).networking).to.have.nested.property(
      "calico.wireguardEnabled",
      true,
    );
  });

  it("are unchanged by a second up and by a refresh", async () => {
    expect((await checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview")).output).to.match(unchanged);
    expect((await checkout.local("pulumi", "refresh", ...flags, "--yes", "--skip-preview")).output).to.match(unchanged);
  });

  it("keep sizes that an autoscaler set within the bounds: no drift, no reset, not even by a change", async () => {
    await setSize("k1", "workers", 3);
    await setSize("k1", "zonal-ap-southeast-2b", 1);
    expect((await checkout.local("pulumi", "preview", ...flags, "--refresh")).output).to.match(unchanged);
    expect((await checkout.local("pulumi", "refresh", ...flags, "--yes", "--skip-preview")).output).to.match(unchanged);
    expect((await checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview")).output).to.match(unchanged);
    await checkout.edit(file("k1"), "    maxSize: 4", "    maxSize: 6");
    const { output } = await checkout.local("pulumi", "up", ...flags, "--yes");
    expect(output).to.contain("no node rolls");
    expect(await sizesOf("k1")).to.include({ workers: "1-6: 3", "zonal-ap-southeast-2b": "0-2: 1" });
  });

  it("can have a group scaled to zero, one added and one removed", async () => {
    await checkout.edit(
      file("k1"),
      "graviton: { machineType: m7g.large, count: 1,",
      "graviton: { machineType: m7g.large, count: 0,",
    );
    await checkout.edit(file("k2"), "  nodes: {", "  more: { machineType: t3.large, count: 1 }\n  nodes: {");
    await checkout.edit(file("k1"), /^ {2}zonal: .*\n/m.exec(first)?.[0] ?? "", "");
    const preview = await checkout.local("pulumi", "preview", ...flags);
    expect(preview.output)
      .to.match(/\[k1\.sbx\] plan: .*zonal-ap-southeast-2b/)
      .and.to.match(/\[k2\.sbx\] plan: create .*more/);
    await checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview");
    expect(await sizesOf("k1"))
      .to.include({ graviton: "0-0: 0" })
      .and.not.to.have.property("zonal-ap-southeast-2b");
    expect(await sizesOf("k2")).to.include({ more: "1-1: 1" });
    expect((await checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview")).output).to.match(unchanged);
  });

  it("can be what `kops create cluster --dry-run` writes, with only the network's ids filled in", async () => {
    const { output } = await checkout.local(
      "kops",
      "create",
      "cluster",
      "--name",
      `k3.${domain}`,
      "--cloud",
      "aws",
      "--zones",
      "ap-southeast-2a",
      "--topology",
      "private",
      "--networking",
      "cilium",
      "--dns",
      "private",
      "--control-plane-size",
      "t3.medium",
      "--node-size",
      "t3.large",
      "--node-count",
      "1",
      "--image",
      "099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251212",
      "--kubernetes-version",
      "1.34.3",
      "--channel",
      "none",
      "--admin-access",
      "10.20.0.0/16",
      "--dry-run",
      "-o",
      "yaml",
    );
    const manifest = output.slice(output.indexOf("apiVersion: kops.k8s.io"));
    await checkout.write("clusters/sbx/kops/k3.yaml", manifest);
    await checkout.write(file("k3"), "manifest: kops/k3.yaml\nkopsVersion: 1.35.0\n");
    await checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview");
    const { vpcId, zones } = JSON.parse(
      (await checkout.local("pulumi", "stack", "output", "network", "--json", "--stack", "sbx")).output,
    ) as { vpcId: string; zones: { privateSubnetId: string; utilitySubnetId: string }[] };
    const written = (
      yaml.load(manifest.split("\n---")[0] ?? "") as {
        spec: { subnets: { name: string; id?: string }[]; networkID?: string };
      }
    ).spec;
    expect([written.networkID, ...written.subnets.map(({ id }) => id)]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
    const made = (await completed("k3")) as { networkID: string; subnets: { type: string; id: string }[] };
    expect(made.networkID).to.equal(vpcId);
    expect(Object.fromEntries(made.subnets.map(({ type, id }) => [type, id]))).to.deep.equal({
      Private: zones[0]?.privateSubnetId,
      Utility: zones[0]?.utilitySubnetId,
    });
    expect((await checkout.local("pulumi", "up", ...flags, "--yes", "--skip-preview")).output).to.match(unchanged);
  });

  it("are destroyed without leftovers", async () => {
    await checkout.local("pulumi", "destroy", ...flags, "--yes", "--skip-preview");
    expect(await inventory(endpoint)).to.deep.equal({});
  });
});
