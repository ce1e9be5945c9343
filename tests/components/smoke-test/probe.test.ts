import { chmod, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { execa } from "execa";
import { temporaryFolders } from "../../local/temporary.ts";

const probe = join(import.meta.dirname, "..", "..", "..", "components", "smoke-test", "probe.mjs");

interface NodeSeen {
  name: string;
  version?: string;
  ready?: boolean;
  leaving?: boolean;
}

const nodeOf = ({ name, version = "v1.34.3", ready = true, leaving = false }: NodeSeen): object => ({
  metadata: { name, ...(leaving && { deletionTimestamp: "2026-01-01T00:00:00Z" }) },
  status: {
    nodeInfo: { kubeletVersion: version },
    conditions: [{ type: "Ready", status: ready ? "True" : "False", message: "container runtime is down" }],
  },
});

const pod = (phase: string, terminated?: object, more: object = {}): object => ({
  spec: { nodeName: "i-1" },
  status: { phase, containerStatuses: [{ state: terminated ? { terminated } : { running: {} } }], ...more },
});

const good = { exitCode: 0, message: "kubernetes.default 100.64.0.1\n" };

/** A cluster as kubectl shows it: answers by the command's first words; a list gives successive answers. */
interface Answers {
  readyz?: string;
  nodes?: NodeSeen[][];
  pods?: object[];
}

describe("the smoke test's script", () => {
  const folder = temporaryFolders();

  /** Runs the script with a kubectl that gives these answers, and records its calls. */
  const run = async (
    { readyz = "ok", nodes = [[{ name: "i-1" }]], pods = [pod("Succeeded", good)] }: Answers,
    wish: object = {},
  ) => {
    const home = await folder();
    await writeFile(
      join(home, "answers.json"),
      JSON.stringify({ readyz, nodes: nodes.map((list) => ({ items: list.map(nodeOf) })), pods }),
    );
    const kubectl = join(home, "kubectl");
    await writeFile(
      kubectl,
      `#!${process.execPath}
const fs = require("node:fs");
const args = process.argv.slice(2);
const file = ${JSON.stringify(join(home, "answers.json"))};
const answers = JSON.parse(fs.readFileSync(file));
const next = (list) => { const one = list.length > 1 ? list.shift() : list[0]; fs.writeFileSync(file, JSON.stringify(answers)); return JSON.stringify(one); };
const [verb, what] = args.slice(3);
fs.appendFileSync(${JSON.stringify(join(home, "asked"))}, JSON.stringify({ args: args.slice(3), kubeconfig: fs.readFileSync(args[1], "utf8"), mode: fs.statSync(args[1]).mode & 0o777, input: verb === "create" ? JSON.parse(fs.readFileSync(0)) : undefined }) + "\\n");
if (what === "--raw") { if (answers.readyz === "ok") console.log("ok"); else { console.error(answers.readyz); process.exit(1); } }
else if (verb === "get" && what === "nodes") console.log(next(answers.nodes));
else if (verb === "get" && what === "pod") console.log(next(answers.pods));
`,
    );
    await chmod(kubectl, 0o755);
    const asked = {
      cluster: "k1.test",
      kubernetesVersion: "1.34.3",
      olderNodes: false,
      image: "registry/image:1",
      namespace: "default",
      names: ["kubernetes.default"],
      timeoutSeconds: 2,
      ...wish,
    };
    const { exitCode, stdout, stderr } = await execa(process.execPath, ["--input-type=module", "-"], {
      input: await readFile(probe, "utf8"),
      env: {
        PATH: `${home}:${process.env["PATH"] ?? ""}`,
        TMPDIR: home,
        SMOKE_TEST: JSON.stringify(asked),
        SMOKE_TEST_KUBECONFIG: "the kubeconfig",
      },
      extendEnv: false,
      reject: false,
    });
    const calls = (await readFile(join(home, "asked"), "utf8"))
      .trim()
      .split("\n")
      .map(
        (line) =>
          JSON.parse(line) as {
            args: string[];
            kubeconfig: string;
            mode: number;
            input?: { metadata: { name: string }; spec: { containers: { image: string; command: string[] }[] } };
          },
      );
    return {
      exitCode,
      stdout,
      stderr,
      calls,
      left: (await readdir(home)).filter((name) => name.startsWith("pilot-smoke-test-")),
    };
  };

  it("reports what it saw of a healthy cluster, and removes its pod and the kubeconfig", async () => {
    const { exitCode, stdout, stderr, calls, left } = await run({
      nodes: [[{ name: "i-1" }, { name: "i-2" }, { name: "i-3", version: "v1.33.0", leaving: true }]],
    });
    expect(exitCode, stderr).to.equal(0);
    const report = JSON.parse(stdout) as { checks: Record<string, object> };
    expect(report).to.deep.include({ cluster: "k1.test", ok: true });
    expect(Object.keys(report.checks)).to.deep.equal(["api", "nodes", "pod", "dns"]);
    expect(report.checks["nodes"]).to.deep.include({ ok: true, nodes: 2, versions: { "v1.34.3": 2 } });
    expect(report.checks["pod"]).to.deep.include({ ok: true, node: "i-1" });
    expect(report.checks["dns"]).to.deep.equal({ ok: true, addresses: { "kubernetes.default": "100.64.0.1" } });
    expect(calls.every(({ kubeconfig, mode }) => kubeconfig === "the kubeconfig" && mode === 0o600)).to.equal(true);
    const made = calls.find(({ input }) => input)?.input;
    expect(made?.spec.containers[0]).to.deep.include({ image: "registry/image:1" });
    expect(made?.spec.containers[0]?.command.slice(-1)).to.deep.equal(["kubernetes.default"]);
    expect(calls.at(-1)?.args.slice(0, 3)).to.deep.equal(["delete", "pod", made?.metadata.name]);
    expect(left).to.deep.equal([]);
  });

  it("waits until the cluster is ready", async () => {
    const { exitCode, stderr } = await run(
      {
        nodes: [[], [{ name: "i-1", ready: false }], [{ name: "i-1" }]],
        pods: [pod("Pending"), pod("Succeeded", good)],
      },
      { timeoutSeconds: 20 },
    );
    expect(exitCode, stderr).to.equal(0);
    expect(stderr)
      .to.contain("nodes: not yet: there is no node")
      .and.to.contain("nodes: not yet: i-1 is not ready: container runtime is down")
      .and.to.contain("nodes: passed");
  });

  const failures: [string, Answers, object, RegExp][] = [
    [
      "an API that does not answer",
      { readyz: "Unable to connect to the server: dial tcp: i/o timeout" },
      {},
      /api: Unable to connect to the server/,
    ],
    [
      "a node that is not ready",
      { nodes: [[{ name: "i-1" }, { name: "i-2", ready: false }]] },
      {},
      /nodes: i-2 is not ready: container runtime is down/,
    ],
    [
      "a node on another version",
      { nodes: [[{ name: "i-1" }, { name: "i-2", version: "v1.33.5" }]] },
      {},
      /nodes: i-2 runs v1\.33\.5, not v1\.34\.3/,
    ],
    [
      "a pod that does not fit on a node",
      {
        pods: [
          pod("Pending", undefined, {
            conditions: [{ type: "PodScheduled", status: "False", message: "0/3 nodes are available" }],
          }),
        ],
      },
      {},
      /pod: the pod is not scheduled: 0\/3 nodes are available/,
    ],
    [
      "an image that cannot be pulled",
      {
        pods: [
          pod("Pending", undefined, {
            containerStatuses: [{ state: { waiting: { reason: "ErrImagePull", message: "not found" } } }],
          }),
        ],
      },
      {},
      /pod: the pod does not start: ErrImagePull \(not found\)/,
    ],
    [
      "a name that does not resolve",
      { pods: [pod("Failed", { exitCode: 1, message: "kubernetes.default: ;; connection timed out" })] },
      {},
      /dns: kubernetes\.default: ;; connection timed out/,
    ],
  ];
  for (const [what, answers, wish, why] of failures) {
    it(`fails for ${what}, explains it in its last lines, and reports nothing`, async () => {
      const { exitCode, stdout, stderr, left } = await run(answers, wish);
      expect(exitCode).to.equal(1);
      expect(stdout).to.equal("");
      expect(stderr.split("\n").slice(-4).join("\n"))
        .to.match(why)
        .and.to.match(/next: kubectl get nodes,pods/);
      expect(left).to.deep.equal([]);
    });
  }

  it("accepts older nodes while rolls are held back, and says if a node could not show DNS", async () => {
    const { exitCode, stdout, stderr } = await run(
      { nodes: [[{ name: "i-1", version: "v1.33.5" }]], pods: [pod("Succeeded", { exitCode: 0 })] },
      { olderNodes: true },
    );
    expect(exitCode, stderr).to.equal(0);
    expect((JSON.parse(stdout) as { checks: Record<string, object> }).checks["dns"]).to.deep.equal({
      ok: true,
      shown: false,
    });
  });
});
