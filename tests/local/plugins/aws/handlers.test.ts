import { expect } from "chai";
import { findInvoke, functionTypes } from "../../../../local/plugins/aws/invokes/index.ts";
import { findHandler, resourceTypes } from "../../../../local/plugins/aws/resources/index.ts";
import { functionSchemaOf, schemaOf } from "../../../../local/plugins/aws/shared/schema.ts";
import { rejection } from "../../rejection.ts";

describe("the resource types of the stand-in for the AWS plugin", function () {
  this.timeout(30_000);

  for (const token of resourceTypes) {
    it(`${token} names the source of its lists, and only arguments that the installed SDK declares`, async () => {
      const handler = await findHandler(token);
      const { inputs } = await schemaOf(token);
      expect(handler.token).to.equal(token);
      expect(handler.source).to.match(/^terraform-provider-aws, internal\/service\/\S+\.go/);
      const named = [
        ...handler.replace,
        ...Object.keys(handler.defaults ?? {}),
        ...(handler.writeOnly ?? []),
        ...(handler.unsupported ?? []),
        ...(handler.documents ?? []),
        ...(handler.autoname ? [handler.autoname.property] : []),
      ];
      expect(named.filter((name) => !inputs.has(name))).to.deep.equal([]);
      expect(handler.global === true).to.equal(!inputs.has("region"));
      // Without a known effect of its change, an argument could not be planned.
      if (handler.update === undefined) {
        const rest = [...inputs.keys()].filter(
          (name) =>
            ![
              "region",
              "tags",
              ...handler.replace,
              ...(handler.unsupported ?? []),
              ...(handler.writeOnly ?? []),
            ].includes(name),
        );
        expect(rest).to.deep.equal([]);
      }
      expect(handler.tag !== undefined || handler.update !== undefined || !inputs.has("tags")).to.equal(true);
    });
  }

  it("are listed when an unknown type is requested", async () => {
    expect((await rejection(findHandler("aws:ec2/instance:Instance"))).message).to.match(
      /no resource type aws:ec2\/instance:Instance; it has: .*aws:ec2\/vpc:Vpc/,
    );
  });

  it("have functions that the installed SDK declares", async () => {
    for (const token of functionTypes) {
      expect(await findInvoke(token)).to.be.a("function");
      expect((await functionSchemaOf(token)).outputs.size).to.be.greaterThan(0);
    }
  });

  it("exist in the SDK", async () => {
    expect((await rejection(schemaOf("aws:ec2/nothing:Nothing"))).message).to.match(
      /@pulumi\/aws [\d.]+ declares no aws:ec2\/nothing:Nothing/,
    );
    expect((await rejection(schemaOf("../../etc:Passwd"))).message).to.include("declares no");
  });
});
