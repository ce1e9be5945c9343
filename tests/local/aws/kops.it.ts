import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { dump } from "js-yaml";
import { DescribeAutoScalingGroupsCommand } from "@aws-sdk/client-auto-scaling";
import {
  DescribeAddressesCommand,
  DescribeDhcpOptionsCommand,
  DescribeInstancesCommand,
  DescribeInternetGatewaysCommand,
  DescribeKeyPairsCommand,
  DescribeLaunchTemplatesCommand,
  DescribeNatGatewaysCommand,
  DescribeNetworkInterfacesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
} from "@aws-sdk/client-ec2";
import {
  DescribeLoadBalancersCommand,
  DescribeTargetGroupsCommand,
  DescribeTargetHealthCommand,
} from "@aws-sdk/client-elastic-load-balancing-v2";
import { ListRulesCommand } from "@aws-sdk/client-eventbridge";
import { ListInstanceProfilesCommand, ListOpenIDConnectProvidersCommand, ListRolesCommand } from "@aws-sdk/client-iam";
import { CreateHostedZoneCommand, ListResourceRecordSetsCommand } from "@aws-sdk/client-route-53";
import { CreateBucketCommand, ListObjectsV2Command, PutBucketPolicyCommand } from "@aws-sdk/client-s3";
import { ListQueuesCommand } from "@aws-sdk/client-sqs";
import { discoveryPolicy } from "../../../components/state-store/policies.ts";
import { localEnvironment } from "../../../local/workspace/environment.ts";
import { layoutOf } from "../../../local/base/layout.ts";
import { toolContext } from "../../../local/tools/context.ts";
import { ensureKops, pinnedKops } from "../../../local/tools/kops.ts";
import { clientsOf, given, imageName, openBucket, imageOwner, region, zones, type Clients } from "./clients.ts";
import { createNetwork, groupNamed, openNetwork } from "./network.ts";
import { keepNeeded, neededOn, sessionOf } from "./pipeline-roles.ts";
import { errorsOf, startAws, type Aws } from "./server.ts";

const noChanges = "No changes need to be applied";

/** Subnets of the manifest: one private and one utility subnet in each zone. */
interface SubnetIds {
  readonly private: readonly string[];
  readonly utility: readonly string[];
}

interface Wish {
  readonly name: string;
  readonly workerType: string;
  readonly cidr: string;
  /** The network for the cluster; kOps creates one if this is undefined. */
  readonly shared?: { readonly vpcId: string; readonly subnets: SubnetIds };
  readonly dnsZone?: string;
}

/** A highly available private cluster: three control planes in three zones, one group of three workers, Cilium. */
function manifestOf(wish: Wish): string {
  const { name, shared } = wish;
  const prefix = wish.cidr.split(".").slice(0, 2).join(".");
  const subnets = (type: "Private" | "Utility", offset: number, ids?: readonly string[]) =>
    zones.map((zone, index) => ({
      name: type === "Private" ? zone : `utility-${zone}`,
      zone,
      type,
      cidr: `${prefix}.${offset + index}.0/24`,
      ...(ids ? { id: given(ids[index]) } : {}),
    }));
  const etcdMembers = zones.map((zone) => ({
    name: zone.slice(-1),
    instanceGroup: `control-plane-${zone}`,
    encryptedVolume: true,
  }));
  const cluster = {
    apiVersion: "kops.k8s.io/v1alpha2",
    kind: "Cluster",
    metadata: { name },
    spec: {
      api: { loadBalancer: { class: "Network", type: "Internal" } },
      authorization: { rbac: {} },
      channel: "none",
      cloudProvider: "aws",
      configBase: `s3://state/${name}`,
      ...(wish.dnsZone ? { dnsZone: wish.dnsZone } : {}),
      etcdClusters: ["main", "events"].map((kind) => ({ name: kind, etcdMembers })),
      iam: { allowContainerRegistry: true, legacy: false, useServiceAccountExternalPermissions: true },
      kubelet: { anonymousAuth: false },
      kubeProxy: { enabled: false },
      kubernetesApiAccess: [wish.cidr],
      kubernetesVersion: "1.34.3",
      networkCIDR: wish.cidr,
      ...(shared ? { networkID: shared.vpcId } : {}),
      networking: { cilium: { enableNodePort: true } },
      nonMasqueradeCIDR: "100.64.0.0/10",
      serviceAccountIssuerDiscovery: { discoveryStore: `s3://oidc/${name}`, enableAWSOIDCProvider: true },
      sshAccess: [wish.cidr],
      subnets: [...subnets("Private", 0, shared?.subnets.private), ...subnets("Utility", 100, shared?.subnets.utility)],
      topology: { dns: { type: wish.dnsZone ? "Private" : "None" } },
    },
  };
  const group = (
    groupName: string,
    role: string,
    size: number,
    machineType: string,
    groupSubnets: readonly string[],
  ) => ({
    apiVersion: "kops.k8s.io/v1alpha2",
    kind: "InstanceGroup",
    metadata: { name: groupName, labels: { "kops.k8s.io/cluster": name } },
    spec: {
      image: `${imageOwner}/${imageName}`,
      machineType,
      minSize: size,
      maxSize: size,
      role,
      subnets: groupSubnets,
    },
  });
  const groups = [
    ...zones.map((zone) => group(`control-plane-${zone}`, "Master", 1, "t3.medium", [zone])),
    group("nodes", "Node", 3, wish.workerType, zones),
  ];
  return [cluster, ...groups].map((one) => dump(one)).join("---\n");
}

