import { expect } from "chai";
import { readStackConfig } from "../../../components/environment/config.ts";

const base = {
  "aws:region": "ap-southeast-2",
  "pilot:network": JSON.stringify({ zones: ["ap-southeast-2a"] }),
  "pilot:dns": JSON.stringify({ type: "none", name: "sbx.test" }),
};

const problemsOf = (changes: Record<string, unknown>): string[] =>
  readStackConfig(
    {
      ...base,
      ...Object.fromEntries(Object.entries(changes).map(([key, value]) => [`pilot:${key}`, JSON.stringify(value)])),
    },
    "pilot",
  ).problems.map(({ source, path, message }) => `${source} ${path}: ${message}`);

const shop = (namespace: object = {}, access: object = {}): object => ({
  shop: { namespaces: { shop: { quota: { pods: 10 }, ...namespace } }, access },
});

describe("the request for add-ons", () => {
  it("is empty by default, and keeps what the config says", () => {
    expect(problemsOf({})).to.deep.equal([]);
    expect(problemsOf({ tenants: shop(), platform: { storageClass: {} }, smokeTest: { enabled: true } })).to.deep.equal(
      [],
    );
    const { config } = readStackConfig(
      {
        ...base,
        "pilot:environment": "acme/pilot/sbx",
        "pilot:tenants": JSON.stringify(shop()),
        "pilot:network": "{}",
        "pilot:dns": "{}",
      },
      "pilot",
    );
    expect(Object.keys(config?.tenants ?? {}), "of a stack that holds clusters only").to.deep.equal(["shop"]);
  });

  const cases: [string, Record<string, unknown>, RegExp][] = [
    [
      "a namespace that does not mention a quota",
      { tenants: { shop: { namespaces: { shop: {} } } } },
      /pilot:tenants shop\.namespaces\.shop\.quota: (is missing|must be a mapping such as)/,
    ],
    [
      "a resource that no quota counts",
      { tenants: shop({ quota: { cups: 3 } }) },
      /shop\.namespaces\.shop\.quota.*: .*something that a ResourceQuota counts/,
    ],
    [
      "an invalid amount",
      { tenants: shop({ quota: { pods: "ten" } }) },
      /quota.*pods.*: must be a Kubernetes quantity/,
    ],
    [
      "a key that does not exist",
      { tenants: shop({ netwerk: "open" }) },
      /unknown key "netwerk", did you mean "network"/,
    ],
    [
      "a team without a namespace",
      { tenants: { shop: { namespaces: {} } } },
      /shop\.namespaces: must have at least one namespace/,
    ],
    [
      "a namespace that Kubernetes owns",
      { tenants: { shop: { namespaces: { "kube-system": { quota: "unlimited" } } } } },
      /namespaces\.kube-system: kube-system is a namespace of Kubernetes/,
    ],
    [
      "a namespace that two teams claim",
      { tenants: { ...shop(), other: { namespaces: { shop: { quota: "unlimited" } } } } },
      /other\.namespaces\.shop: shop is already a namespace of shop/,
    ],
    [
      "two IAM roles that would share one mapping in the cluster",
      {
        tenants: shop(
          {},
          {
            admin: { iamRoles: ["arn:aws:iam::123456789012:role/Shop.Admin"] },
            view: { iamRoles: ["arn:aws:iam::123456789012:role/shop-admin"] },
          },
        ),
      },
      /pilot:tenants shop\.access\.view\.iamRoles\[0\]: .*would have the same IAMIdentityMapping, pilot-123456789012-shop-admin, as .*Shop\.Admin/,
    ],
    [
      "a group that contains everybody or every program",
      { tenants: shop({}, { view: { groups: ["team", "system:authenticated"] } }) },
      /access\.view\.groups\[1\]: system:authenticated is a group of Kubernetes itself/,
    ],
    [
      "an IAM role with a path",
      { tenants: shop({}, { edit: { iamRoles: ["arn:aws:iam::123456789012:role/team/shop"] } }) },
      /iamRoles\[0\]: must be arn:aws:iam::123456789012:role\/shop, without the path/,
    ],
    [
      "a chart without a version",
      { platform: { charts: { ingress: { chart: "ingress", namespace: "ingress" } } } },
      /charts\.ingress\.version: needs a version/,
    ],
    [
      "a range of versions",
      { platform: { charts: { ingress: { chart: "ingress", version: "^4.0.0", namespace: "ingress" } } } },
      /must be an exact version/,
    ],
    [
      "a chart with two locations",
      {
        platform: {
          charts: {
            ingress: {
              chart: "oci://r.example.com/c",
              repository: "https://r.example.com",
              version: "1.0.0",
              namespace: "ingress",
            },
          },
        },
      },
      /charts\.ingress\.repository: cannot be given: oci:/,
    ],
    [
      "two defaults",
      {
        platform: {
          priorityClasses: {
            a: { value: 1, description: "a", globalDefault: true },
            b: { value: 2, description: "b", globalDefault: true },
          },
        },
      },
      /priorityClasses\.b\.globalDefault: is also true for a/,
    ],
    [
      "a priority class that Kubernetes owns",
      { platform: { priorityClasses: { "system-mine": { value: 1, description: "a" } } } },
      /names that begin with system- are reserved for Kubernetes/,
    ],
    [
      "an invalid name",
      { smokeTest: { enabled: true, names: ["kubernetes.default; reboot"] } },
      /pilot:smokeTest names\[0\]: must be a name in DNS/,
    ],
    [
      "an invalid image",
      { smokeTest: { image: "busybox; true" } },
      /pilot:smokeTest image: must be an image with its registry/,
    ],
  ];
  for (const [what, changes, message] of cases) {
    it(`refuses ${what}`, () => {
      const problems = problemsOf(changes);
      expect(problems, problems.join("\n")).to.have.lengthOf(1);
      expect(problems[0]).to.match(message);
    });
  }
});
