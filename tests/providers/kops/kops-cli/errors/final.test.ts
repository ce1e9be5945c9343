import { expect } from "chai";
import { exitCauses } from "../../../../../providers/kops/kops-cli/errors/exit.ts";
import { deadlineCauses, finalCauses } from "../../../../../providers/kops/kops-cli/errors/final.ts";
import type { Update } from "../../../../../providers/kops/kops-cli/errors/kinds.ts";
import { readStalls } from "../../../../../providers/kops/kops-cli/errors/stalls.ts";
import type { Cause } from "../../../../../providers/kops/model/errors.ts";
import { errorIn } from "../../../../../providers/kops/kops-cli/output/index.ts";
import { recorded, recordedInputs, recordedVersions } from "./recorded.ts";

/** When kOps is stopped: at the first or second stall, only if the error lasts for a minute, or never. */
type When = "first" | "second" | "lasting" | "never";

const outcome: Readonly<Record<When, string>> = {
  first: "ends kOps at the first stall",
  second: "ends kOps at the second stall",
  lasting: "ends kOps once it lasts for a minute",
  never: "ends kOps never",
};

const never = { when: "never", property: "", says: "" } as const;

const expected: Readonly<Record<string, { when: When; property: string; says: string }>> = {
  "no-release": { when: "first", property: "cluster.kubernetesVersion", says: "cannot determine hash for" },
  "no-address": { when: "second", property: "cluster.subnets[0].egress", says: "InvalidAllocationID.NotFound" },
  "no-nat": { when: "second", property: "cluster.subnets[0].egress", says: "NatGatewayNotFound" },
  "no-vpc": { when: "second", property: "cluster.networkID", says: "InvalidVpcID.NotFound" },
  "no-key": { when: "second", property: "cluster.sshKeyName", says: "unable to find specified SSH key" },
  "other-vpc": { when: "first", property: "cluster.networkID", says: "differs from what exists" },
  "denied-ec2": { when: "first", property: "", says: "AWS denies access: error listing VPCs" },
  "denied-iam": { when: "first", property: "", says: "AWS denies access: error getting role" },
  "denied-elb": { when: "first", property: "", says: "DescribeLoadBalancers" },
  "denied-sqs": { when: "first", property: "", says: "ListQueues" },
  expired: { when: "first", property: "", says: "ExpiredToken" },
  "auth-failure": { when: "first", property: "", says: "AuthFailure" },
  "apply-limit": { when: "lasting", property: "cluster.networkCIDR", says: "VpcLimitExceeded" },
  "apply-denied": { when: "lasting", property: "", says: "AWS denies access" },
  "apply-profile": never,
  "apply-group-missing": never,
};

