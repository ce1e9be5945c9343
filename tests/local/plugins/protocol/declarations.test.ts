import { expect } from "chai";
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { cutInterface, Declarations } from "../../../../local/plugins/protocol/declarations.ts";
import { validate } from "../../../../local/plugins/protocol/validate.ts";
import { Asset, UNKNOWN, type Props } from "../../../../local/plugins/protocol/values.ts";
import { temporaryFolders } from "../../temporary.ts";

const types = `
export interface Top {
    a?: pulumi.Input<string | undefined>;
}
export declare namespace ec2 {
    interface Rule {
        /** The port. */
        port: pulumi.Input<number>;
        names?: pulumi.Input<pulumi.Input<string>[] | undefined>;
    }
    interface RuleSet {
        rules: pulumi.Input<pulumi.Input<inputs.ec2.Rule>[]>;
    }
    namespace deep {
        interface Rule {
            other: pulumi.Input<boolean>;
        }
    }
}
export declare namespace other {
    interface Rule {
        wrong: pulumi.Input<string>;
    }
}
`;

const resource = `
import * as pulumi from "@pulumi/pulumi";
export declare class Thing extends pulumi.CustomResource {
    static get(name: string): Thing;
    /** Filled in by the cloud. */
    readonly id2: pulumi.Output<string>;
    readonly size: pulumi.Output<number | undefined>;
    constructor(name: string);
}
export interface ThingArgs {
    id2?: pulumi.Input<string | undefined>;
    kind: pulumi.Input<string | enums.Kind>;
    owner: pulumi.Input<string | Role>;
    document?: pulumi.Input<string | inputs.ec2.RuleSet | undefined>;
    size?: pulumi.Input<number | undefined>;
    tags?: pulumi.Input<{
        [key: string]: pulumi.Input<string>;
    } | undefined>;
    set?: pulumi.Input<inputs.ec2.RuleSet | undefined>;
    flags?: Array<pulumi.Input<boolean>>;
    file?: pulumi.Input<pulumi.asset.Asset | pulumi.asset.Archive | undefined>;
    any?: any;
}
`;

describe("the reader of type declarations", () => {
  const temporary = temporaryFolders();
  let declarations: Declarations;

  beforeEach(async () => {
    const folder = await temporary();
    await mkdir(join(folder, "types"));
    await writeFile(join(folder, "types", "input.d.ts"), types);
    await writeFile(join(folder, "thing.d.ts"), resource);
    declarations = new Declarations(folder);
  });

  const checkDesired = async (props: Props): Promise<Record<string, string>> => {
    const args = await declarations.ofFile("thing.d.ts", "ThingArgs");
    const failures = await validate(props, args ?? new Map(), declarations);
    return Object.fromEntries(failures.map(({ property, reason }) => [property, reason]));
  };

  it("distinguishes what the cloud fills in from what may be empty", async () => {
    const outputs = await declarations.ofFile("thing.d.ts", "Thing");
    expect([...(outputs ?? [])].map(([name, { optional }]) => [name, optional])).to.deep.equal([
      ["id2", false],
      ["size", true],
    ]);
  });

  it("finds nothing for a missing file or type", async () => {
    expect(await declarations.ofFile("none.d.ts", "ThingArgs")).to.equal(undefined);
    expect(await declarations.ofFile("thing.d.ts", "NoArgs")).to.equal(undefined);
  });

  it("finds a nested type in its own namespace only", () => {
    expect(cutInterface(types, ["ec2", "Rule"])).to.include("port");
    expect(cutInterface(types, ["other", "Rule"])).to.include("wrong");
    expect(cutInterface(types, ["ec2", "deep", "Rule"])).to.include("other");
    expect(cutInterface(types, ["other", "RuleSet"])).to.equal(undefined);
    expect(cutInterface(types, ["Top"])).to.include("a?");
  });

  it("accepts what a program can write", async () => {
    const whole = {
      kind: "a",
      owner: "role",
      document: "{}",
      size: 1,
      tags: { a: "b" },
      set: { rules: [{ port: 1, names: ["x"] }] },
      flags: [true],
      file: new Asset({}),
      any: { thing: 1 },
    };
    expect(await checkDesired(whole)).to.deep.equal({});
    expect(
      await checkDesired({
        kind: UNKNOWN,
        owner: UNKNOWN,
        tags: { a: UNKNOWN },
        set: UNKNOWN,
        document: { rules: [UNKNOWN] },
      }),
    ).to.deep.equal({});
  });

  it("names everything that is wrong, each with its path", async () => {
    expect(
      await checkDesired({
        knd: "a",
        size: "1",
        tags: { "a/b": 1 },
        set: { rules: [{ port: "x", colour: 1 }] },
        flags: true,
        file: "text",
      }),
    ).to.deep.equal({
      knd: 'there is no property "knd"; there are: id2, kind, owner, document, size, tags, set, flags, file, any',
      kind: 'the required property "kind" is missing',
      owner: 'the required property "owner" is missing',
      size: "expected a number, got a string",
      'tags["a/b"]': "expected a string, got a number",
      "set.rules[0].port": "expected a number, got a string",
      "set.rules[0].colour": 'there is no property "colour"; there are: port, names',
      flags: "expected a list, got a boolean",
      file: "expected an asset, got a string",
    });
  });

  it("checks a document by the alternative of its shape", async () => {
    expect(await checkDesired({ kind: "a", owner: "b", document: { rules: [{ port: "x" }] } })).to.deep.equal({
      "document.rules[0].port": "expected a number, got a string",
    });
  });

  it("lets a later process reuse what an earlier one read", async () => {
    const folder = await temporary();
    await writeFile(join(folder, "thing.d.ts"), resource);
    const kept = join(folder, "kept");
    const first = await new Declarations(folder, kept).ofFile("thing.d.ts", "ThingArgs");
    await writeFile(join(folder, "thing.d.ts"), "nothing of use");
    expect(await new Declarations(folder, kept).ofFile("thing.d.ts", "ThingArgs")).to.deep.equal(first);
    expect(first?.size).to.be.above(5);
  });
});
