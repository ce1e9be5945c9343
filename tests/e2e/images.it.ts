import { join } from "node:path";
import { CreateManagedPrefixListCommand, EC2Client } from "@aws-sdk/client-ec2";
import { GetObjectCommand, S3Client } from "@aws-sdk/client-s3";
import { expect } from "chai";
import { bareArgs, clientOf, done, makeBareCheckout, unchanged } from "./bare/index.ts";
import type { BareArgs, BareCheckout } from "./bare/index.ts";

const imageOfDay = (architecture: string, day: string): string =>
  `099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-${architecture}-server-${day}`;
const first = "20251212";
const second = "20260115";

const channelOf = (day: string): string =>
  `spec:\n  images:\n${["amd64", "arm64"]
    .map(
      (architecture) =>
        `    - { name: "${imageOfDay(architecture, day)}", providerID: aws, architectureID: ${architecture}, ` +
        'kubernetesVersion: ">=1.30.0" }\n',
    )
    .join("")}`;

describe("a group without an image", function () {
  this.timeout(5 * 60_000);
  let bare: BareCheckout;
  let prefixList: string;

  before(async () => {
    bare = await makeBareCheckout();
    const list = { PrefixListName: "offices", MaxEntries: 3, AddressFamily: "IPv4" };
    const { PrefixList } = await new EC2Client(clientOf(bare.endpoint)).send(new CreateManagedPrefixListCommand(list));
    prefixList = PrefixList?.PrefixListId ?? "";
  });
  after(() => bare.remove());

  const args = (machineType: string, changes: Partial<BareArgs> = {}): BareArgs => {
    const made = bareArgs(
      "k1",
      bare.infrastructure,
      `{ apiAccess: [10.20.0.0/16, ${prefixList}], nodeGroups: { nodes: { machineType: ${machineType}, count: 1 } } }`,
      changes,
    );
    return {
      ...made,
      instanceGroups: Object.fromEntries(
        Object.entries(made.instanceGroups).map(([name, group]) => [name, { ...group, image: "" }]),
      ),
      cluster: { ...made.cluster, channel: `file://${join(bare.folder, "channel")}` },
    };
  };
  const images = async (): Promise<(string | undefined)[]> => {
    const s3 = new S3Client({ ...clientOf(bare.endpoint), forcePathStyle: true });
    return await Promise.all(
      ["nodes", "control-plane-ap-southeast-2a"].map(async (group) => {
        const Key = `k1.bare.internal/instancegroup/${group}`;
        const { Body } = await s3.send(new GetObjectCommand({ Bucket: "bare-state", Key }));
        return /^ {2}image: (.*)$/m.exec((await Body?.transformToString()) ?? "")?.[1];
      }),
    );
  };

  it("gets one of its architecture, beside an API that a prefix list may reach, and nothing changes after", async () => {
    await bare.write("channel", channelOf(first));
    await bare.declare({ k1: args("t3.large") });
    expect((await bare.up()).output).to.contain(done);
    expect(await images()).to.deep.equal([imageOfDay("amd64", first), imageOfDay("amd64", first)]);
    await bare.declare({ k1: args("t3.large", { validation: { interval: "2s" } }) });
    expect((await bare.preview()).output).not.to.match(/plan: (create|modify)/);
  });

  it("gets another one, in the preview too, with a machine type of another architecture", async () => {
    await bare.declare({ k1: args("t4g.large") });
    expect((await bare.preview()).output)
      .to.contain("plan: roll 1. nodes")
      .and.to.contain(imageOfDay("arm64", first))
      .and.to.contain(
        "another architecture: nodes: x86_64 → arm64 (t3.large → t4g.large); the images of its containers",
      );
    expect((await bare.up()).output).to.contain(done);
    expect(await images()).to.deep.equal([imageOfDay("arm64", first), imageOfDay("amd64", first)]);
    expect((await bare.up()).output).to.match(unchanged);
  });

  it("alone takes the channel's new image if allow names it", async () => {
    await bare.write("channel", channelOf(second));
    expect((await bare.up()).output).to.match(unchanged);
    await bare.declare({ k1: args("t4g.large", { allow: ["image:nodes"] }) });
    const { output } = await bare.up();
    expect(output).to.contain(done);
    expect(await images()).to.deep.equal([imageOfDay("arm64", second), imageOfDay("amd64", first)]);
  });
});
