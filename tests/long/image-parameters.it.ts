import { DescribeInstancesCommand, EC2Client } from "@aws-sdk/client-ec2";
import { PutParameterCommand, SSMClient } from "@aws-sdk/client-ssm";
import { expect } from "chai";
import { desiredSpec, manifestOf } from "../../providers/kops/model/spec.ts";
import { until } from "../local/cloud/bench.ts";
import { bareArgs, clientOf, done, makeBareCheckout, unchanged } from "../e2e/bare/index.ts";
import type { BareArgs, BareCheckout } from "../e2e/bare/index.ts";

const [older, newer, other] = ["ami-1012387f57079f3f4", "ami-559cd9c56933f97b7", "ami-7ea33c6dd34828a57"] as const;

describe("images from Systems Manager parameters", function () {
  this.timeout(15 * 60_000);
  let bare: BareCheckout;

  const desired = (
    name: string,
    changes: Partial<BareArgs> = {},
    nodes = "t3.large",
    image = "ssm:/team/golden",
  ): BareArgs =>
    bareArgs(
      name,
      bare.infrastructure,
      `{ controlPlane: { count: 1, machineType: t3.medium, image: "ssm:/team/plane" }, nodeGroups: { nodes: { ` +
        `machineType: ${nodes}, count: 1, image: "${image}" } } }`,
      changes,
    );
  const put = async (parameter: string, image: string): Promise<void> => {
    await new SSMClient(clientOf(bare.endpoint)).send(
      new PutParameterCommand({ Name: parameter, Value: image, Type: "String", Overwrite: true }),
    );
  };
  /** Images by group, and ids, of the running instances. */
  const running = async (
    name: string,
  ): Promise<{ images: Record<string, string | undefined>; ids: (string | undefined)[] }> => {
    const { Reservations = [] } = await new EC2Client(clientOf(bare.endpoint)).send(
      new DescribeInstancesCommand({
        Filters: [
          { Name: "tag:KubernetesCluster", Values: [`${name}.bare.internal`] },
          { Name: "instance-state-name", Values: ["running"] },
        ],
      }),
    );
    const all = Reservations.flatMap(({ Instances = [] }) => Instances);
    return {
      images: Object.fromEntries(
        all.map(({ ImageId, Tags = [] }) => [
          (Tags.find(({ Key }) => Key === "kops.k8s.io/instancegroup")?.Value ?? "?").replace(/-ap-.*/, ""),
          ImageId,
        ]),
      ),
      ids: all.map(({ InstanceId }) => InstanceId).sort(),
    };
  };
  const inStore = async (name: string): Promise<string> =>
    (
      await bare.local(
        "kops",
        "get",
        "instancegroups",
        "--name",
        `${name}.bare.internal`,
        "-o",
        "yaml",
        "--state",
        "s3://bare-state",
      )
    ).output;

  before(async () => {
    bare = await makeBareCheckout();
    await put("/team/golden", older);
    await put("/team/plane", other);
    await bare.declare({ k1: desired("k1") });
    expect((await bare.up()).output).to.contain(done);
  });
  after(() => bare.remove());

  it("are recorded as they were when the nodes were made, for each group", async () => {
    expect((await running("k1")).images).to.deep.equal({ "control-plane": other, nodes: older });
    expect(await inStore("k1"))
      .to.contain(`image: ${older}`)
      .and.to.contain(`image: ${other}`)
      .and.to.not.contain("ssm:");
  });

  it("do not follow a moved parameter: a notice, no drift, and no roll, even with another change", async () => {
    const before = await running("k1");
    await put("/team/golden", newer);
    const notice = `image of nodes: ssm:/team/golden moved: ${older} -> ${newer}`;
    for (const { output } of [await bare.preview(), await bare.refresh(), await bare.up()])
      expect(output).to.match(unchanged).and.to.not.contain("drift");
    expect((await bare.preview()).output)
      .to.contain(notice)
      .and.to.contain('allow: ["image"] takes the new one');
    expect((await bare.up()).output).to.contain(notice);
    const sized = desired("k1");
    await bare.declare({
      k1: {
        ...sized,
        instanceGroups: { ...sized.instanceGroups, nodes: { ...sized.instanceGroups["nodes"], maxSize: 3 } },
      },
    });
    const { output } = await bare.up();
    expect(output).to.contain(done).and.to.contain("no node rolls");
    expect(await running("k1")).to.deep.equal(before);
    await bare.declare({ k1: desired("k1") });
    await bare.up();
  });

  it("are updated by `allow`, only in groups whose parameter moved", async () => {
    await bare.declare({ k1: desired("k1", { allow: ["image"] }) });
    const { output } = await bare.preview();
    expect(output)
      .to.contain(`${older} -> ${newer}, which is taken`)
      .and.to.contain("roll 1. nodes")
      .and.to.not.contain("roll 2.");
    expect((await bare.up()).output).to.contain(done);
    expect((await running("k1")).images).to.deep.equal({ "control-plane": other, nodes: newer });
    await bare.declare({ k1: desired("k1") });
    expect((await bare.up()).output).to.not.contain("moved");
    expect((await bare.refresh()).output).to.match(unchanged);
  });

  it("change when a group names another parameter, which rolls it like any change of image", async () => {
    await bare.declare({ k1: desired("k1", {}, "t3.large", "ssm:/team/plane") });
    expect((await bare.preview()).output).to.contain("roll 1. nodes");
    expect((await bare.up()).output).to.contain(done);
    expect((await running("k1")).images).to.deep.equal({ "control-plane": other, nodes: other });
  });

  it("of a cluster that kOps made stay on adoption, even if the parameter moved before", async () => {
    await put("/team/golden", older);
    await bare.write("manifest.yaml", manifestOf(desiredSpec({ ...desired("k2"), owner: "nobody" })));
    await bare.local("kops", "create", "-f", "manifest.yaml", "--state", "s3://bare-state");
    await bare.local(
      "kops",
      "update",
      "cluster",
      "--name",
      "k2.bare.internal",
      "--yes",
      "--create-kube-config=false",
      "--state",
      "s3://bare-state",
    );
    await until(
      "the nodes have joined",
      async () =>
        (await bare.cloud()).clusters.some((one) => one.name === "k2.bare.internal" && one.status === "ready") &&
        (await bare.nodes("k2")).length === 2,
      60,
    );
    await put("/team/golden", newer);
    const before = await running("k2");
    await bare.declare({ k1: desired("k1", {}, "t3.large", "ssm:/team/plane"), k2: desired("k2", { adopt: true }) });
    expect((await bare.preview()).output)
      .to.contain("adopts the cluster")
      .and.to.contain(`moved: ${older} -> ${newer}`)
      .and.to.contain("no node rolls");
    expect((await bare.up()).output).to.contain(done);
    expect((await bare.refresh()).output)
      .to.match(unchanged)
      .and.to.not.contain("drift");
    expect(await running("k2")).to.deep.equal(before);
  });
});
