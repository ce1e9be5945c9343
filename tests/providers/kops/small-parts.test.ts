import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { isAlive } from "../../../providers/kops/runtime/is-alive.mjs";
import { elapsed, isDuration, milliseconds } from "../../../providers/kops/model/durations.ts";
import { inShapeOf } from "../../../providers/kops/model/spec.ts";
import { observedSpec, writtenSpec } from "../../../providers/kops/observe/read.ts";
import { shim } from "../../../providers/kops/shim.ts";
import { manifestOf, metadataIn, desiredSpec, digestOf } from "../../../providers/kops/model/spec.ts";
import { isControlPlane } from "../../../providers/kops/model/instance-groups.ts";
import { parseStoreUrl } from "../../../providers/kops/store/object-store.ts";
import { waitFor } from "../../../providers/kops/runtime/wait.ts";
import { rollFlags } from "../../../providers/kops/kops-cli/flags.ts";
import { followRoll, readRollLine } from "../../../providers/kops/kops-cli/output/rolling-update.ts";
import { sampleInputs } from "./samples.ts";
import { followApply } from "../../../providers/kops/kops-cli/output/update-cluster.ts";

describe("durations", () => {
  for (const [text, ms] of [
    ["15s", 15_000],
    ["1m30s", 90_000],
    ["1.5h", 5_400_000],
    ["250ms", 250],
  ] as const) {
    it(`read ${text} as Go does`, () => {
      expect(milliseconds(text)).to.equal(ms);
    });
  }
  for (const text of ["15", "", "s", "1d", "-5s", "1 m"]) {
    it(`refuse "${text}"`, () => {
      expect(isDuration(text)).to.equal(false);
    });
  }
  it("are shown as people read them", () => {
    expect([4_000, 724_000, 3_720_000].map(elapsed)).to.deep.equal(["4s", "12m04s", "1h02m"]);
  });
});

describe("the state store's address", () => {
  for (const [url, parts] of [
    ["s3://bucket", { bucket: "bucket", prefix: "" }],
    ["s3://bucket/", { bucket: "bucket", prefix: "" }],
    ["s3://bucket/a/b/", { bucket: "bucket", prefix: "a/b/" }],
  ] as const) {
    it(`${url} is split`, () => {
      expect(parseStoreUrl(url)).to.deep.equal(parts);
    });
  }
});

describe("the manifest", () => {
  it("has the cluster first and every group with its label", () => {
    const text = manifestOf(desiredSpec(sampleInputs({ sshPublicKeys: ["ssh-ed25519 AAAA"] })));
    expect(text.match(/^kind: .*$/gm)).to.deep.equal([
      "kind: Cluster",
      "kind: InstanceGroup",
      "kind: InstanceGroup",
      "kind: SSHCredential",
    ]);
    expect(text.match(/kops\.k8s\.io\/cluster: k1\.sbx\.example\.com/g)).to.have.length(3);
  });

  it("gives the live cluster's metadata back, under the wanted name", () => {
    const text = manifestOf(desiredSpec(sampleInputs()), {
      name: "other",
      creationTimestamp: "2026-11-21T14:08:53Z",
      annotations: { team: "x" },
    });
    expect(metadataIn(text.split("---\n")[0] ?? "")).to.deep.equal({
      name: sampleInputs().name,
      creationTimestamp: "2026-11-21T14:08:53Z",
      annotations: { team: "x" },
    });
  });

  it("keeps false and zero as they are", () => {
    const text = manifestOf(
      desiredSpec(sampleInputs({ cluster: { kubernetesVersion: "1.34.3", tagSubnets: false, x: { count: 0 } } })),
    );
    expect(text).to.contain("tagSubnets: false").and.to.contain("count: 0");
  });

  it("has the same digest whatever the order of its keys, and another for another version of kOps", () => {
    const inputs = sampleInputs();
    const turned = { ...inputs, instanceGroups: Object.fromEntries(Object.entries(inputs.instanceGroups).reverse()) };
    expect(digestOf(desiredSpec(turned))).to.equal(digestOf(desiredSpec(inputs)));
    expect(digestOf(desiredSpec({ ...inputs, kopsVersion: "1.35.1" }))).to.not.equal(digestOf(desiredSpec(inputs)));
  });

  it("knows the groups that run the API, by old and new name of the role", () => {
    expect(
      ["Master", "ControlPlane", "APIServer", "Node", "Bastion"].map((role) => isControlPlane({ role })),
    ).to.deep.equal([true, true, true, false, false]);
  });
});

describe("the live spec seen through the wanted one", () => {
  it("leaves out what kOps filled in", () => {
    expect(inShapeOf({ a: 1, b: { c: 2 } }, { a: 1, b: { c: 2, filled: true }, more: [] })).to.deep.equal({
      a: 1,
      b: { c: 2 },
    });
  });
  it("shows what was edited, dropped and added to a list", () => {
    expect(inShapeOf({ a: 1, gone: 2, list: [{ x: 1 }] }, { a: 5, list: [{ x: 1, y: 2 }, { x: 3 }] })).to.deep.equal({
      a: 5,
      list: [{ x: 1 }, { x: 3 }],
    });
  });
});

