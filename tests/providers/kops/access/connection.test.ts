import { chmod, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect } from "chai";
import { openConnection } from "../../../../providers/kops/access/index.ts";
import type { Connection } from "../../../../providers/kops/access/connection.ts";
import { KopsError } from "../../../../providers/kops/model/errors.ts";
import { Kops } from "../../../../providers/kops/kops-cli/kops.ts";
import type { RunLog } from "../../../../providers/kops/runtime/log.ts";
import { rejection } from "../../../local/rejection.ts";

const cluster = "k1.example.com";
const forwarder = join(import.meta.dirname, "..", "..", "..", "e2e", "tunnels", "forwarder.mjs");

/** Notes its words, and writes a kubeconfig where it is asked for one. */
const fakeKops = (notes: string): string => `#!/bin/sh
echo "$@" >> "${notes}"
while [ $# -gt 0 ]; do
  if [ "$1" = --kubeconfig ]; then printf 'clusters: [{cluster: {server: "https://balancer.example.com:8443"}}]' > "$2"; fi
  shift
done
`;

describe("the connection to a cluster's API", function () {
  this.timeout(30_000);
  let folder: string;
  let lines: string[];
  const ways: Connection[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-way-"));
    lines = [];
    await writeFile(join(folder, "kops"), fakeKops(join(folder, "notes")));
    await writeFile(join(folder, "notes"), "");
    await chmod(join(folder, "kops"), 0o755);
  });
  afterEach(async () => {
    await Promise.all(ways.splice(0).map((connection) => connection.close()));
    await rm(folder, { recursive: true });
  });

  const log = (): RunLog => ({
    path: "/log",
    write: (line) => lines.push(line),
    redact: (text) => text,
    close: () => Promise.resolve(),
  });
  const notes = async (): Promise<string[]> =>
    (await readFile(join(folder, "notes"), "utf8")).split("\n").filter(Boolean);

  /** A way of this choice, and a kOps that takes it. */
  function open(choice: unknown): { connection: Connection; kops: Kops } {
    const { signal } = new AbortController();
    const env = {
      ...process.env,
      PILOT_ACCESS: JSON.stringify({ clusters: choice === undefined ? {} : { [cluster]: choice } }),
    };
    const kops = new Kops({
      binary: join(folder, "kops"),
      cluster,
      store: "s3://state",
      folder,
      log: log(),
      signal,
      env: process.env,
      apiServer: async () => (await connection.access())?.server,
    });
    const connection = openConnection({
      cluster,
      identity: { region: "ap-southeast-2" },
      folder,
      log: log(),
      progress: { say: (text) => lines.push(text) },
      signal,
      env,
      awsEnv: {},
      mark: {},
      kops: () => kops,
    });
    ways.push(connection);
    return { connection, kops };
  }
  const command = (...more: string[]) => ({
    access: "command",
    command: [process.execPath, forwarder, "{localPort}", "{host}", "{port}", ...more],
  });

  it("opens nothing without a choice, or if it is direct", async () => {
    expect(await open(undefined).connection.access()).to.equal(undefined);
    expect(await open({ access: "direct" }).connection.access()).to.equal(undefined);
    expect(await open({ server: "https://127.0.0.1:8443" }).connection.access()).to.deep.equal({
      server: "https://127.0.0.1:8443",
    });
    expect([lines, await notes()]).to.deep.equal([[], []]);
  });

  it("through a tunnel asks kOps once for the API's address, and has one address for the whole operation", async () => {
    const { connection } = open(command());
    const access = await connection.access();
    expect(access?.server).to.match(/^https:\/\/127\.0\.0\.1:\d+$/);
    expect(await connection.access()).to.deep.equal(access);
    expect(lines.find((line) => line.startsWith("tunnel: $ "))).to.match(/ balancer\.example\.com 8443$/);
    const asked = await notes();
    expect(asked).to.have.length(1);
    expect(asked[0])
      .to.match(/^export kubeconfig --name k1\.example\.com --admin=10m /)
      .and.not.to.contain("--api-server");
  });

  it("through a tunnel runs no kOps if the choice names the API's address", async () => {
    await open({ ...command(), host: "10.20.0.10", port: 443 }).connection.access();
    expect(lines.find((line) => line.startsWith("tunnel: $ "))).to.match(/ 10\.20\.0\.10 443$/);
    expect(await notes()).to.deep.equal([]);
  });

  it("is used by the kOps commands that use the API, and opened by the first of them", async () => {
    const { kops } = open({ ...command(), host: "127.0.0.1", port: 1 });
    await kops.run({ args: ["get", "clusters"] });
    expect(lines.join()).not.to.contain("opens a tunnel");
    await kops.run({ args: ["get", "instances"], usesApi: true });
    await kops.run({ args: ["validate", "cluster"], usesApi: true });
    const [without, ...withApi] = await notes();
    expect(without).to.equal("get clusters --state s3://state");
    for (const line of withApi) expect(line).to.match(/ --api-server https:\/\/127\.0\.0\.1:\d+\/#$/);
    expect(lines.filter((line) => line.startsWith("opens a tunnel"))).to.have.length(1);
  });

  it("that cannot be opened fails a command, except one that may fail and is retried", async () => {
    const { kops } = open({
      access: "command",
      command: ["sh", "-c", "echo no route >&2; exit 1", "{localPort}"],
      host: "a",
      port: 1,
    });
    const error = await rejection(kops.run({ args: ["get", "instances"], usesApi: true }));
    expect(error).to.be.instanceOf(KopsError);
    const { exitCode, stderr } = await kops.run({ args: ["validate", "cluster"], usesApi: true, mayFail: true });
    expect(exitCode).to.equal(1);
    expect(stderr).to.match(
      /^Error: The tunnel to the API of k1\.example\.com could not be opened \(sh\)\. sh ended with 1: no route\. Next: .*$/,
    );
    expect(await notes()).to.deep.equal([]);
  });

  it("that was open waits for its tunnel to reopen, although the first attempt fails", async () => {
    const pids = join(folder, "pids");
    const script =
      `echo $$ >> ${pids}; if [ $(wc -l < ${pids}) = 2 ]; then echo not yet >&2; exit 1; fi; ` +
      `exec ${process.execPath} ${forwarder} "$@"`;
    const { connection } = open({
      access: "command",
      command: ["sh", "-c", script, "tunnel", "{localPort}", "{host}", "{port}"],
      host: "127.0.0.1",
      port: 1,
    });
    const access = await connection.access();
    process.kill(Number(await readFile(pids, "utf8")), "SIGKILL");
    while (!lines.some((line) => line.includes("ended with"))) await sleep(20);
    expect(await connection.access()).to.deep.equal(access);
    expect((await readFile(pids, "utf8")).split("\n").filter(Boolean)).to.have.length(3);
  });

  it("does not open after the operation has ended", async () => {
    const { connection } = open({ ...command(), host: "127.0.0.1", port: 1 });
    await connection.close();
    expect((await rejection(connection.access())).message).to.contain("the operation has ended");
    expect(lines).to.deep.equal([]);
  });

  it("that is chosen by an invalid file fails every command", async () => {
    const { kops } = open({ access: "vpn" });
    expect(
      (await rejection(kops.run({ args: ["validate", "cluster"], usesApi: true, mayFail: true }))).message,
    ).to.contain("access must be direct, ssm, bastion or command");
  });
});
