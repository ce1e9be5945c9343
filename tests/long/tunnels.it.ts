import { chmod, readFile } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { layoutOf } from "../../local/base/layout.ts";
import type { Ran } from "../e2e/checkout.ts";
import { bareArgs, done, makeBareCheckout } from "../e2e/bare/index.ts";
import type { BareCheckout } from "../e2e/bare/index.ts";

const name = "k1.bare.internal";
const unchanged = /Resources:\s+\d+ unchanged/;

/** A tunnel, recorded by its command at the start. */
interface Tunnel {
  kind: string;
  pid: number;
  host: string;
  port: string;
  rest: string[];
}

/*
 * A tunnel of each kind, with real processes. There is no sshd and no AWS here, so fake programs `ssh` and `aws` on
 * PATH take the same arguments and forward to the API of the local cloud, whose load balancer names do not resolve.
 * The real ssh checks the provider's arguments in tests/providers/kops/access/ssh.test.ts.
 */
describe("a cluster whose API is reached through a tunnel", function () {
  this.timeout(5 * 60_000);
  let bare: BareCheckout;
  let accessFile: string;
  let noteFile: string;

  before(async () => {
    bare = await makeBareCheckout();
    const tunnels = join(bare.folder, "tests", "e2e", "tunnels");
    for (const program of ["ssh", "aws"]) {
      await bare.write(
        `bin/${program}`,
        `#!/bin/sh\nexec "${process.execPath}" "${join(tunnels, `fake-${program}.mjs`)}" "$@"\n`,
      );
      await chmod(join(bare.folder, "bin", program), 0o755);
    }
    accessFile = join(bare.folder, ".local", "my-access.json");
    noteFile = join(bare.folder, ".local", "tunnels");
    await bare.write(".local/tunnels", "");
  });
  after(() => bare.remove());

  const connections = {
    direct: () => ({ access: "direct", server: direct }),
    command: () => ({
      access: "command",
      command: [
        process.execPath,
        join(bare.folder, "tests", "e2e", "tunnels", "forwarder.mjs"),
        "{localPort}",
        "{host}",
        "{port}",
      ],
    }),
    bastion: () => ({ access: "bastion", via: "ubuntu@bastion" }),
    ssm: () => ({ access: "ssm" }),
    silent: () => ({ access: "command", command: ["sleep", "1000", "{localPort}"] }),
    closed: () => ({ access: "bastion", via: "closed" }),
  };
  let direct = "";
  const choose = (kind: keyof typeof connections): Promise<void> =>
    bare.write(".local/my-access.json", JSON.stringify({ clusters: { "*.bare.internal": connections[kind]() } }));
  const environment = (): string[] => [
    `PATH=${[join(bare.folder, "bin"), layoutOf(bare.folder, {}).bin, process.env["PATH"]].join(delimiter)}`,
    `PILOT_ACCESS=${accessFile}`,
    `PILOT_TEST_API=${layoutOf(bare.folder, {}).accessFile}`,
    `PILOT_TEST_TUNNELS=${noteFile}`,
  ];
  const words = (...more: string[]): string[] => [
    "env",
    ...environment(),
    "pulumi",
    ...more,
    "--stack",
    "sbx",
    "--non-interactive",
  ];
  const upWords = (): string[] => words("up", "--yes", "--skip-preview");
  const up = (): Promise<Ran> => bare.local(...upWords());
  const declare = (text = ""): Promise<void> => bare.declare({ k1: bareArgs("k1", bare.infrastructure, text) });
  const allTunnels = async (): Promise<Tunnel[]> =>
    (await readFile(noteFile, "utf8"))
      .split("\n")
      .filter(Boolean)
      .map((line) => {
        const [kind = "", pid = "", host = "", port = "", ...rest] = line.split(" ");
        return { kind, pid: Number(pid), host, port, rest };
      });
  /** How many tunnels the last call has seen. */
  let seen = 0;
  const newTunnels = async (): Promise<Tunnel[]> => {
    const all = await allTunnels();
    return all.slice(seen, (seen = all.length));
  };
  const running = async (): Promise<string[]> =>
    (await bare.processes()).filter((line) => line.includes("/tests/e2e/tunnels/"));
  const killLast = async (): Promise<void> => {
    const last = (await allTunnels()).at(-1);
    if (last) process.kill(last.pid, "SIGKILL");
  };
  /** Each input and output of each resource in the state, as JSON. */
  const state = async (): Promise<Record<string, string>> => {
    const { output } = await bare.local("pulumi", "stack", "export", "--stack", "sbx");
    const { resources } = (
      JSON.parse(output) as { deployment: { resources: { urn: string; inputs?: object; outputs?: object }[] } }
    ).deployment;
    const properties = resources.flatMap(({ urn, inputs = {}, outputs = {} }) =>
      Object.entries({ inputs, outputs }).flatMap(([kind, values]) =>
        Object.entries(values).map(([key, value]) => [
          `${urn.split("::").at(-1) ?? ""} ${kind} ${key}`,
          JSON.stringify(value),
        ]),
      ),
    );
    return Object.fromEntries(properties) as Record<string, string>;
  };

  it("is created through a command's tunnel to the load balancer, which ends afterwards", async () => {
    await choose("command");
    await declare();
    const { output } = await up();
    expect(output).to.contain(done).and.to.contain("opens a tunnel to the API: ");
    const tunnels = await newTunnels();
    expect(tunnels).not.to.deep.equal([]);
    for (const { kind, host, port } of tunnels)
      expect([kind, host.endsWith(".amazonaws.com"), port]).to.deep.equal(["command", true, "443"]);
    expect(await running()).to.deep.equal([]);
  });

  it("ignores another connection, which is in no input, output or state, and opens no needless tunnel", async () => {
    const access = JSON.parse(await bare.read(".local/access.json")) as {
      clusters: Record<string, { server: string }>;
    };
    direct = access.clusters[name]?.server ?? "";
    // A refresh removes some outputs from the state, which has nothing to do with the connection.
    await choose("direct");
    await bare.local(...words("refresh", "--yes", "--skip-preview"));
    const before = await state();
    expect(JSON.stringify(before))
      .not.to.contain("127.0.0.1:")
      .and.not.to.contain("forwarder")
      .and.not.to.contain("localPort");
    for (const kind of ["direct", "bastion", "ssm", "command"] as const) {
      await choose(kind);
      expect((await bare.local(...words("preview", "--diff"))).output, kind).to.match(unchanged);
    }
    await choose("ssm");
    expect((await up()).output).to.match(unchanged);
    await bare.local(...words("refresh", "--yes", "--skip-preview"));
    const after = await state();
    expect(
      [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((key) => before[key] !== after[key]),
    ).to.deep.equal([]);
    expect(Object.keys(before).length).to.be.above(20);
    expect(await newTunnels()).to.deep.equal([]);
  });

  it("rolls through a bastion whose ssh dies: the tunnel reopens, each node is drained and replaced", async () => {
    await choose("bastion");
    await declare("nodeGroups: { nodes: { machineType: t3.xlarge, count: 2 } }");
    const { output } = await bare.npmDuring(/rolling nodes 1\/2/, killLast, "run", "local", "--", ...upWords());
    expect(output).to.contain(done).and.to.contain("opens the tunnel again to the API: ssh through ubuntu@bastion");
    expect(output).to.match(/the tunnel to the API \(ssh through ubuntu@bastion\) ended with 137/);
    expect(output).not.to.match(/[Ii]gnoring error draining/);
    expect(
      (await bare.nodes("k1"))
        .filter(({ group }) => group === "nodes")
        .map(({ machineType, ready }) => [machineType, ready]),
    ).to.deep.equal([
      ["t3.xlarge", true],
      ["t3.xlarge", true],
    ]);
    const tunnels = await newTunnels();
    expect(tunnels.length).to.be.above(1);
    expect(new Set(tunnels.map(({ kind, rest: [via] }) => `${kind} ${via ?? ""}`))).to.deep.equal(
      new Set(["bastion ubuntu@bastion"]),
    );
    expect(await running()).to.deep.equal([]);
  });

  it("drains a removed group through a bastion whose ssh dies twice meanwhile", async () => {
    await newTunnels();
    const groups = (more: string): string => `nodeGroups: { nodes: { machineType: t3.xlarge, count: 2 }${more} }`;
    await declare(groups(", old: { machineType: t3.large, count: 1 }"));
    expect((await up()).output).to.contain(done);
    const node = (await bare.nodes("k1")).find(({ group }) => group === "old")?.name ?? "";
    const spec = { nodeName: node, terminationGracePeriodSeconds: 0, containers: [{ name: "web", image: "web" }] };
    await bare.write(
      "pod.json",
      JSON.stringify({ apiVersion: "v1", kind: "Pod", metadata: { name: "web", labels: { app: "web" } }, spec }),
    );
    await bare.kubectl("k1", "apply", "-f", `${bare.folder}/pod.json`);
    await bare.kubectl("k1", "create", "poddisruptionbudget", "web", "--selector=app=web", "--min-available=1");
    const killTwice = async (): Promise<void> => {
      for (let kills = 0; kills < 2; kills += 1) {
        const before = (await allTunnels()).length;
        await killLast();
        while ((await allTunnels()).length === before) await sleep(100);
      }
      await bare.kubectl("k1", "delete", "pdb", "web");
    };
    await declare(groups(""));
    const { output } = await bare.npmDuring(
      /allows no disruption of default\/web/,
      killTwice,
      "run",
      "local",
      "--",
      ...upWords(),
    );
    expect(output).to.contain(done).and.to.contain("opens the tunnel again to the API: ssh through ubuntu@bastion");
    expect((await newTunnels()).length).to.be.above(2);
    expect((await bare.nodes("k1")).some(({ group }) => group === "old")).to.equal(false);
    expect(await running()).to.deep.equal([]);
  });

  it("rolls its control plane through an SSM session to the replaced node, then to the new one", async () => {
    await choose("ssm");
    await declare(
      "controlPlane: { count: 1, machineType: t3.large }\nnodeGroups: { nodes: { machineType: t3.xlarge, count: " +
        "2 } }",
    );
    const [old] = (await bare.nodes("k1")).filter(({ controlPlane }) => controlPlane);
    const end = async (): Promise<void> => {
      // The session ends with its node.
      while ((await bare.nodes("k1")).some((node) => node.name === old?.name)) await sleep(200);
      await killLast();
    };
    const { output } = await bare.npmDuring(/rolling control-plane-\S+ 1\/1/, end, "run", "local", "--", ...upWords());
    expect(output).to.contain(done).and.to.contain("opens the tunnel again to the API: an SSM session");
    const [young] = (await bare.nodes("k1")).filter(({ controlPlane }) => controlPlane);
    const targets = (await newTunnels()).map(({ rest }) => rest.join(" "));
    expect(targets[0]).to.equal(`${old?.name ?? ""} ap-southeast-2`);
    expect(targets.at(-1)).to.equal(`${young?.name ?? ""} ap-southeast-2`);
    expect(await running()).to.deep.equal([]);
  });

  it("is previewed without its tunnel, at most 10 s slower; up says why it fails, and resumes by another", async () => {
    await declare(
      "controlPlane: { count: 1, machineType: t3.large }\nnodeGroups: { nodes: { machineType: t3.2xlarge, " +
        "count: 2 } }",
    );
    await choose("closed");
    const preview = await bare.local(...words("preview"));
    expect(preview.output).to.match(/plan: roll \d\. nodes: 2 nodes/);
    expect(preview.output).to.match(
      /plan: not checked: .*The tunnel to the API of k1\.bare\.internal could not be opened.*Permission denied \(publickey\)/,
    );
    await choose("silent");
    const slowly = await bare.local(...words("preview"));
    expect(slowly.output).to.match(/plan: roll \d\. nodes: 2 nodes/);
    expect(slowly.output).to.match(/plan: not checked: .*no answer within 7 s/);
    expect(slowly.seconds - preview.seconds).to.be.below(10);
    await choose("closed");
    const { output } = await bare.localFails(...upWords());
    expect(output).to.contain("The tunnel to the API of k1.bare.internal could not be opened (ssh through closed)");
    expect(output).to.contain("ssh ended with 255: ubuntu@closed: Permission denied (publickey).");
    expect(await newTunnels()).to.deep.equal([]);
    await choose("command");
    expect((await up()).output).to.contain(done);
    expect(
      (await bare.nodes("k1")).filter(({ group }) => group === "nodes").map(({ machineType }) => machineType),
    ).to.deep.equal(["t3.2xlarge", "t3.2xlarge"]);
  });

  it("has no tunnel left after the whole run is killed in the middle of a roll", async () => {
    await newTunnels();
    await choose("ssm");
    await declare(
      "controlPlane: { count: 1, machineType: t3.large }\nnodeGroups: { nodes: { machineType: t3.large, count: 2 } }",
    );
    await bare.npmKilledAt(/rolling nodes 1\/2/, "run", "local", "--", ...upWords());
    expect((await newTunnels()).length).to.be.above(0);
    // The provider ends it: it notices within a second that its engine is gone.
    for (let tries = 0; tries < 100 && (await running()).length > 0; tries += 1) await sleep(200);
    expect(await running()).to.deep.equal([]);
    expect((await up()).output).to.contain(done);
  });

  it("is deleted, and no tunnel stays open", async () => {
    await bare.local(...words("destroy", "--yes", "--skip-preview"));
    expect(await running()).to.deep.equal([]);
  });
});
