import { expect } from "chai";
import type { RollingUpdateOptions } from "../../../../../providers/kops/model/inputs.ts";
import { rollFlags, rolesFlag } from "../../../../../providers/kops/kops-cli/flags.ts";
import { all, night } from "./roll-stage.ts";

describe("the flags of kops rolling-update", () => {
  for (const [options, flags] of [
    [{}, []],
    [{ controlPlaneInterval: "1m" }, ["--control-plane-interval=1m"]],
    [{ nodeInterval: "2m" }, ["--node-interval=2m"]],
    [{ bastionInterval: "3m" }, ["--bastion-interval=3m"]],
    [{ drainTimeout: "4m" }, ["--drain-timeout=4m"]],
    [{ postDrainDelay: "5s" }, ["--post-drain-delay=5s"]],
    [{ validationTimeout: "6m" }, ["--validation-timeout=6m"]],
    [{ validateCount: 7 }, ["--validate-count=7"]],
    [{ failOnDrainError: false }, ["--fail-on-drain-error=false"]],
    [{ failOnValidate: false }, ["--fail-on-validate-error=false"]],
    [{ failOnDrainError: true, failOnValidate: true }, ["--fail-on-drain-error=true", "--fail-on-validate-error=true"]],
    [{ cloudOnly: true, force: true }, ["--cloudonly=true", "--force=true"]],
    [{ strategy: "automatic", includeGroups: ["nodes-a"], maintenanceWindows: [night] }, []],
  ] satisfies [RollingUpdateOptions, string[]][]) {
    it(`are as requested: ${JSON.stringify(options)}`, () => {
      expect(rollFlags(options)).to.deep.equal(flags);
    });
  }

  it("name roles as kOps does", () => {
    expect(rolesFlag(all)).to.equal("--instance-group-roles=control-plane,apiserver,node,bastion");
  });
});

describe("the flags of a roll", () => {
  it("leave out unset options, so that kOps's defaults apply", () => {
    expect(rollFlags({})).to.deep.equal([]);
  });
  it("include an option set to zero", () => {
    expect(rollFlags({ validateCount: 0, nodeInterval: "2m" })).to.deep.equal([
      "--node-interval=2m",
      "--validate-count=0",
    ]);
  });
});
