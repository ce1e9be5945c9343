import * as aws from "@pulumi/aws";
import { expect } from "chai";
import { VpcPeering, type VpcPeeringArgs } from "../../../components/network/index.ts";
import type { PeerRequest } from "../../../components/network/peers.ts";
import { ofType, record } from "../mocks.ts";

const shared: PeerRequest = { vpcId: "vpc-2", cidrs: ["10.30.0.0/16", "10.31.0.0/16"], routeTableIds: ["rtb-1"] };

const args = (peer: Partial<PeerRequest> = {}): VpcPeeringArgs => ({
  vpcId: "vpc-1",
  vpcCidr: "10.20.0.0/16",
  region: "ap-southeast-2",
  routeTables: { utility: "rtb-u", "private-a": "rtb-a" },
  peer: { ...shared, ...peer },
  tags: { environment: "test" },
});

const peering = (peer: Partial<PeerRequest> = {}) => record(() => new VpcPeering("p", args(peer)));
const connectionType = "aws:ec2/vpcPeeringConnection:VpcPeeringConnection";
const accepterType = "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter";

describe("VpcPeering", () => {
  it("is accepted automatically within an account and region", async () => {
    const { resources } = await peering();
    expect(ofType(resources, connectionType)["p"]?.inputs).to.deep.equal({
      vpcId: "vpc-1",
      peerVpcId: "vpc-2",
      autoAccept: true,
      tags: { Name: "p", environment: "test" },
    });
    expect(ofType(resources, accepterType)).to.be.empty;
  });

  it("adds a route to every table of this side for each range of the other, and the reverse", async () => {
    const { resources } = await peering();
    const routes = Object.values(ofType(resources, "aws:ec2/route:Route"));
    expect(
      routes.map(({ name, inputs }) => [name, inputs["routeTableId"], inputs["destinationCidrBlock"]]),
    ).to.have.deep.members([
      ["p-utility-10.30.0.0/16", "rtb-u", "10.30.0.0/16"],
      ["p-utility-10.31.0.0/16", "rtb-u", "10.31.0.0/16"],
      ["p-private-a-10.30.0.0/16", "rtb-a", "10.30.0.0/16"],
      ["p-private-a-10.31.0.0/16", "rtb-a", "10.31.0.0/16"],
      ["p-back-rtb-1", "rtb-1", "10.20.0.0/16"],
    ]);
    for (const { name, inputs, parent } of routes) {
      expect(inputs["vpcPeeringConnectionId"], name).to.equal("p-id");
      expect(parent, name).to.equal("pilot:network:VpcPeering::p");
    }
  });

  it("adds return routes for further ranges of this side, without changing the first range's routes", async () => {
    const [before, after] = [
      await peering(),
      await record(() => new VpcPeering("p", { ...args(), secondaryCidrs: ["10.21.0.0/20"] })),
    ];
    const back = ({ resources }: typeof before) =>
      Object.values(ofType(resources, "aws:ec2/route:Route")).flatMap(({ name, inputs }) =>
        name.includes("back") ? [[name, inputs["routeTableId"], inputs["destinationCidrBlock"]]] : [],
      );
    expect(back(after)).to.have.deep.members([...back(before), ["p-back-rtb-1-10.21.0.0/20", "rtb-1", "10.21.0.0/20"]]);
  });

  it("leaves the other side's routes to the other side if no tables are given", async () => {
    const { resources } = await peering({ routeTableIds: [] });
    expect(Object.keys(ofType(resources, "aws:ec2/route:Route")).filter((name) => name.includes("back"))).to.be.empty;
  });

  it("is accepted and routed in the other region before packets are sent", async () => {
    const { resources } = await peering({ region: "ap-southeast-1" });
    const connection = ofType(resources, connectionType)["p"]?.inputs;
    expect(connection)
      .to.include({ peerRegion: "ap-southeast-1" })
      .and.not.to.have.any.keys("autoAccept", "peerOwnerId");
    expect(ofType(resources, accepterType)["p"]?.inputs).to.include({
      region: "ap-southeast-1",
      vpcPeeringConnectionId: "p-id",
      autoAccept: true,
    });
    const routes = ofType(resources, "aws:ec2/route:Route");
    expect(routes["p-back-rtb-1"]?.inputs["region"]).to.equal("ap-southeast-1");
    expect(routes["p-utility-10.30.0.0/16"]?.inputs).not.to.have.property("region");
    for (const { dependencies } of Object.values(routes)) expect(dependencies).to.include(`${accepterType}::p`);
  });

  it("is accepted and routed in another account by a role there, and requested with own access", async () => {
    const roleArn = "arn:aws:iam::210987654321:role/peering";
    const { resources } = await peering({ accountId: "210987654321", roleArn });
    expect(ofType(resources, connectionType)["p"]?.inputs).to.include({ peerOwnerId: "210987654321" });
    const provider = ofType(resources, "pulumi:providers:aws")["p"]?.inputs;
    expect(provider?.["region"]).to.equal("ap-southeast-2");
    expect(JSON.parse(String(provider?.["assumeRoles"]))).to.deep.equal([{ roleArn, sessionName: "pilot-peering" }]);
    const byRole = resources
      .filter((resource) => resource.provider === "p")
      .map(({ type, name }) => `${type}::${name}`);
    expect(byRole).to.have.members([`${accepterType}::p`, "aws:ec2/route:Route::p-back-rtb-1"]);
  });

  it("waits for someone in the other account to accept if no role is given", async () => {
    const { resources } = await peering({ accountId: "210987654321", routeTableIds: [] });
    expect(ofType(resources, accepterType)).to.be.empty;
    expect(ofType(resources, connectionType)["p"]?.inputs).not.to.have.property("autoAccept");
    expect(Object.keys(ofType(resources, "aws:ec2/route:Route"))).to.have.length(4);
  });

  it("uses a provider for the other side that the program already has", async () => {
    const { resources } = await record(
      () =>
        new VpcPeering("p", {
          ...args({ accountId: "210987654321" }),
          peerProvider: new aws.Provider("theirs", { region: "ap-southeast-2" }),
        }),
    );
    expect(Object.keys(ofType(resources, "pulumi:providers:aws"))).to.deep.equal(["theirs"]);
    expect(ofType(resources, accepterType)["p"]?.provider).to.equal("theirs");
  });
});
