import { expect } from "chai";
import type { Props } from "../../../local/plugins/protocol/values.ts";
import { endStates, keepStates } from "../aws/keep-states.ts";
import { environment, region, startAws, startPlugin, type AwsServer, type Plugin } from "./aws-harness.ts";

describe("the stand-in for the AWS plugin", function () {
  this.timeout(120_000);
  let aws: AwsServer;
  let plugin: Plugin;
  let vpc: string;
  let subnet: string;
  let address: string;

  const make = async (type: string, inputs: Props): Promise<string> =>
    (await plugin.client.create(type, "trial", inputs)).id;

  before(async () => {
    aws = await startAws();
    plugin = await startPlugin(environment(aws.endpoint));
    vpc = await make("aws:ec2/vpc:Vpc", { cidrBlock: "10.7.0.0/16", enableDnsHostnames: true });
    subnet = await make("aws:ec2/subnet:Subnet", { vpcId: vpc, cidrBlock: "10.7.0.0/24" });
    address = await make("aws:ec2/eip:Eip", { domain: "vpc" });
  });
  after(async () => {
    plugin.stop();
    await aws.stop();
  });

  /** The work does not end before AWS's states end. */
  const outlasts = async <T>(work: Promise<T>): Promise<T> => {
    let ended = false;
    const noted = work.finally(() => (ended = true));
    // Longer than the plugin waits between two looks.
    await Promise.race([noted, new Promise((resolve) => setTimeout(resolve, 700))]);
    expect(ended).to.equal(false);
    await endStates(aws.endpoint);
    return await noted;
  };

  for (const [what, kind, type, inputs] of [
    [
      "a NAT gateway",
      "nat-gateways",
      "aws:ec2/natGateway:NatGateway",
      () => ({ subnetId: subnet, allocationId: address }),
    ],
    [
      "an interface endpoint",
      "vpc-endpoints",
      "aws:ec2/vpcEndpoint:VpcEndpoint",
      () => ({
        vpcId: vpc,
        serviceName: `com.amazonaws.${region}.ec2`,
        vpcEndpointType: "Interface",
        subnetIds: [subnet],
      }),
    ],
  ] as const) {
    it(`waits until ${what} is available, and until it is gone`, async () => {
      await keepStates(aws.endpoint, kind);
      const { id, outputs } = await outlasts(plugin.client.create(type, "trial", inputs()));
      await keepStates(aws.endpoint, kind);
      await outlasts(plugin.client.delete(type, "trial", id, outputs));
    });
  }
});
