import { expect } from "chai";
import { parse, pathText } from "../../../components/config/problems.ts";
import { dnsProblems, dnsRequest, sharedVpcProblems } from "../../../components/dns/index.ts";

const clusters = ["k1.sbx.example.com"];

function problems(request: unknown): string[] {
  const parsed = parse(dnsRequest, request);
  const found = parsed.ok ? dnsProblems(parsed.value, clusters) : parsed.issues;
  return found.map(({ path, message }) => `${pathText(path)}: ${message}`);
}

const refused: [what: string, request: object, says: RegExp[]][] = [
  [
    "names that kOps manages",
    { type: "public", records: { "api.k1": { a: ["192.0.2.1"] }, "api.internal.k1": { cname: "x.example.com" } } },
    [
      /records\.api\.k1: kOps writes api\.k1\.sbx\.example\.com for the cluster k1\.sbx/,
      /records\.api\.internal\.k1: /,
    ],
  ],
  [
    "a CNAME of the zone itself",
    { type: "private", records: { "@": { cname: "x.example.com" } } },
    [/records\.@: the zone's own name can have no CNAME/],
  ],
  [
    "records of clusters that do not exist",
    { type: "private", records: { kube: { api: "k2" } } },
    [/records\.kube: api: the stack has no cluster k2; it has k1\.sbx/],
  ],
  [
    "a record with two values",
    { type: "private", records: { kube: { api: "k1", cname: "x.example.com" } } },
    [/records\.kube/],
  ],
  [
    "a record that would share the name of the delegation's resource",
    { type: "public", parent: { zone: "example.com" }, records: { delegation: { a: ["192.0.2.1"] } } },
    [/records\.delegation: .*the program's own record in the parent zone/],
  ],
  [
    "an invalid parent",
    { type: "public", parent: { zone: "example.org" } },
    [/parent\.zone: sbx\.example\.com is not below example\.org/],
  ],
  [
    "an invalid role",
    { type: "public", parent: { zone: "example.com", role: "dns" } },
    [/parent\.role: must be the ARN of a role/],
  ],
  [
    "resolvers by name",
    { type: "public", delegation: { resolvers: ["dns.google", "1.1.1.1", "[::1]:53"] } },
    [/delegation\.resolvers\[0\]: "dns\.google" is not an IP address/],
  ],
  [
    "a VPC named twice",
    { type: "private", vpcs: [{ vpcId: "vpc-0a" }, { vpcId: "vpc-0a" }] },
    [/vpcs\[1\]\.vpcId: vpc-0a is listed twice/],
  ],
  [
    "a delegation of a private zone",
    { type: "existing", visibility: "private", delegation: {} },
    [/delegation: is for public zones/],
  ],
  [
    "an association with a public zone",
    { type: "existing", visibility: "public", associate: true },
    [/associate: is for private zones/],
  ],
  ["an unknown kind", { type: "publik" }, [/type: must be one of private, public, existing, none|type/]],
];

describe("the validation of a DNS request", () => {
  for (const [what, request, says] of refused) {
    it(`refuses ${what}`, () => {
      const found = problems({ name: "sbx.example.com", ...request });
      expect(found, found.join("\n")).to.have.length(says.length);
      for (const [index, pattern] of says.entries()) expect(found[index]).to.match(pattern);
    });
  }

  it("accepts every key that is used as intended", () => {
    expect(
      problems({
        type: "public",
        name: "sbx.example.com",
        parent: { zone: "example.com", role: "arn:aws:iam::111122223333:role/dns" },
        delegation: { check: true, resolvers: ["127.0.0.1:5353"], waitSeconds: 0 },
        records: { kube: { api: "k1.sbx.example.com" } },
        forceDestroy: true,
      }),
    ).to.deep.equal([]);
  });
});

describe("a VPC that another account shares", () => {
  const shared = { vpcId: "vpc-1", region: "eu-central-1", owner: "999999999999" };
  const name = "sbx.example.com";
  for (const [what, request, path] of [
    ["gets no private zone made here", { type: "private", name }, ["type"]],
    [
      "is not associated by its participant",
      { type: "existing", name, id: "Z0123", visibility: "private", associate: true },
      ["associate"],
    ],
    ["can have a zone that its owner associated", { type: "existing", name, visibility: "private" }, undefined],
    ["can have a public zone", { type: "public", name }, undefined],
    ["needs no zone", { type: "none", name }, undefined],
  ] as const)
    it(what, () => {
      const problems = sharedVpcProblems(request, shared);
      expect(problems.map((one) => one.path)).to.deep.equal(path ? [path] : []);
      for (const { message } of problems)
        expect(message)
          .to.contain("shared by the account 999999999999")
          .and.to.contain("aws route53 create-vpc-association-authorization --hosted-zone-id Z")
          .and.to.contain("VPCRegion=eu-central-1,VPCId=vpc-1");
    });
});
