import { expect } from "chai";
import { policy } from "../../cli/policy.ts";
import type { Policy } from "../../components/state-store/policies.ts";
import { rejection } from "../local/rejection.ts";

const ask = (args: readonly string[], options: { stack?: string; account?: string }): Promise<string> =>
  policy({ args, options, usage: "", refusal: (why) => new Error(why) as never });

describe("the policy command", () => {
  it("fills a role's policies for a stack and an account, without asking AWS", async () => {
    const found = JSON.parse(await ask(["owner"], { stack: "sbx", account: "123456789012" })) as Record<string, Policy>;
    expect(Object.keys(found)).to.deep.equal([
      ...["reads", "clusters", "node-roles", "store", "network", "buckets", "pipeline"],
    ]);
    const text = JSON.stringify(found);
    expect(text)
      .to.contain("arn:aws:s3:::pilot-sbx-state-123456789012-")
      .and.to.contain("*.sbx.pilot.internal")
      .and.not.to.match(/\$\{\w+\}/);
  });

  for (const [what, args, options, why] of [
    ["an unknown role", ["admin"], { stack: "sbx" }, /one role: preview, destroy-plan, up/],
    ["two roles", ["up", "owner"], { stack: "sbx" }, /one role/],
    ["no stack", ["up"], {}, /--stack is missing/],
    ["an account that is none", ["up"], { stack: "sbx", account: "12" }, /twelve digits/],
  ] as const)
    it(`refuses ${what}`, async () => {
      expect((await rejection(ask(args, options))).message).to.match(why);
    });
});