describe("the manifests seen by a refresh", () => {
  const inputs = sampleInputs();
  const journal = {
    written: { digest: digestOf(desiredSpec(inputs)), etags: { a: "1" } },
    lastApplied: { kopsVersion: inputs.kopsVersion, cluster: inputs.cluster, instanceGroups: inputs.instanceGroups },
  };

  it("are those written from the state's inputs, also when an earlier refresh put drift into these", () => {
    expect(writtenSpec(inputs, journal)).to.deep.equal({ desired: inputs, etags: { a: "1" } });
    expect(writtenSpec({ ...inputs, instanceGroups: {} }, journal)).to.deep.equal({
      desired: inputs,
      etags: { a: "1" },
    });
  });
  it("are nobody's when they were written from something else", () => {
    const other = { ...inputs, cluster: { other: true } };
    expect(writtenSpec(other, { written: journal.written })).to.deep.equal({ desired: other, etags: {} });
    expect(writtenSpec(other, undefined)).to.deep.equal({ desired: other, etags: {} });
  });
  it("have the control plane's role as it was asked for, by whatever name kOps stores it", () => {
    expect(observedSpec({ role: "ControlPlane", maxSize: 1 }, { role: "Master", maxSize: 3 }, false)).to.deep.equal({
      role: "ControlPlane",
      maxSize: 3,
    });
    expect(observedSpec({ role: "ControlPlane" }, { role: "Node" }, false)).to.deep.equal({ role: "Node" });
  });
});

describe("the flags of a roll", () => {
  it("are none when nothing is set: kOps's own defaults hold", () => {
    expect(rollFlags({})).to.deep.equal([]);
  });
  it("pass a zero on", () => {
    expect(rollFlags({ validateCount: 0, nodeInterval: "2m" })).to.deep.equal([
      "--node-interval=2m",
      "--validate-count=0",
    ]);
  });
});

describe("kOps's log lines", () => {
  it("are read", () => {
    expect(readRollLine("nodes\t\tNeedsUpdate\t3\t\t0\t3\t3\t3\t3")).to.deep.equal({ kind: "groups", need: 3 });
    expect(readRollLine('I1121 09:00:00.1 1 instancegroups.go:431] Draining the node: "i-0ab".')).to.deep.equal({
      kind: "drain",
      node: "i-0ab",
    });
    expect(
      readRollLine(
        'I1121 1 x.go:632] Stopping instance "i-0ab", node "i-0ab", in group "nodes.k1.example.com" (this may ' +
          "take a while).",
      ),
    ).to.deep.equal({
      kind: "stop",
      instance: "i-0ab",
      node: "i-0ab",
      group: "nodes.k1.example.com",
    });
    expect(
      readRollLine(
        'I1121 1 x.go:632] Stopping instance "i-0ab", in group "bastions.k1.example.com" (this may take a while).',
      ),
    ).to.deep.equal({
      kind: "stop",
      instance: "i-0ab",
      node: "i-0ab",
      group: "bastions.k1.example.com",
    });
    expect(readRollLine("I1121 1 x.go:449] waiting for 15s after terminating instance")).to.deep.equal({
      kind: "interval",
    });
    expect(readRollLine("I1121 1 x.go:280] waiting for 15s after detaching instance")).to.equal(undefined);
    expect(
      readRollLine(
        'I1 x.go:567] Cluster did not pass validation, will retry in "30s": machine "i-1" has not yet joined cluster.',
      ),
    ).to.deep.equal({
      kind: "invalid",
      reason: 'machine "i-1" has not yet joined cluster.',
    });
  });

  it("become one line per transition, with place and total", () => {
    const said: string[] = [];
    const follow = followRoll({ say: (text) => said.push(text) }, "k1.example.com");
    for (const line of [
      "nodes NeedsUpdate 2 0 2 2 2 2",
      'Draining the node: "i-1".',
      'Stopping instance "i-1", node "i-1", in group "nodes.k1.example.com" (this may take a while).',
      "Cluster validated.",
      'Draining the node: "i-2".',
    ])
      follow(line);
    expect(said).to.deep.equal([
      "rolling 1/2 draining i-1",
      "rolling nodes 1/2 replacing i-1",
      "rolling 1/2 cluster is valid",
      "rolling 2/2 draining i-2",
    ]);
  });

  it("tell once why kOps retries", () => {
    const said: string[] = [];
    const follow = followApply({ say: (text) => said.push(text) });
    const line = 'W1 executor.go:141] error running task "Role/nodes" (9m50s remaining to succeed): access denied';
    follow(line);
    follow(line.replace("9m50s", "9m40s"));
    expect(said).to.deep.equal(["kOps retries Role/nodes: access denied"]);
  });
});

