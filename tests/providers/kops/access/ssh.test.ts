import { execa } from "execa";
import { expect } from "chai";
import { bastionArgv } from "../../../../providers/kops/access/commands.ts";

describe("the ssh of a bastion's tunnel", () => {
  it("overrides the user's configuration of shared connections and passwords", async () => {
    const [program = "", ...args] = bastionArgv(
      { access: "bastion", via: "ubuntu@bastion", options: ["-p", "2222"], timeout: "30s" },
      { host: "api.example.com", port: 8443 },
      40001,
    );
    // -G prints what it would do, and connects nowhere.
    const { stdout } = await execa(program, ["-G", "-F", "/dev/null", ...args]);
    const settings = stdout.split("\n");
    expect(settings).to.include.members([
      "user ubuntu",
      "hostname bastion",
      "port 2222",
      "batchmode yes",
      "exitonforwardfailure yes",
      "controlmaster false",
      "forkafterauthentication no",
      "sessiontype none",
      "serveraliveinterval 10",
      "localforward [127.0.0.1]:40001 [api.example.com]:8443",
    ]);
    expect(settings.filter((line) => /^controlpath (?!none)/.test(line))).to.deep.equal([]);
  });
});
