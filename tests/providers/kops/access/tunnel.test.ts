import { execFile } from "node:child_process";
import { once } from "node:events";
import { connect, createServer } from "node:net";
import type { AddressInfo, Server } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { expect } from "chai";
import { openEndpoint } from "../../../../providers/kops/access/endpoint.ts";
import type { Endpoint } from "../../../../providers/kops/access/endpoint.ts";
import { Tunnel } from "../../../../providers/kops/access/tunnel.ts";
import type { TunnelOptions } from "../../../../providers/kops/access/tunnel.ts";
import { KopsError, TimeoutError } from "../../../../providers/kops/model/errors.ts";
import { isAlive } from "../../../../providers/kops/runtime/is-alive.mjs";
import { rejection } from "../../../local/rejection.ts";

const forwarder = join(import.meta.dirname, "..", "..", "..", "e2e", "tunnels", "forwarder.mjs");

/** Sends a word through and gives what comes back. */
async function echo(port: number, word: string): Promise<string> {
  const socket = connect({ host: "127.0.0.1", port, allowHalfOpen: true });
  socket.end(word);
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  return text;
}

describe("a tunnel", function () {
  this.timeout(30_000);
  let target: Server;
  const tunnels: Tunnel[] = [];
  const endpoints: Endpoint[] = [];
  let said: string[];
  let logged: string[];

  before(async () => {
    target = createServer({ allowHalfOpen: true }, (socket) => socket.pipe(socket)).listen(0, "127.0.0.1");
    await once(target, "listening");
  });
  beforeEach(() => {
    said = [];
    logged = [];
  });
  afterEach(async () => {
    await Promise.all(endpoints.splice(0).map((endpoint) => endpoint.close()));
    await Promise.all(tunnels.splice(0).map((tunnel) => tunnel.close()));
  });
  after(() => target.close());

  const forwarding = (localPort: number): string[] => [
    process.execPath,
    forwarder,
    String(localPort),
    "127.0.0.1",
    String((target.address() as AddressInfo).port),
  ];
  function open(argv: (localPort: number) => string[], options: Partial<TunnelOptions> = {}): Tunnel {
    const tunnel = new Tunnel({
      cluster: "k1.example.com",
      connection: "a test",
      command: (localPort) => Promise.resolve({ argv: argv(localPort), env: process.env }),
      timeout: 10_000,
      folder: tmpdir(),
      log: (line) => logged.push(line),
      logPath: "/log",
      progress: { say: (text) => said.push(text) },
      signal: new AbortController().signal,
      ...options,
    });
    tunnels.push(tunnel);
    return tunnel;
  }
  async function endpointOf(tunnel: Tunnel): Promise<Endpoint> {
    const endpoint = await openEndpoint({
      port: () => tunnel.portAgain(),
      lost: (port) => {
        tunnel.lost(port);
      },
    });
    endpoints.push(endpoint);
    return endpoint;
  }
  /** Numbers of the forwarders at a port of 127.0.0.1. */
  async function forwarders(port: number): Promise<number[]> {
    const { stdout } = await promisify(execFile)("ps", ["-eo", "pid=,args="]);
    return stdout
      .split("\n")
      .filter((line) => line.includes(`${forwarder} ${port} `) && !line.includes("supervisor.mjs"))
      .map((line) => Number(line.trim().split(" ")[0]));
  }

  it("opens for the first caller, and once for all callers at the same time", async () => {
    const tunnel = open(forwarding);
    expect(logged).to.deep.equal([]);
    const [one, two] = await Promise.all([tunnel.port(), tunnel.port()]);
    expect(one).to.equal(two);
    expect(await echo(one, "hello")).to.equal("hello");
    expect(said).to.deep.equal(["opens a tunnel to the API: a test"]);
    expect(logged).to.include(`listening on ${one}`);
  });

  it("ends its process when it is closed", async () => {
    const tunnel = open(forwarding);
    const port = await tunnel.port();
    const pids = await forwarders(port);
    expect(pids).to.have.length(1);
    await tunnel.close();
    expect(pids.map(isAlive)).to.deep.equal([false]);
    expect((await rejection(tunnel.port())).message).to.contain("the operation has ended");
  });

  for (const [which, begin] of [
    ["that ends at SIGTERM", ""],
    ["that ignores SIGTERM", "trap '' TERM; "],
  ] as const) {
    it(`${which} leaves no process when it is closed while it opens`, async () => {
      const tunnel = open((port) => ["sh", "-c", `${begin}exec sleep 1000 # ${port}`]);
      const opening = rejection(tunnel.port());
      while (logged.length === 0) await sleep(10);
      await tunnel.close();
      expect((await opening).message).to.contain("the operation has ended");
      expect(logged.at(-1)).to.match(/^= the tunnel ended with/);
    });
  }

  it("that ends at once fails with its exit code and its last output", async () => {
    const error = await rejection(
      open(() => ["sh", "-c", "echo ubuntu@bastion: Permission denied >&2; exit 255"]).port(),
    );
    expect(error).to.be.instanceOf(KopsError);
    expect(error.message).to.contain("The tunnel to the API of k1.example.com could not be opened (a test)");
    expect(error.message).to.contain("sh ended with 255: ubuntu@bastion: Permission denied").and.to.contain("/log");
  });

  it("whose program does not exist fails with that reason", async () => {
    expect((await rejection(open(() => ["no-such-program"]).port())).message).to.match(
      /no-such-program could not be started: spawn no-such-program ENOENT/,
    );
  });

  it("that does not listen in time is ended, and fails with its last output", async () => {
    const began = Date.now();
    const error = await rejection(
      open(() => ["sh", "-c", "for n in 1 2 3 4 5 6 7 8; do echo line $n >&2; done; echo $$; exec sleep 1000"], {
        timeout: 1000,
      }).port(),
    );
    expect(Date.now() - began).to.be.below(6000);
    expect(error).to.be.instanceOf(TimeoutError);
    expect(error.message).to.contain("was not open after 1s").and.to.contain("line 8").and.not.to.contain("line 1\n");
    const pid = Number(logged.find((line) => /^\d+$/.test(line)));
    expect(pid).to.be.above(0);
    expect(isAlive(pid)).to.equal(false);
  });

  it("that is killed reopens for the next connection, behind the same address", async () => {
    const tunnel = open(forwarding);
    const endpoint = await endpointOf(tunnel);
    expect(await echo(endpoint.port, "before")).to.equal("before");
    const port = await tunnel.port();
    for (const pid of await forwarders(port)) process.kill(pid, "SIGKILL");
    while (said.length < 2) await sleep(20);
    expect(await Promise.all(["one", "two", "three"].map((word) => echo(endpoint.port, word)))).to.deep.equal([
      "one",
      "two",
      "three",
    ]);
    expect(said.map((line) => line.replace(/:.*/s, ""))).to.deep.equal([
      "opens a tunnel to the API",
      "the tunnel to the API (a test) ended with 137",
      "opens the tunnel again to the API",
    ]);
    expect(await tunnel.port()).not.to.equal(port);
  });

  it("that no longer listens is ended and reopened", async () => {
    let turn = 0;
    // The first closes its port when it is told to, and goes on running.
    const deaf = (port: number): string[] => [
      process.execPath,
      "-e",
      `const s = require("net").createServer((c) => c.end()).listen(${port}, "127.0.0.1"); process.on("SIGUSR2", ` +
        `() => s.close()); console.log("pid", process.pid); setInterval(() => {}, 1000);`,
    ];
    const tunnel = open((port) => {
      turn += 1;
      return turn === 1 ? deaf(port) : forwarding(port);
    });
    const endpoint = await endpointOf(tunnel);
    const port = await tunnel.port();
    while (!logged.some((line) => line.startsWith("pid "))) await sleep(10);
    const pid = Number(logged.find((line) => line.startsWith("pid "))?.slice(4));
    process.kill(pid, "SIGUSR2");
    for (;;) {
      const open = await new Promise((resolve) => {
        const socket = connect({ host: "127.0.0.1", port })
          .once("connect", () => {
            socket.destroy();
            resolve(true);
          })
          .once("error", () => {
            resolve(false);
          });
      });
      if (open !== true) break;
      await sleep(20);
    }
    expect(await echo(endpoint.port, "hello")).to.equal("hello");
    while (isAlive(pid)) await sleep(20);
  });

  it("that fails to reopen at first keeps connections waiting", async () => {
    let turn = 0;
    const tunnel = open((port) => {
      turn += 1;
      return turn === 1 ? ["sh", "-c", "exit 1"] : forwarding(port);
    });
    const endpoint = await endpointOf(tunnel);
    expect(await echo(endpoint.port, "patience")).to.equal("patience");
    expect(turn).to.equal(2);
  });

  it("that cannot be opened cuts the connection", async () => {
    const endpoint = await endpointOf(open(() => ["sh", "-c", "exit 1"], { timeout: 100 }));
    const socket = connect({ host: "127.0.0.1", port: endpoint.port }).resume();
    await once(socket, "close");
  });

  it("ends with the operation", async () => {
    const stop = new AbortController();
    const tunnel = open(() => ["sleep", "1000"], { signal: stop.signal });
    const opening = rejection(tunnel.port());
    while (logged.length === 0) await sleep(10);
    stop.abort(new KopsError({ what: "the lock was lost", why: "it could not be renewed", next: "run it again" }));
    expect((await opening).message).to.contain("the lock was lost");
  });
});