describe("a wait", () => {
  const signal = new AbortController().signal;

  it("says each new reason once, and ends with the value", async () => {
    const said: string[] = [];
    const reasons = ["a", "a", "b"];
    const value = await waitFor(
      () => {
        const reason = reasons.shift();
        return Promise.resolve(
          reason === undefined ? { done: true as const, value: 7 } : { done: false as const, reason },
        );
      },
      { what: "x", interval: 1, timeout: 1000, next: "n", signal, progress: { say: (text) => said.push(text) } },
    );
    expect(value).to.equal(7);
    expect(said).to.deep.equal(["waiting for x: a", "waiting for x: b"]);
  });

  it("fails with the last reason it saw", async () => {
    let thrown: unknown;
    try {
      await waitFor(() => Promise.resolve({ done: false as const, reason: "node i-1 is not ready" }), {
        what: "the cluster",
        interval: 1,
        timeout: 0,
        next: "look",
        signal,
        progress: { say: () => undefined },
      });
    } catch (error) {
      thrown = error;
    }
    expect(thrown).to.be.instanceOf(Error).with.property("name", "TimeoutError");
    expect((thrown as Error).message).to.contain("node i-1 is not ready");
  });

  it("does not take an error of the probe for not yet", async () => {
    let thrown: unknown;
    try {
      await waitFor(() => Promise.reject(new Error("access denied")), {
        what: "x",
        interval: 1,
        timeout: 1000,
        next: "n",
        signal,
        progress: { say: () => undefined },
      });
    } catch (error) {
      thrown = error;
    }
    expect((thrown as Error).message).to.equal("access denied");
  });
});

describe("the shim", () => {
  it("is small, and names no place of this machine", () => {
    expect(Buffer.byteLength(shim)).to.be.below(4096);
    expect(shim)
      .to.not.contain(process.cwd())
      .and.to.not.match(/\/(home|root|Users)\//);
  });
  /*
   * Other bytes change no preview: diff leaves `__provider` out of what it compares. But Pulumi goes on running the
   * bytes in its state, for refresh and delete of each cluster, until that cluster's next update. So both forms have to
   * work with every later provider.ts: whoever changes this hash means to, and lets the old form live on.
   */
  it("is the same bytes for ever", () => {
    expect(Buffer.byteLength(shim)).to.equal(943);
    expect(createHash("sha256").update(shim).digest("hex")).to.equal(
      "10dd9081808d3c32daded41fe47fedab3354ccc0b5bba01871126cec9abe8b46",
    );
  });
  it("loads the provider by the paths that are kept for ever", () => {
    expect(shim).to.contain('"typescript.mjs"').and.to.contain('"providers/kops/provider.ts"');
  });
  for (const [what, flags] of [
    ["as node does", []],
    ["with tsx where node does not", ["--no-experimental-strip-types"]],
  ] as const) {
    it(`loads TypeScript ${what}`, async () => {
      const { stdout } = await execa(
        process.execPath,
        [
          ...flags,
          "-e",
          `const exports = {};\n${shim}\nexports.handler().check({}, {}).then(({ failures }) => ` +
            "console.log(JSON.stringify(failures)))",
        ],
        { cwd: join(import.meta.dirname, "../../..") },
      );
      expect(JSON.parse(stdout)).to.deep.equal([]);
    });
  }
  it("says in one sentence what to do where packages are missing", async () => {
    const place = await mkdtemp(join(tmpdir(), "pilot-shim-"));
    try {
      const { stdout } = await execa(
        process.execPath,
        [
          "-e",
          `const exports = {};\n${shim}\nexports.handler().check({}, {}).catch(({ message }) => console.log(message))`,
        ],
        { cwd: place },
      );
      expect(stdout).to.match(
        /^The kOps provider cannot be loaded in .*: Cannot find module .*\. Next: run npm ci there, then the same command again\.$/,
      );
    } finally {
      await rm(place, { recursive: true, force: true });
    }
  });
});

describe("a process", () => {
  it("is alive while it works, and not when it was killed and nobody asked for its exit code yet", async () => {
    expect(isAlive(process.pid)).to.equal(true);
    // The shell starts a child, says its number, and never waits for it.
    const shell = spawn("sh", ["-c", "sleep 0 & echo $!; exec sleep 60"], { stdio: ["ignore", "pipe", "inherit"] });
    try {
      const child = await new Promise<number>((resolve) =>
        shell.stdout.once("data", (text: Buffer) => {
          resolve(Number(text.toString()));
        }),
      );
      await waitFor(
        () =>
          Promise.resolve(
            isAlive(child) ? { done: false as const, reason: "it lives" } : { done: true as const, value: undefined },
          ),
        {
          what: "the child",
          interval: 10,
          timeout: 5000,
          next: "-",
          signal: new AbortController().signal,
          progress: { say: () => undefined },
        },
      );
    } finally {
      shell.kill("SIGKILL");
    }
  });
});