describe("real kOps on the local cloud's AWS server, under the roles of a pipeline", function () {
  this.timeout(900_000);
  let aws: Aws;
  let clients: Clients;
  let dir: string;
  let kops: string;
  let env: NodeJS.ProcessEnv;
  /** Credentials of the pipeline's roles: AWS denies what their policies do not allow. */
  const sessions: Partial<Record<"preview" | "up", NodeJS.ProcessEnv>> = {};

  before(async () => {
    const root = join(import.meta.dirname, "..", "..", "..");
    kops = await ensureKops(
      toolContext(layoutOf(root), () => undefined),
      pinnedKops,
    );
    dir = await mkdtemp(join(tmpdir(), "pilot-kops-"));
    aws = await startAws();
    clients = clientsOf(aws.endpoint);
    env = {
      ...localEnvironment(layoutOf(root, { ...process.env, PILOT_LOCAL_DIR: dir }), {
        endpoint: aws.endpoint,
        clusters: [],
      }),
      KOPS_STATE_STORE: "s3://state",
    };
    for (const bucket of ["state", "oidc"]) {
      await clients.s3.send(
        new CreateBucketCommand({ Bucket: bucket, CreateBucketConfiguration: { LocationConstraint: region } }),
      );
    }
    // As Pilot makes it: kOps then sets no ACL on the documents.
    const bucketArn = "arn:aws:s3:::oidc";
    const Policy = JSON.stringify(discoveryPolicy({ id: "kops", bucketArn, partition: "aws", reader: "public" }));
    await openBucket(clients.s3, "oidc");
    await clients.s3.send(new PutBucketPolicyCommand({ Bucket: "oidc", Policy }));
    for (const role of ["preview", "up"] as const)
      sessions[role] = await sessionOf(aws.endpoint, role, {
        ...{ partition: "aws", region, regions: [region], account: "123456789012", stack: "sbx", path: "/pilot/" },
        ...{ stateBucket: "state", discoveryBucket: "oidc", logBucket: "logs", storeRegions: [region] },
        ...{ clusters: ["*.example.test"], records: ["*.example.test"] },
      });
  });
  after(async () => {
    await keepNeeded(await neededOn(aws.endpoint));
    await aws.stop();
    await rm(dir, { recursive: true, force: true });
  });
  afterEach(async () => {
    expect(await errorsOf(aws), "requests the AWS server failed at").to.deep.equal([]);
  });

  /** kOps with a time limit: a wait of minutes here would never end. */
  const run = (...args: string[]): Promise<string> => runAs("up", ...args);
  async function runAs(role: "preview" | "up", ...args: string[]): Promise<string> {
    const { stdout, stderr } = await execa(kops, args, {
      env: { ...env, ...sessions[role] },
      extendEnv: false,
      cwd: dir,
      timeout: 150_000,
      cleanup: true,
    });
    return `${stdout}\n${stderr}`;
  }

  async function write(wish: Wish, verb: "create" | "replace"): Promise<void> {
    const file = join(dir, `${wish.name}.yaml`);
    await writeFile(file, manifestOf(wish));
    await run(verb, "-f", file);
  }

  const apply = (name: string) => run("update", "cluster", name, "--yes", "--create-kube-config=false");
  const dryRun = (name: string) => runAs("preview", "update", "cluster", name, "--create-kube-config=false");

  async function define(wish: Wish): Promise<void> {
    await write(wish, "create");
    const key = join(dir, "key.pub");
    // An ED25519 public key whose private half was thrown away.
    await writeFile(key, "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHCJHDV1XwsbyMTHlxCxX2yixjvFgjsueqQ8U6NfzCfg\n");
    await run("create", "sshpublickey", wish.name, "-i", key);
  }

  async function create(wish: Wish): Promise<void> {
    await define(wish);
    await apply(wish.name);
  }

  /** What exists in the account, by kind, without AWS's defaults and deleted objects that AWS still lists. */
  async function inventory(): Promise<Record<string, (string | undefined)[]>> {
    const { autoScaling, ec2, elb, eventBridge, iam, s3, sqs } = clients;
    const reservations = (await ec2.send(new DescribeInstancesCommand({}))).Reservations ?? [];
    const objects = async (Bucket: string) =>
      ((await s3.send(new ListObjectsV2Command({ Bucket }))).Contents ?? []).map((one) => one.Key);
    const content = {
      instances: reservations
        .flatMap((one) => one.Instances ?? [])
        .filter((one) => one.State?.Name !== "terminated")
        .map((one) => one.InstanceId),
      volumes: (await ec2.send(new DescribeVolumesCommand({}))).Volumes?.map((one) => one.VolumeId),
      groups: (await autoScaling.send(new DescribeAutoScalingGroupsCommand({}))).AutoScalingGroups?.map(
        (one) => one.AutoScalingGroupName,
      ),
      templates: (await ec2.send(new DescribeLaunchTemplatesCommand({}))).LaunchTemplates?.map(
        (one) => one.LaunchTemplateName,
      ),
      balancers: (await elb.send(new DescribeLoadBalancersCommand({}))).LoadBalancers?.map(
        (one) => one.LoadBalancerName,
      ),
      targets: (await elb.send(new DescribeTargetGroupsCommand({}))).TargetGroups?.map((one) => one.TargetGroupName),
      roles: (await iam.send(new ListRolesCommand({}))).Roles?.map((one) => one.RoleName),
      profiles: (await iam.send(new ListInstanceProfilesCommand({}))).InstanceProfiles?.map(
        (one) => one.InstanceProfileName,
      ),
      providers: (await iam.send(new ListOpenIDConnectProvidersCommand({}))).OpenIDConnectProviderList?.map(
        (one) => one.Arn,
      ),
      securityGroups: (await ec2.send(new DescribeSecurityGroupsCommand({}))).SecurityGroups?.filter(
        (one) => one.GroupName !== "default",
      ).map((one) => one.GroupName),
      interfaces: (await ec2.send(new DescribeNetworkInterfacesCommand({}))).NetworkInterfaces?.map(
        (one) => one.NetworkInterfaceId,
      ),
      addresses: (await ec2.send(new DescribeAddressesCommand({}))).Addresses?.map((one) => one.AllocationId),
      nats: (await ec2.send(new DescribeNatGatewaysCommand({}))).NatGateways?.filter(
        (one) => one.State !== "deleted",
      ).map((one) => one.NatGatewayId),
      internetGateways: (await ec2.send(new DescribeInternetGatewaysCommand({}))).InternetGateways?.map(
        (one) => one.InternetGatewayId,
      ),
      dhcpOptions: (await ec2.send(new DescribeDhcpOptionsCommand({}))).DhcpOptions?.map((one) => one.DhcpOptionsId),
      vpcs: (await ec2.send(new DescribeVpcsCommand({}))).Vpcs?.filter((one) => !one.IsDefault).map((one) => one.VpcId),
      keys: (await ec2.send(new DescribeKeyPairsCommand({}))).KeyPairs?.map((one) => one.KeyName),
      queues: (await sqs.send(new ListQueuesCommand({}))).QueueUrls,
      rules: (await eventBridge.send(new ListRulesCommand({}))).Rules?.map((one) => one.Name),
      state: await objects("state"),
      oidc: await objects("oidc"),
    };
    return Object.fromEntries(Object.entries(content).map(([kind, found]) => [kind, (found ?? []).sort()]));
  }

  it("creates a cluster in an existing network, changes its workers' type, and leaves only the network", async () => {
    const network = await createNetwork(clients, "10.40");
    const utility = await openNetwork(clients, network.vpcId, "10.40");
    const zone = await clients.route53.send(
      new CreateHostedZoneCommand({
        Name: "sbx.example.test",
        CallerReference: "kops",
        VPC: { VPCId: network.vpcId, VPCRegion: region },
        HostedZoneConfig: { PrivateZone: true, Comment: "" },
      }),
    );
    const zoneId = given(zone.HostedZone?.Id).replace("/hostedzone/", "");
    const records = async () =>
      (await clients.route53.send(new ListResourceRecordSetsCommand({ HostedZoneId: zoneId }))).ResourceRecordSets?.map(
        (one) => `${given(one.Name)} ${given(one.Type)}`,
      );
    const before = { ...(await inventory()), records: await records() };

    const wish: Wish = {
      name: "k1.sbx.example.test",
      workerType: "t3.medium",
      cidr: "10.40.0.0/16",
      shared: { vpcId: network.vpcId, subnets: { private: network.subnetIds, utility } },
      dnsZone: zoneId,
    };
    await create(wish);
    expect(await dryRun(wish.name), "a second run").to.include(noChanges);
    expect(await records()).to.include("api.k1.sbx.example.test. A");

    const groupName = "nodes.k1.sbx.example.test";
    const launched = (await groupNamed(clients, groupName)).Instances ?? [];
    expect(launched.map((one) => one.AvailabilityZone).sort()).to.deep.equal(zones);
    const targets = (await clients.elb.send(new DescribeTargetGroupsCommand({}))).TargetGroups ?? [];
    const api = given(targets.find((one) => given(one.TargetGroupName).startsWith("tcp-")));
    const health = await clients.elb.send(
      new DescribeTargetHealthCommand({ TargetGroupArn: given(api.TargetGroupArn) }),
    );
    expect(health.TargetHealthDescriptions, "control planes behind the load balancer").to.have.length(3);

    await write({ ...wish, workerType: "t3.large" }, "replace");
    expect(await dryRun(wish.name)).to.match(
      /LaunchTemplate\/nodes\.k1[^\n]*\n\s+InstanceType\s+t3\.medium -> t3\.large/,
    );
    await apply(wish.name);
    expect(await dryRun(wish.name), "a run after the change").to.include(noChanges);
    const waiting = (await groupNamed(clients, groupName)).Instances ?? [];
    expect(waiting.map((one) => [one.InstanceId, one.LaunchTemplate?.Version])).to.deep.equal(
      launched.map((one) => [one.InstanceId, "1"]),
    );
    const templates = await clients.ec2.send(new DescribeLaunchTemplatesCommand({ LaunchTemplateNames: [groupName] }));
    expect(templates.LaunchTemplates?.[0]?.LatestVersionNumber, "what kOps compares the instances with").to.equal(2);

    await run("delete", "cluster", wish.name, "--yes");
    expect({ ...(await inventory()), records: await records() }).to.deep.equal(before);
  });

  it("creates a cluster with its own network and no DNS, and leaves nothing", async () => {
    const before = await inventory();
    const wish: Wish = { name: "k2.example.test", workerType: "m3.medium", cidr: "10.50.0.0/16" };
    await create(wish);
    expect(await dryRun(wish.name), "a second run").to.include(noChanges);
    expect((await inventory())["nats"]).to.have.length((before["nats"]?.length ?? 0) + 3);
    await run("delete", "cluster", wish.name, "--yes");
    expect(await inventory()).to.deep.equal(before);
  });

  it("previews a cluster that does not exist yet", async () => {
    const wish: Wish = { name: "k3.example.test", workerType: "t3.medium", cidr: "10.60.0.0/16" };
    await define(wish);
    const before = await inventory();
    expect(await dryRun(wish.name))
      .to.include("Will create resources")
      .and.include("AutoscalingGroup/nodes.k3.example.test");
    expect(await inventory()).to.deep.equal(before);
  });
});
