import { expect } from "chai";
import yaml from "js-yaml";
import { bastionArgv, ownArgv, ssmArgv } from "../../../../providers/kops/access/commands.ts";
import { serverForKops } from "../../../../providers/kops/kops-cli/flags.ts";
import { fixKubeconfig } from "../../../../providers/kops/kops-cli/output/index.ts";

const remote = { host: "api.example.com", port: 443 };
const timeout = "30s";

describe("the command of a tunnel", () => {
  it("for SSM is a session of the AWS command line that forwards to the API", () => {
    expect(ssmArgv("i-0abc", remote, 40001)).to.deep.equal([
      "aws",
      "ssm",
      "start-session",
      "--target",
      "i-0abc",
      "--document-name",
      "AWS-StartPortForwardingSessionToRemoteHost",
      "--parameters",
      '{"host":["api.example.com"],"portNumber":["443"],"localPortNumber":["40001"]}',
    ]);
  });

  it("for a bastion is an ssh that never prompts, ends when it cannot forward, and shares no connection", () => {
    const argv = bastionArgv(
      { access: "bastion", via: "ubuntu@bastion", options: ["-J", "jump"], timeout },
      remote,
      40001,
    );
    expect(argv.slice(0, 3)).to.deep.equal(["ssh", "-N", "-T"]);
    expect(argv).to.include.members([
      "BatchMode=yes",
      "ExitOnForwardFailure=yes",
      "ControlMaster=no",
      "ControlPath=none",
    ]);
    expect(argv.slice(-5)).to.deep.equal(["-J", "jump", "-L", "127.0.0.1:40001:api.example.com:443", "ubuntu@bastion"]);
  });

  it("for a bastion puts IPv6 addresses in brackets", () => {
    expect(
      bastionArgv({ access: "bastion", via: "b", options: [], timeout }, { host: "fd00::1", port: 443 }, 1),
    ).to.include("127.0.0.1:1:[fd00::1]:443");
  });

  it(
    "of the user's own gets its placeholders filled in, also several in one word, and stays otherwise " + "unchanged",
    () => {
      const command = ["tunnel", "{host}:{port}", "--listen=127.0.0.1:{localPort}", "{cluster}", "{other}", "$HOME"];
      expect(ownArgv({ access: "command", command, timeout }, "k1.example.com", remote, 7)).to.deep.equal([
        "tunnel",
        "api.example.com:443",
        "--listen=127.0.0.1:7",
        "k1.example.com",
        "{other}",
        "$HOME",
      ]);
    },
  );
});

describe("the address of the API for kOps", () => {
  it("keeps its port when kOps appends one because the load balancer has a certificate", () => {
    for (const server of ["https://127.0.0.1:37487", "https://127.0.0.1:37487/"]) {
      const url = new URL(`${serverForKops(server)}:8443`);
      expect([url.host, url.pathname]).to.deep.equal(["127.0.0.1:37487", "/"]);
    }
  });

  it("is restored in kubeconfigs, which stay otherwise unchanged", () => {
    for (const [written, meant] of [
      ["https://127.0.0.1:37487/#:8443", "https://127.0.0.1:37487"],
      ["https://127.0.0.1:37487/#", "https://127.0.0.1:37487"],
      ["https://api.example.com:8443", "https://api.example.com:8443"],
    ] as const) {
      const kubeconfig = (server: string): object => ({
        apiVersion: "v1",
        clusters: [{ name: "k1", cluster: { server, "tls-server-name": "api.internal.k1" } }],
        users: [{ name: "k1", user: { "client-key-data": "aGVsbG8=" } }],
      });
      expect(yaml.load(fixKubeconfig(yaml.dump(kubeconfig(written)))), written).to.deep.equal(kubeconfig(meant));
    }
  });
});
