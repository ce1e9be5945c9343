import { CreateVolumeCommand, EC2Client } from "@aws-sdk/client-ec2";
import { expect } from "chai";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { awsClient } from "../../../../providers/kops/aws/client.ts";
import { etcdVolumesOf } from "../../../../providers/kops/aws/etcd-volumes.ts";
import { startAws } from "../../../local/aws/server.ts";
import { awsShell } from "./aws-shell.ts";

const region = "ap-southeast-2";
const name = "k1.example.com";

describe("the etcd volumes of a cluster", function () {
  this.timeout(60_000);
  let end: () => Promise<void> | void = () => undefined;
  afterEach(() => end());

  it("are found without listing the volumes of its workloads", async () => {
    const aws = await startAws();
    const restore = awsShell(aws.endpoint);
    end = async () => {
      restore();
      await aws.stop();
    };
    const ec2 = awsClient(EC2Client, { region });
    const make = async (cluster: string, tags: Record<string, string>): Promise<string> => {
      const Tags = Object.entries({ ...tags, KubernetesCluster: cluster }).map(([Key, Value]) => ({ Key, Value }));
      const TagSpecifications = [{ ResourceType: "volume" as const, Tags }];
      const made = new CreateVolumeCommand({ AvailabilityZone: `${region}a`, Size: 1, TagSpecifications });
      return (await ec2.send(made)).VolumeId ?? "";
    };
    const own = [
      await make(name, { "k8s.io/etcd/main": "a/a", Name: `a.etcd-main.${name}` }),
      await make(name, { "k8s.io/etcd/events": "a/a", Name: `a.etcd-events.${name}` }),
      // etcd clusters may have any name.
      await make(name, { "k8s.io/etcd/cilium": "a/a" }),
    ];
    await make("k2.example.com", { "k8s.io/etcd/main": "a/a" });
    await make(name, { CSIVolumeName: "pvc-1", [`kubernetes.io/cluster/${name}`]: "owned" });
    await make(name, { "k8s.io/role/control-plane": "1", "my/k8s.io/etcd/main": "1" });
    let listed = 0;
    (ec2.middlewareStack as { add: (step: unknown, options: object) => void }).add(
      (next: (args: object) => Promise<{ output: { Volumes?: unknown[] } }>) => async (args: object) => {
        const answer = await next(args);
        listed += answer.output.Volumes?.length ?? 0;
        return answer;
      },
      { step: "initialize", name: "countVolumes" },
    );
    const found = await etcdVolumesOf({ region, name });
    expect(found.map(({ id }) => id)).to.have.members(own);
    expect(found.find(({ id }) => id === own[0])?.name).to.equal(`a.etcd-main.${name}`);
    expect(listed).to.equal(own.length);
  });

  it("are found where an endpoint takes no wildcards in filters", async () => {
    const volume = (id: string, tag: string): string =>
      `<item><volumeId>${id}</volumeId><status>available</status><tagSet><item><key>${tag}</key><value>1</value></item></tagSet></item>`;
    const bodies: string[] = [];
    const server = createServer((request, response) => {
      request.setEncoding("utf8").on("data", (text: string) => bodies.push(text));
      request.on("end", () => {
        const narrow = bodies.at(-1)?.includes("tag-key") === true;
        const volumes = narrow ? "" : volume("vol-1", "k8s.io/etcd/main") + volume("vol-2", "CSIVolumeName");
        response
          .setHeader("content-type", "text/xml")
          .end(`<DescribeVolumesResponse><volumeSet>${volumes}</volumeSet></DescribeVolumesResponse>`);
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const restore = awsShell(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
    end = () => {
      restore();
      server.closeAllConnections();
      server.close();
    };
    expect((await etcdVolumesOf({ region, name })).map(({ id }) => id)).to.deep.equal(["vol-1"]);
    expect(bodies).to.have.length(2);
  });
});
