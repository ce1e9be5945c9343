import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect } from "chai";
import { chosenAccess } from "../../../../providers/kops/access/choice.ts";
import { ConfigError } from "../../../../providers/kops/model/errors.ts";
import { rejection } from "../../../local/rejection.ts";

const cluster = "k1.sbx.example.com";
const inline = (clusters: unknown): NodeJS.ProcessEnv => ({ PILOT_ACCESS: JSON.stringify({ clusters }) });

describe("the choice of a connection to a cluster's API", () => {
  it("is none without PILOT_ACCESS, without its file, or without an entry for the cluster", async () => {
    for (const env of [
      {},
      { PILOT_ACCESS: "" },
      { PILOT_ACCESS: "/nowhere/access.json" },
      inline({ "k2.sbx.example.com": { server: "https://127.0.0.1:1" } }),
    ]) {
      expect(await chosenAccess(cluster, env)).to.equal(undefined);
    }
  });

  it("comes from a file or from the variable itself", async () => {
    const folder = await mkdtemp(join(tmpdir(), "pilot-access-"));
    const file = join(folder, "access.json");
    const text = JSON.stringify({ clusters: { [cluster]: { access: "bastion", via: "team-bastion" } } });
    await writeFile(file, text);
    const desired = { access: "bastion", via: "team-bastion", options: [], timeout: "30s" };
    expect(await chosenAccess(cluster, { PILOT_ACCESS: file })).to.deep.equal(desired);
    expect(await chosenAccess(cluster, { PILOT_ACCESS: ` ${text}` })).to.deep.equal(desired);
    await rm(folder, { recursive: true });
  });

  it("is direct if only an address is given", async () => {
    expect(await chosenAccess(cluster, inline({ [cluster]: { server: "https://127.0.0.1:8443" } }))).to.deep.equal({
      access: "direct",
      server: "https://127.0.0.1:8443",
    });
  });

  it("prefers the cluster's name to a pattern, and a longer pattern to a shorter one", async () => {
    const via = (host: string) => ({ access: "bastion", via: host });
    const all = {
      "*": via("any"),
      "*.sbx.example.com": via("sandbox"),
      "k?.sbx.example.com": via("never"),
      [cluster]: { access: "direct" },
    };
    expect(await chosenAccess(cluster, inline(all))).to.deep.equal({ access: "direct" });
    expect(await chosenAccess("k2.sbx.example.com", inline(all))).to.include(via("sandbox"));
    expect(await chosenAccess("k1.prod.example.com", inline(all))).to.include(via("any"));
  });

  const wrong: [string, unknown, RegExp][] = [
    ["an unknown kind", { access: "vpn" }, /access must be direct, ssm, bastion or command/],
    ["an unknown key", { access: "ssm", instance: "i-0123" }, /Unrecognized key: "instance"/],
    ["an address without TLS", { server: "http://127.0.0.1:8080" }, /must be an address such as https:\/\/host:port/],
    ["a target that is no instance", { access: "ssm", target: "bastion" }, /must be the id of an instance/],
    [
      "no tag to find it by",
      { access: "ssm", target: { tags: {} } },
      /needs at least one tag|must be the id of an instance/,
    ],
    [
      "a host that ssh would take for an option",
      { access: "bastion", via: "-oProxyCommand=true" },
      /must be a host as ssh takes it/,
    ],
    ["no bastion", { access: "bastion" }, /clusters\["k1\.sbx\.example\.com"\]\.via/],
    [
      "a command line in one piece",
      { access: "command", command: "tunnel {localPort}" },
      /must be a list of program and arguments/,
    ],
    [
      "a command without {localPort}",
      { access: "command", command: ["tunnel", "{host}"] },
      /must contain \{localPort\}/,
    ],
    [
      "a time without a unit",
      { access: "command", command: ["tunnel", "{localPort}"], timeout: "30" },
      /must be a duration such as 30s/,
    ],
  ];
  for (const [what, choice, message] of wrong) {
    it(`is refused with ${what}`, async () => {
      const error = await rejection(chosenAccess(cluster, inline({ [cluster]: choice })));
      expect(error).to.be.instanceOf(ConfigError);
      expect(error.message).to.match(message).and.to.contain("PILOT_ACCESS");
    });
  }

  it("is refused with all problems at once, and if it is not valid JSON", async () => {
    const error = await rejection(
      chosenAccess(cluster, inline({ a: { access: "vpn" }, b: { access: "bastion", via: "-x" } })),
    );
    expect(error.message).to.contain("access must be").and.to.contain("must be a host");
    expect((await rejection(chosenAccess(cluster, { PILOT_ACCESS: "{ no json" }))).message).to.contain(
      "The JSON in PILOT_ACCESS cannot be used",
    );
  });
});
