import { expect } from "chai";
import { accountFinding } from "../../../cli/account-check/caller.ts";
import { delegationFinding, dnsFinding, zoneToFind } from "../../../cli/account-check/delegation.ts";
import { attempt, exitCodeOf, linesOf, type Status } from "../../../cli/account-check/finding.ts";
import { deniedIn, permissionsFinding, principalOf, questionsOf } from "../../../cli/account-check/permissions.ts";
import { endpointsFinding, endpointsOf, zonesFinding } from "../../../cli/account-check/places.ts";
import { publicAccessFinding } from "../../../cli/account-check/public-access.ts";
import { referenceFindings } from "../../../cli/account-check/references.ts";
import { textsOf } from "../../../cli/account-check/stack.ts";

const region = "eu-central-1";
const account = "123456789012";

describe("findings about an account", () => {
  it("are one line each, with what to do and the code of a quota", () => {
    const quota = { serviceCode: "ec2", quotaCode: "L-1" };
    expect(
      linesOf([
        { check: "zones", status: "ok", text: "eu-central-1a" },
        { check: "addresses", status: "failed", text: "needs 3; 4 of 5 in use", next: "aws x", quota },
      ]),
    ).to.deep.equal([
      "ok         zones: eu-central-1a",
      "failed     addresses: needs 3; 4 of 5 in use (ec2 L-1). Next: aws x",
    ]);
  });

  for (const [statuses, code] of [
    [["ok", "warning"], 0],
    [["ok", "not known"], 3],
    [["not known", "failed", "ok"], 1],
  ] as const)
    it(`end the command with ${code} for ${statuses.join(", ")}`, () => {
      expect(exitCodeOf(statuses.map((status: Status) => ({ check: "x", status, text: "" })))).to.equal(code);
    });

  it("never say ok where AWS denies the look", async () => {
    const denied = Object.assign(new Error("not authorized to perform x"), { name: "AccessDeniedException" });
    const [found] = await attempt("quotas", () => Promise.reject(denied));
    expect(found).to.include({ check: "quotas", status: "not known" });
    expect(found?.text).to.equal("access denied: not authorized to perform x");
    const [other] = await attempt("quotas", () => Promise.reject(new Error("no route\nmore")));
    expect(other).to.deep.equal({ check: "quotas", status: "not known", text: "no route" });
  });

  for (const [what, accounts, status, words] of [
    ["any account where none is named", {}, "ok", "the first up decides"],
    ["the named account", { own: account }, "ok", account],
    ["one of the allowed accounts", { allowed: ["111111111111", account] }, "ok", account],
    ["another than the named account", { own: "111111111111" }, "failed", "pilot:accountId is 111111111111"],
    ["one that is not allowed", { allowed: ["111111111111"] }, "failed", "aws:allowedAccountIds is 111111111111"],
    ["a forbidden one", { own: account, forbidden: [account] }, "failed", "aws:forbiddenAccountIds has it"],
  ] as const)
    it(`tell ${what}`, () => {
      const found = accountFinding({ account, arn: `arn:aws:iam::${account}:user/me` }, region, accounts);
      expect(found).to.include({ status });
      expect(found.text).to.contain(words);
    });

  for (const [blocked, status] of [
    [{}, "ok"],
    [{ BlockPublicPolicy: false, RestrictPublicBuckets: false }, "ok"],
    [{ BlockPublicPolicy: true }, "failed"],
    [{ RestrictPublicBuckets: true }, "failed"],
  ] as const)
    it(`tell whether a bucket can be public: ${JSON.stringify(blocked)}`, () => {
      const found = publicAccessFinding(account, blocked);
      expect(found.status).to.equal(status);
      if (status === "failed") expect(found.next).to.contain(`put-public-access-block --account-id ${account}`);
    });

  const zone = (name: string, state = "available", optIn = "opt-in-not-required") => ({ zone: name, state, optIn });
  for (const [what, found, status, words] of [
    ["can be used", [zone("eu-central-1a")], "ok", "eu-central-1a"],
    ["do not exist", [zone("eu-central-1b")], "failed", "eu-central-1a does not exist"],
    ["are impaired", [zone("eu-central-1a", "impaired")], "failed", "eu-central-1a is impaired"],
    ["are not enabled", [zone("eu-central-1a", "available", "not-opted-in")], "failed", "is not enabled"],
  ] as const)
    it(`tell zones that ${what}`, () => {
      const finding = zonesFinding(["eu-central-1a"], found, region);
      expect(finding.status).to.equal(status);
      expect(finding.text).to.contain(words);
    });

  it("tell endpoints that are not offered in the region or in a zone", () => {
    const zones = ["eu-central-1a", "eu-central-1b"];
    const needed = endpointsOf({ zones, endpoints: { interfaces: ["ecr.api", "sts"] } }, region);
    expect(needed.map(({ name }) => name)).to.deep.equal([
      "com.amazonaws.eu-central-1.s3",
      "com.amazonaws.eu-central-1.ecr.api",
      "com.amazonaws.eu-central-1.sts",
    ]);
    const everywhere = new Map(needed.map(({ name }) => [name, zones]));
    expect(endpointsFinding(needed, everywhere, region)).to.include({ status: "ok", text: "s3, ecr.api, sts" });
    const offered = new Map([...everywhere, ["com.amazonaws.eu-central-1.sts", ["eu-central-1a"]] as const]);
    offered.delete("com.amazonaws.eu-central-1.ecr.api");
    expect(endpointsFinding(needed, offered, region)).to.include({
      status: "failed",
      text:
        "ecr.api (com.amazonaws.eu-central-1.ecr.api) is not offered in eu-central-1; sts is not offered in " +
        "eu-central-1b",
    });
    expect(endpointsOf({ zones, existing: { vpcId: "vpc-1", subnets: {} } }, region)).to.deep.equal([]);
  });

  const parent = { type: "public" as const, name: "sbx.example.com", parent: { zone: "example.com" } };
  it("tell which public zone names are found through", () => {
    expect(zoneToFind(parent)).to.deep.equal({ zone: "example.com", of: "parent" });
    expect(zoneToFind({ type: "public", name: "sbx.example.com" })).to.equal(undefined);
    expect(zoneToFind({ type: "existing", name: "sbx.example.com", visibility: "public" })?.of).to.equal("own");
    expect(zoneToFind({ type: "existing", name: "x.internal", visibility: "private" })).to.equal(undefined);
    expect(dnsFinding({ type: "public", name: "sbx.example.com" }).status).to.equal("warning");
    expect(dnsFinding({ type: "private", name: "sbx.internal" }).status).to.equal("ok");
  });

  const hosted = { name: "example.com", nameServers: ["ns-1.awsdns-00.com"] };
  for (const [what, found, state, status] of [
    ["does not exist", undefined, undefined, "failed"],
    ["is delegated", hosted, { state: "good" }, "ok"],
    ["is delegated elsewhere", hosted, { state: "wrong", found: [] }, "failed"],
    ["cannot be looked up", hosted, { state: "unreachable", reason: "ETIMEOUT" }, "not known"],
  ] as const)
    it(`tell that a zone ${what}`, () => {
      expect(delegationFinding("example.com", found, state && ({ ...state, found: [] } as never)).status).to.equal(
        status,
      );
    });

  it("tell what clusters refer to, each problem for itself", () => {
    const of = { name: "k1", types: ["t3.large"], images: ["ami-1"] };
    const none = { failures: [], warnings: [], notChecked: [] };
    expect(referenceFindings(of, none)).to.deep.equal([
      { check: "machine types, images and more of k1", status: "ok", text: "t3.large, ami-1" },
    ]);
    const all = {
      failures: [{ property: "instanceGroups.nodes.machineType", reason: "is not offered in eu-central-1c" }],
      warnings: ["some zone"],
      notChecked: ["images (access denied)"],
    };
    expect(referenceFindings(of, all).map(({ status }) => status)).to.deep.equal(["failed", "warning", "not known"]);
  });
});

