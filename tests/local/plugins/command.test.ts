import { expect } from "chai";
import { CommandProvider } from "../../../local/plugins/command/provider.ts";
import type { Engine } from "../../../local/plugins/protocol/engine.ts";
import { serve } from "../../../local/plugins/protocol/server.ts";
import type { Props } from "../../../local/plugins/protocol/values.ts";
import { PluginClient } from "./plugin-client.ts";
import { rejection } from "../rejection.ts";

const type = "command:local:Command";

describe("the stand-in for the command plugin", () => {
  const said: string[] = [];
  const engine: Engine = { info: (line) => said.push(line), warn: (line) => said.push(line) };
  const cancellation = new AbortController();
  let client: PluginClient;
  let stop: () => void;

  before(async () => {
    const { server, port } = await serve(
      new CommandProvider(engine, { PATH: process.env["PATH"], FROM_OUTSIDE: "seen" }),
      cancellation,
    );
    client = new PluginClient(port);
    await client.configure({});
    stop = () => {
      client.close();
      server.forceShutdown();
    };
  });
  after(() => {
    stop();
  });

  const checked = async (props: Props): Promise<Props> => {
    const { inputs, failures } = await client.check(type, "c", props);
    expect(failures).to.deep.equal([]);
    return inputs;
  };

  it("runs the command with its environment, standard input and interpreter, and keeps its output", async () => {
    const inputs = await checked({
      create: 'echo "$GREETING $FROM_OUTSIDE"; cat; echo oops >&2',
      environment: { GREETING: "hello" },
      stdin: "given",
      interpreter: ["/bin/sh", "-c"],
    });
    const { id, outputs } = await client.create(type, "c", inputs);
    expect(id).to.match(/^c[0-9a-f]{16}$/);
    expect(outputs["stdout"]).to.equal("hello seen\ngiven");
    expect(outputs["stderr"]).to.equal("oops");
    expect(said).to.include("hello seen");
  });

  it("fails with the command's output, and creates nothing", async () => {
    const error = await rejection(client.create(type, "c", await checked({ create: "echo the reason >&2; exit 3" })));
    expect(error.message).to.contain("exit status 3").and.to.contain("the reason");
  });

  it("logs the requested lines while it runs, and keeps all", async () => {
    for (const [logging, told] of [
      ["stderr", ["progress"]],
      ["stdout", ["report"]],
      ["none", []],
    ] as const) {
      said.length = 0;
      const { outputs } = await client.create(
        type,
        "c",
        await checked({ create: "echo report; echo progress >&2", logging }),
      );
      expect(outputs).to.include({ stdout: "report", stderr: "progress" });
      expect(said, logging).to.deep.equal(told);
    }
  });

  it("runs nothing in a preview", async () => {
    const { outputs } = await client.create(type, "c", await checked({ create: "exit 1" }), { preview: true });
    expect(outputs["create"]).to.equal("exit 1");
  });

  it("runs `update` or `create` for another command; other triggers replace", async () => {
    const olds = { create: "echo one", triggers: [1], stdout: "one", stderr: "" };
    const changed = await client.diff(type, "c", "c0", olds, { create: "echo two", triggers: [1] });
    expect(changed).to.deep.include({ changes: true, replaces: [] });
    expect((await client.diff(type, "c", "c0", olds, { create: "echo one", triggers: [2] })).replaces).to.deep.equal([
      "triggers",
    ]);
    expect((await client.diff(type, "c", "c0", olds, { create: "echo one", triggers: [1] })).changes).to.equal(false);
    expect((await client.update(type, "c", "c0", olds, { create: "echo two" }))["stdout"]).to.equal("two");
    expect(
      (
        await client.update(type, "c", "c0", olds, {
          create: "echo two",
          update: 'echo "after $PULUMI_COMMAND_STDOUT"',
        })
      )["stdout"],
    ).to.equal("after one");
  });

  it("runs `delete` at the end, and does nothing without one", async () => {
    await client.delete(type, "c", "c0", { create: "exit 1" });
    said.length = 0;
    await client.delete(type, "c", "c0", { create: "exit 1", delete: "echo gone" });
    expect(said).to.deep.equal(["gone"]);
  });

  it("answers local.run", async () => {
    expect((await client.invoke("command:local:run", { command: "echo now" })).outputs["stdout"]).to.equal("now");
  });

  it("refuses what it does not support, and what the SDK does not declare", async () => {
    const { failures } = await client.check(type, "c", { create: "true", assetPaths: ["*"], creat: "x" });
    expect(failures.map(({ property }) => property)).to.have.members(["assetPaths", "creat"]);
    expect((await rejection(client.check("command:remote:Command", "c", {}))).message).to.contain(
      "not command:remote:Command",
    );
  });
});