/** The causes of each stall. `later`: the same log minutes later. */
function stallsIn(lines: readonly string[], update: Update, inputs: Parameters<typeof finalCauses>[2], later = 0) {
  const read = readStalls();
  return lines.flatMap((line) => {
    const stall = read(line.replace(/\(9m(\d+)s remaining/, `(${9 - later}m$1s remaining`));
    return stall ? [finalCauses(stall, update, inputs)] : [];
  });
}

for (const version of recordedVersions) {
  describe(`an error of a task, as kOps ${version} prints it`, () => {
    for (const [name, lines] of recorded(version)) {
      const wish = expected[name];
      if (!wish) continue;
      const inputs = recordedInputs(version, name);
      const update = name.startsWith("apply-") ? "apply" : "dryRun";
      it(`${name} ${outcome[wish.when]}`, () => {
        const { when, property, says } = wish;
        const [first, second] = stallsIn(lines, update, inputs);
        const [, lasting] = stallsIn(lines, update, inputs, 3);
        const ends = [first, second, lasting].map((causes) => causes !== undefined);
        expect(ends).to.deep.equal(
          {
            first: [true, true, true],
            second: [false, true, true],
            lasting: [false, false, true],
            never: [false, false, false],
          }[when],
        );
        for (const cause of lasting ?? []) {
          expect(cause.property).to.equal(property);
          expect(cause.reason).to.contain(says);
        }
        if (when !== "never") expect(lasting, "one cause, however many tasks it fails").to.have.length(1);
      });
    }
  });

  describe(`an error that ends kOps ${version} at once`, () => {
    for (const [name, property, says] of [
      ["too-old", "cluster.kubernetesVersion", "is too old for this version of kOps (it recommends 1."],
      ["too-new", "cluster.kubernetesVersion", "is newer than this version of kOps knows"],
      ["no-image-id", "instanceGroups.nodes-ap-southeast-2a.image", "InvalidAMIID.NotFound"],
      ["no-type", "instanceGroups.nodes-ap-southeast-2a.machineType", "InvalidInstanceType"],
    ] as const) {
      it(`${name} is told by its property`, () => {
        const text = recorded(version).get(name)?.join("\n") ?? "";
        const [cause, ...others] = exitCauses(errorIn({ stdout: text, stderr: "", exitCode: 1 }), text);
        expect(others).to.deep.equal([]);
        expect(cause?.property).to.equal(property);
        expect(cause?.reason).to.contain(says);
      });
    }
  });
}

describe("kOps goes on", () => {
  const inputs = recordedInputs("1.35.0");
  const warning = (text: string, left = "8m0s", task = "VPC/k1.example.com"): string =>
    `W0101 00:00:00.000000       1 executor.go:141] error running task "${task}" (${left} remaining to succeed): ${text}`;
  const api = (code: string, status = 400): string =>
    `operation error EC2: X, https response error StatusCode: ${status}, RequestID: r, api error ${code}: text`;
  const round = "I0101 00:00:00.000000       1 executor.go:113] Tasks: 3 done / 9 total; 1 can run";
  const stall = (count: number): string =>
    `I0101 00:00:00.000000       1 executor.go:171] Continuing to run ${count} task(s)`;
  const causes = (update: Update, texts: readonly string[], count = texts.length): Cause[] | undefined =>
    stallsIn([round, ...texts.map((text) => warning(text)), stall(count)], update, inputs).at(-1);
  const denied = api("UnauthorizedOperation", 403);

  for (const text of [
    api("Throttling"),
    api("RequestLimitExceeded", 503),
    api("TooManyRequestsException", 429),
    api("InternalError", 500),
    "operation error EC2: X, request send failed, dial tcp: lookup ec2: no such host",
    "operation error EC2: X, https response error StatusCode: 0, RequestID: , request send failed",
    api("DependencyViolation"),
    api("InvalidGroup.NotFound"),
    api("InvalidSubnetID.NotFound"),
    "operation error IAM: PutRolePolicy, https response error StatusCode: 404, RequestID: r, api error NoSuchEntity: The role with name nodes.k1.example.com cannot be found.",
    "operation error EC2: X, https response error StatusCode: 400, RequestID: r, api error InvalidParameterValue: Value (nodes.k1) for parameter iamInstanceProfile.name is invalid. Invalid IAM Instance Profile name",
    "operation error IAM: X, https response error StatusCode: 400, RequestID: r, api error MalformedPolicyDocument: Invalid principal in policy",
    "operation error S3: PutObject, https response error StatusCode: 403, RequestID: r, api error AccessDenied: Access Denied",
    "operation error S3: PutObject, https response error StatusCode: 404, RequestID: r, api error NoSuchBucket: The specified bucket does not exist",
    "operation error Route 53: X, https response error StatusCode: 400, RequestID: r, PriorRequestNotComplete: text",
    "load balancer not yet ready (arn is empty)",
    "something that nobody has seen before",
  ]) {
    it(`after: ${text.slice(0, 130)}`, () => {
      expect(causes("apply", [text])).to.equal(undefined);
      expect(causes("dryRun", [text])).to.equal(undefined);
    });
  }

  it("while another task may still succeed, or asks to be tried again silently", () => {
    expect(causes("dryRun", [denied])).to.have.length(1);
    expect(causes("dryRun", [denied, api("Throttling")])).to.equal(undefined);
    expect(causes("dryRun", [denied], 2)).to.equal(undefined);
  });

  it("in an apply, until a refusal has lasted for a minute: rights and names need time to arrive", () => {
    const lines = (left: string): string[] => [round, warning(denied, left), stall(1)];
    expect(stallsIn(lines("9m1s"), "apply", inputs)).to.deep.equal([undefined]);
    expect(stallsIn(lines("8m59s"), "apply", inputs)[0]).to.have.length(1);
    expect(stallsIn(lines("-5s"), "apply", inputs)[0]).to.have.length(1);
  });
});

describe("the causes of a failed kOps", () => {
  it("are by property where kOps refuses several fields", () => {
    const error =
      'completed cluster failed validation: [spec.networking.subnets[0].egress: Invalid value: "x": egress must be of type NAT Gateway, spec.kubernetesVersion: Required value]';
    expect(exitCauses(error, "")).to.deep.equal([
      {
        property: "cluster.subnets[0].egress",
        reason: 'is refused by kOps: Invalid value: "x": egress must be of type NAT Gateway',
      },
      { property: "cluster.kubernetesVersion", reason: "is refused by kOps: Required value" },
    ]);
    expect(exitCauses('spec.tenancy: Unsupported value: "none"', "")[0]?.property).to.equal("instanceGroups: tenancy");
    expect(exitCauses("error reading cluster configuration: not found", "")).to.deep.equal([]);
  });

  it("are by property after kOps's own ten minutes, too", () => {
    const error =
      "error running tasks: deadline exceeded executing task NatGateway/ap-southeast-2a.k1.example.com. Example error: waiting";
    expect(deadlineCauses(error, recordedInputs("1.35.0"))).to.deep.equal([
      {
        property: "cluster.subnets[0].egress",
        reason: "could not be brought about in ten minutes: waiting (NatGateway/ap-southeast-2a.k1.example.com)",
      },
    ]);
  });
});
