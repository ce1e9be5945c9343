import { readFile, readdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { expect } from "chai";
import { layoutOf } from "../../local/base/layout.ts";
import { chromium } from "../../local/tools/index.ts";
import type { HistoryRecord } from "../../providers/kops/store/history.ts";
import type { Outcome } from "../../providers/kops/store/outcome.ts";
import { startBrowser } from "../browser/browser.ts";
import type { Browser } from "../browser/browser.ts";
import { sideways, tooFaint, unnamed } from "../browser/looks.ts";
import { processes, runningOf } from "../crash/processes.ts";
import { until } from "../local/cloud/bench.ts";
import { bareArgs, done, makeBareCheckout } from "./bare/index.ts";
import type { BareCheckout } from "./bare/index.ts";

type Listed = HistoryRecord & { name: string; outcome: Outcome };

describe("the history of a cluster", function () {
  this.timeout(8 * 60_000);
  const name = "k1.bare.internal";
  let bare: BareCheckout;
  let browser: Browser;

  before(async () => {
    bare = await makeBareCheckout();
    browser = await startBrowser(await chromium(layoutOf(resolve(import.meta.dirname, "../..")), () => undefined));
  });
  after(async () => {
    await browser.close();
    await bare.remove();
  });

  const declare = async (machineType: string, groups: readonly string[]): Promise<void> => {
    const nodeGroups = Object.fromEntries(["nodes", ...groups].map((group) => [group, { machineType, count: 1 }]));
    await bare.declare({ k1: bareArgs("k1", bare.infrastructure, JSON.stringify({ nodeGroups })) });
  };
  const pilot = async (...args: string[]): Promise<string> => (await bare.local("npx", "pilot", ...args)).output;
  const store = (): string => bare.infrastructure.stateStore;
  const history = async (): Promise<Listed[]> => {
    const output = await pilot("history", store(), name, "--json");
    // After a kill, the local cloud first says that it cancelled the run.
    return JSON.parse(output.slice(output.search(/^\[/m))) as Listed[];
  };
  /** Writes a report and looks at it as a person does. */
  const look = async (...operation: string[]): Promise<string> => {
    const file = join(bare.folder, "report.html");
    await pilot("report", store(), name, ...operation, "--out", file);
    const page = await browser.page();
    for (const scheme of ["light", "dark"] as const) {
      await page.view({ width: 360, scheme });
      await page.open(file);
      expect(await page.evaluate(tooFaint)).to.deep.include({ found: [] });
    }
    expect(await page.evaluate(sideways)).to.equal(0);
    expect(await page.evaluate(unnamed)).to.deep.equal([]);
    expect([page.complaints, [...new Set(page.requests)]]).to.deep.equal([[], [`file://${file}`]]);
    return String(await page.evaluate("document.body.textContent.replace(/\\s+/g, ' ')"));
  };

  it("has the create, a killed roll, and the run that continued it, with the nodes of a removed group", async () => {
    await declare("t3.large", ["old"]);
    expect((await bare.up()).output).to.contain(done);
    expect((await history()).map(({ verb, outcome, changes }) => [verb, outcome, changes])).to.deep.equal([
      ["create", "succeeded", "first"],
    ]);

    // The roll of \`nodes\` is before the removal of \`old\`.
    await declare("t3.xlarge", []);
    const running = async () => runningOf(await processes(), bare.folder, bare.folder);
    await bare.npmDuring(
      /rolling nodes 1\/1 replacing/,
      async (pid) => {
        // The provider first: it would note that it was stopped.
        for (const plugin of (await running()).plugins) process.kill(plugin, "SIGKILL");
        process.kill(-pid, "SIGKILL");
      },
      ...bare.upWords,
    );
    await until("the killed run has ended", async () => Object.values(await running()).flat().length === 0);
    expect((await history()).map(({ outcome }) => outcome)).to.deep.equal(["interrupted", "succeeded"]);
    expect(await look()).to.contain("It did not come to its end");

    const records = join(bare.folder, "records");
    const ran = await bare.npmDuring(
      /removing instance group old/,
      async () => {
        expect((await history())[0]).to.include({ outcome: "running" });
      },
      ...bare.upWords.flatMap((word) => (word === "pulumi" ? ["env", `PILOT_RECORD_DIR=${records}`, word] : [word])),
    );
    expect(ran.output).to.contain(done);
    const [last, ...before] = await history();
    expect(before.map(({ outcome }) => outcome)).to.deep.equal(["interrupted", "succeeded"]);
    expect(last).to.include({ verb: "update", outcome: "succeeded", owner: "organization/pilot/sbx" });
    expect(last?.continues).to.match(/^update begun .* stopped at NodesRolled/);
    expect(last?.changes).to.include("instanceGroups.nodes.machineType: t3.large -> t3.xlarge");
    expect(last?.by.arn).to.match(/^arn:aws:/);
    const removed = last?.nodes.find((node) => node.removed);
    expect(removed?.group).to.equal("old");
    expectInOrder([last?.begun, removed?.drained, removed?.emptied, removed?.stopped, last?.ended]);
    const text = await look(last?.name ?? "");
    for (const part of ["succeeded", "t3.xlarge", "old, removed"]) expect(text).to.contain(part);

    expect(await readdir(records)).to.deep.equal([`${name}-${last?.name ?? ""}.json`]);
    await pilot("pr", "reports", "--records", records, "--out", join(bare.folder, "reports"));
    const page = await readFile(join(bare.folder, "reports", `${name}-${last?.name ?? ""}.html`), "utf8");
    expect(page).to.contain("t3.xlarge");
  });

  it("has the times of each replaced node, and what failed with its next step", async () => {
    await declare("t3.large", []);
    expect((await bare.up()).output).to.contain(done);
    const [rolled] = await history();
    expect(rolled?.continues).to.equal(undefined);
    expect(rolled?.nodes.map(({ group }) => group)).to.deep.equal(["nodes"]);
    const [node] = rolled?.nodes ?? [];
    expectInOrder([rolled?.begun, node?.drained, node?.stopped, node?.valid, rolled?.ended]);

    await pilot("pause", store(), name, "the sale");
    await declare("t3.xlarge", []);
    await bare.upFails();
    const [stopped] = await history();
    expect(stopped).to.include({ outcome: "stopped" });
    expect(await look(stopped?.id ?? ""))
      .to.contain("the sale")
      .and.to.contain("Next: run `npx pilot resume");
    await pilot("resume", store(), name);
  });

  it("outlives the cluster", async () => {
    await bare.destroy();
    const table = await pilot("history", store());
    expect(table).to.match(/k1\.bare\.internal +delete +succeeded/);
    expect(await look()).to.contain("Delete of k1.bare.internal");
  });
});

/** Times that are there, each not before the one before it. */
function expectInOrder(times: readonly (string | undefined)[]): void {
  expect(times).to.not.include(undefined);
  expect(times).to.deep.equal([...times].sort());
}
