import { expect } from "chai";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { identityHere } from "../../cli/cluster-command.ts";
import { ConfigError } from "../../providers/kops/model/errors.ts";
import { rejection } from "../local/rejection.ts";

const role = (partition: string): { roleArn: string } => ({ roleArn: `arn:${partition}:iam::123456789012:role/ops` });

describe("the region of a command", () => {
  const surroundings = process.env;
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), "pilot-region-"));
    const config =
      "[default]\nregion = eu-west-3\n[profile china]\nregion = cn-north-1\n[profile none]\noutput = json\n";
    await writeFile(join(folder, "config"), config);
  });
  after(() => rm(folder, { recursive: true, force: true }));
  afterEach(() => {
    process.env = surroundings;
  });
  /** The variables of a shell, besides those that name its files. */
  const shell = (given: NodeJS.ProcessEnv, config = "config"): void => {
    const { PATH, HOME } = surroundings;
    process.env = {
      PATH,
      HOME,
      AWS_CONFIG_FILE: join(folder, config),
      AWS_SHARED_CREDENTIALS_FILE: join(folder, "absent"),
      ...given,
    };
  };

  for (const [title, variables, as, region] of [
    ["is that of the shell", { AWS_REGION: "us-gov-west-1", AWS_DEFAULT_REGION: "eu-west-1" }, {}, "us-gov-west-1"],
    ["may be AWS's other variable", { AWS_DEFAULT_REGION: "eusc-de-east-1" }, {}, "eusc-de-east-1"],
    ["of the shell comes before a profile's", { AWS_REGION: "cn-northwest-1" }, { profile: "china" }, "cn-northwest-1"],
    ["is that of the given profile", { AWS_PROFILE: "none" }, { profile: "china" }, "cn-north-1"],
    ["is that of the shell's profile", { AWS_PROFILE: "china" }, {}, "cn-north-1"],
    ["is that of the default profile", {}, {}, "eu-west-3"],
    ["is us-east-1 where nothing names one", { AWS_PROFILE: "none" }, {}, "us-east-1"],
    ["is us-east-1 for a role in a commercial account", {}, { profile: "none", assumeRole: role("aws") }, "us-east-1"],
  ] as const) {
    it(title, async () => {
      shell(variables);
      expect(await identityHere(as)).to.deep.equal({ region, ...as });
    });
  }

  for (const partition of ["aws-cn", "aws-us-gov", "aws-eusc", "aws-iso"]) {
    it(`is not guessed for a role of the partition ${partition}`, async () => {
      shell({}, "absent");
      expect(await rejection(identityHere({ assumeRole: role(partition) })))
        .to.be.instanceOf(ConfigError)
        .with.property("message")
        .that.contains(`the role ${role(partition).roleArn} is in the partition ${partition}`)
        .and.contains("set AWS_REGION");
    });
  }
});