describe("permissions by simulation", () => {
  it("are asked for each statement that allows, with its resources and conditions", () => {
    const statement = { Sid: "A", Effect: "Allow" as const, Action: ["ec2:CreateVpc"], Resource: "*" };
    expect(
      questionsOf([
        {
          Version: "2012-10-17",
          Statement: [
            { ...statement, Condition: { StringEquals: { "aws:RequestedRegion": region } } },
            { ...statement, Action: "s3:GetObject", Resource: ["arn:aws:s3:::b/*"] },
            { ...statement, Effect: "Deny" },
          ],
        },
      ]),
    ).to.deep.equal([
      { actions: ["ec2:CreateVpc"], resources: [], context: [{ key: "aws:RequestedRegion", values: [region] }] },
      { actions: ["s3:GetObject"], resources: ["arn:aws:s3:::b/pilot-check"], context: [] },
    ]);
  });

  for (const [arn, expected] of [
    [`arn:aws:iam::${account}:root`, { root: true }],
    [`arn:aws:iam::${account}:user/team/me`, { user: `arn:aws:iam::${account}:user/team/me` }],
    [`arn:aws:sts::${account}:assumed-role/admin/me@example.com`, { role: "admin" }],
    [`arn:aws:sts::${account}:federated-user/me`, undefined],
  ] as const)
    it(`are those of the principal of ${arn}`, () => {
      expect(principalOf(arn)).to.deep.equal(expected);
    });

  it("are denied by whatever denies them, on any resource", () => {
    const answers = [
      { EvalActionName: "a", EvalDecision: "allowed" },
      { EvalActionName: "b", EvalDecision: "implicitDeny" },
      { EvalActionName: "b", EvalDecision: "explicitDeny" },
      {
        EvalActionName: "c",
        EvalDecision: "implicitDeny",
        OrganizationsDecisionDetail: { AllowedByOrganizations: false },
      },
      {
        EvalActionName: "d",
        EvalDecision: "implicitDeny",
        PermissionsBoundaryDecisionDetail: { AllowedByPermissionsBoundary: false },
      },
      { EvalActionName: "e", EvalDecision: "explicitDeny" },
      {
        EvalActionName: "f",
        EvalDecision: "allowed",
        ResourceSpecificResults: [{ EvalResourceDecision: "implicitDeny" }],
      },
      { EvalActionName: "g" },
    ];
    expect(deniedIn(answers).map(({ action, by }) => `${action} ${by}`)).to.deep.equal([
      ...["b policy", "c organization", "d boundary", "e explicit", "f policy", "g policy"],
    ]);
    expect(permissionsFinding("role", 7, deniedIn(answers)).status).to.equal("failed");
    expect(permissionsFinding("role", 7, []).text).to.equal("7 actions are allowed to role, by simulation");
  });
});

describe("the config in a stack file", () => {
  it("is what the engine passes: full keys with texts, and no secrets", () => {
    expect(
      textsOf(
        {
          config: {
            "aws:region": region,
            sandbox: true,
            "pilot:network": { zones: ["eu-central-1a"] },
            "pilot:clusterSecrets": { docker: { secure: "v1:abc" } },
          },
        },
        "pilot",
      ),
    ).to.deep.equal({
      "aws:region": region,
      "pilot:sandbox": "true",
      "pilot:network": '{"zones":["eu-central-1a"]}',
      "pilot:clusterSecrets": '{"docker":"secret"}',
    });
    expect(textsOf({}, "pilot")).to.deep.equal({});
  });
});
