import { expect } from "chai";
import { z } from "zod";
import { awsKeys } from "../../../components/aws/config-keys.ts";
import { readAwsConfig } from "../../../components/aws/config.ts";
import { parse, pathText } from "../../../components/config/problems.ts";
import { schemaRows } from "../../../components/config/schema-rows.ts";
import { configPath, withTexts } from "../../../components/config/typed-texts.ts";
import { stackConfigKeys } from "../../../components/environment/config.ts";
import { problemsOf } from "../environment/stack-texts.ts";

/** A value with `leaf` at a path of {@link schemaRows}: `accounts.<name>[]`. */
function valueWith(path: string, leaf: unknown): unknown {
  return path
    .split(/\.|(?=\[\])/)
    .filter((part) => part !== "")
    .reduceRight<unknown>(
      (inner, part) => (part === "[]" ? [inner] : { [part === "<name>" ? "a" : part]: inner }),
      leaf,
    );
}

/** Keys whose values are text, at any depth, with those of mappings and lists of text. */
function textRows(schema: z.ZodType): string[] {
  return schemaRows(z.object({ key: schema }), "input").flatMap(({ path, type }) => {
    const types = type.split(" or ");
    return [...(types.includes("text") ? [path] : []), ...(types.includes("list of text") ? [`${path}[]`] : [])];
  });
}

describe("a number or boolean that `pulumi config set --path` made of a text", () => {
  const isTyped = /must be text, not (number|boolean)/;
  // Mappings of text have no row of their own.
  const maps: [schema: z.ZodType, paths: string[]][] = [
    [stackConfigKeys.tags, ["key.nightly"]],
    [stackConfigKeys.clusterSecrets, ["key.pin"]],
    [stackConfigKeys.network, ["key.existing.tags.nightly", "key.existing.subnets.private.tags.nightly"]],
    [awsKeys.defaultTags.schema, ["key.tags.nightly"]],
    [awsKeys.endpoints.schema, ["key[].ec2"]],
  ];
  const rows: [name: string, schema: z.ZodType, path: string][] = [
    ...Object.entries(stackConfigKeys).flatMap(([name, schema]) =>
      textRows(schema).map((path): [string, z.ZodType, string] => [`pilot:${name}`, schema, path]),
    ),
    ...Object.entries(awsKeys).flatMap(([name, { schema }]) =>
      textRows(schema).map((path): [string, z.ZodType, string] => [`aws:${name}`, schema, path]),
    ),
    ...maps.flatMap(([schema, paths]) => paths.map((path): [string, z.ZodType, string] => ["mapping", schema, path])),
  ];

  it("is looked for at every key of text", () => {
    expect(rows.length).to.be.greaterThan(80);
  });

  for (const [name, schema, path] of rows)
    it(`is taken as text, or refused for another reason: ${name} ${path}`, () => {
      // For each type that a mapping with types may have.
      for (const type of [undefined, "private", "public", "existing", "none", "kms", "s3"])
        for (const leaf of [7, 123_456_789_012, true, false]) {
          const { key } = valueWith(path, leaf) as { key: unknown };
          const value = type !== undefined && typeof key === "object" && !Array.isArray(key) ? { ...key, type } : key;
          const parsed = parse(schema, withTexts(schema, value));
          const issues = parsed.ok ? [] : parsed.issues;
          expect(issues.filter(({ message }) => isTyped.test(message))).to.deep.equal([]);
        }
    });

  it("becomes the text that was typed, in mappings and lists", () => {
    const schema = z.object({ tags: z.record(z.string(), z.string()), names: z.array(z.string()), count: z.number() });
    expect(
      withTexts(schema, { tags: { nightly: true, build: 7, owner: "a" }, names: [123_456_789_012, false], count: 3 }),
    ).to.deep.equal({ tags: { nightly: "true", build: "7", owner: "a" }, names: ["123456789012", "false"], count: 3 });
  });

  it("stays in a form that is wrong for another reason", () => {
    const schema = z.union([
      z.strictObject({ count: z.number(), name: z.string() }),
      z.strictObject({ count: z.string() }),
    ]);
    expect(withTexts(schema, { count: 5, nam: "a" })).to.deep.equal({ count: 5, nam: "a" });
    expect(withTexts(schema, { count: 5 })).to.deep.equal({ count: "5" });
  });

  it("stays where a number or boolean is meant", () => {
    const schema = z.union([z.string(), z.number()]);
    expect(withTexts(schema, 5)).to.equal(5);
  });

  const refused: [what: string, config: Record<string, unknown>, problem: RegExp][] = [
    [
      "a number with a point",
      { "pilot:tags": { release: 1.1 } },
      /^pilot:tags release must be text, not number 1\.1\. .*pulumi config set --path --type string 'pilot:tags\.release' TEXT/,
    ],
    [
      "a number that is too large to be exact",
      { "pilot:tags": '{"id.of":12345678901234567890}' },
      /run `pulumi config set --path --type string 'pilot:tags\["id\.of"\]' TEXT`/,
    ],
    [
      "an account that lost its leading zero",
      {
        "pilot:network": {
          zones: ["ap-southeast-2a"],
          peerings: { shared: { vpcId: "vpc-1", cidrs: ["10.9.0.0/16"], accountId: 12_345_678_901 } },
        },
      },
      /peerings\.shared\.accountId must be an AWS account in twelve digits.* lost its leading zeros .*--type string 'pilot:network\.peerings\.shared\.accountId' TEXT/,
    ],
    ["an account of the stack that lost its leading zero", { "pilot:accountId": "12345678901" }, /in quotation marks/],
  ];
  for (const [what, config, problem] of refused)
    it(`refuses ${what}, with the command that keeps the text`, () => {
      expect(problemsOf(config).join("\n")).to.match(problem);
    });

  it("names the key for the AWS plugin, too", () => {
    const { problems } = readAwsConfig({ "aws:allowedAccountIds": "[12345678901]" });
    expect(problems.map(({ source, path, message }) => `${source} ${path} ${message}`).join("\n")).to.match(
      /aws:allowedAccountIds \[0\] must be an AWS account.*--type string 'aws:allowedAccountIds\[0\]' TEXT/,
    );
    expect(readAwsConfig({ "aws:defaultTags": '{"tags":{"cost":7}}' }).aws.provider).to.deep.equal({
      defaultTags: { tags: { cost: "7" } },
    });
  });

  it("has a path as pulumi takes it", () => {
    expect(configPath("pilot:tags", ["cost-centre", "a.b", 0])).to.equal('pilot:tags.cost-centre["a.b"][0]');
    expect(pathText(["a", 0])).to.equal("a[0]");
  });
});
