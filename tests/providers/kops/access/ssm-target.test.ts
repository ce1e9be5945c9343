import { createServer } from "node:http";
import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { expect } from "chai";
import { ssmTargets } from "../../../../providers/kops/access/ssm-target.ts";
import { rejection } from "../../../local/rejection.ts";

const settings = { AWS_ACCESS_KEY_ID: "local", AWS_SECRET_ACCESS_KEY: "local", AWS_EC2_METADATA_DISABLED: "true" };

describe("the instance of an SSM session", () => {
  const identity = { region: "ap-southeast-2" };
  const earlier = { ...process.env };
  let ec2: Server;
  /** Filters of each call, `name=value`, and the instances it is answered with. */
  let asked: string[][];
  let running: (filters: readonly string[]) => string[];

  before(async () => {
    ec2 = createServer((request, response) => {
      void text(request).then((body) => {
        const words = new URLSearchParams(body);
        const filters: string[] = [];
        for (let n = 1; words.has(`Filter.${n}.Name`); n += 1)
          filters.push(`${words.get(`Filter.${n}.Name`) ?? ""}=${words.get(`Filter.${n}.Value.1`) ?? ""}`);
        asked.push(filters);
        const items = running(filters)
          .map((id) => `<item><instanceId>${id}</instanceId></item>`)
          .join("");
        response.setHeader("content-type", "text/xml");
        response.end(
          "<DescribeInstancesResponse " +
            `xmlns="http://ec2.amazonaws.com/doc/2016-11-15/"><reservationSet><item><instancesSet>${items}</instancesSet></item></reservationSet></DescribeInstancesResponse>`,
        );
      });
    });
    await new Promise<void>((resolve) => {
      ec2.listen(0, "127.0.0.1", resolve);
    });
    Object.assign(process.env, settings, {
      AWS_ENDPOINT_URL: `http://127.0.0.1:${(ec2.address() as AddressInfo).port}`,
    });
  });
  beforeEach(() => {
    asked = [];
  });
  after(() => {
    for (const name of [...Object.keys(settings), "AWS_ENDPOINT_URL"]) {
      if (earlier[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = earlier[name];
    }
    ec2.closeAllConnections();
    ec2.close();
  });

  it("is a bastion of the cluster before a control-plane node, always in the same order", async () => {
    running = (filters) => (filters.includes("tag:k8s.io/role/bastion=1") ? ["i-0b"] : ["i-0d", "i-0c"]);
    expect(await ssmTargets(identity, "k1.example.com")).to.deep.equal(["i-0b", "i-0c", "i-0d"]);
    expect(asked).to.have.length(2);
    for (const filters of asked)
      expect(filters).to.include.members(["instance-state-name=running", "tag:KubernetesCluster=k1.example.com"]);
  });

  it("is one with all the given tags", async () => {
    running = () => ["i-0a"];
    expect(await ssmTargets(identity, "k1.example.com", { Name: "jump", team: "data" })).to.deep.equal(["i-0a"]);
    expect(asked).to.deep.equal([["instance-state-name=running", "tag:Name=jump", "tag:team=data"]]);
  });

  it("is reported missing with the tags that were looked for", async () => {
    running = () => [];
    const { message } = await rejection(ssmTargets(identity, "k1.example.com"));
    expect(message).to.contain(
      "KubernetesCluster=k1.example.com and k8s.io/role/bastion=1, nor with KubernetesCluster=k1.example.com and " +
        "k8s.io/role/control-plane=1",
    );
    expect((await rejection(ssmTargets(identity, "k1.example.com", { Name: "jump" }))).message).to.contain(
      "none runs in ap-southeast-2 with the tags Name=jump",
    );
  });
});
