import { expect } from "chai";
import { asText, sameDocument } from "../../../../../local/plugins/aws/shared/documents.ts";
import { compose } from "../../../../../local/plugins/aws/invokes/get-policy-document.ts";

describe("policy documents", () => {
  const document = {
    Version: "2012-10-17",
    Statement: [{ Effect: "Allow", Action: ["s3:GetObject"], Resource: ["a", "b"], Condition: { Bool: { x: true } } }],
  };

  it("are equal if only order, lists of one and quoted booleans differ", () => {
    const other =
      '{"Statement":{"Resource":["b","a"],"Action":"s3:GetObject","Effect":"Allow",' +
      '"Condition":{"Bool":{"x":"true"}}},"Version":"2012-10-17"}';
    expect(sameDocument(JSON.stringify(document), other)).to.equal(true);
  });

  it("differ if an action, an effect or a principal differs", () => {
    const text = JSON.stringify(document);
    for (const [from, to] of [
      ["Allow", "Deny"],
      ["s3:GetObject", "s3:*"],
      ['"a"', '"*"'],
    ] as const)
      expect(sameDocument(text, text.replace(from, to)), to).to.equal(false);
    expect(sameDocument('{"Principal":"*"}', '{"Principal":{"AWS":"*"}}')).to.equal(false);
    expect(sameDocument("not json", "{}")).to.equal(false);
  });

  it("may be written as objects", () => {
    expect(asText({ a: 1, __defaults: [] })).to.equal('{"a":1}');
    expect(asText("{}")).to.equal("{}");
  });

  it("are composed: an overriding statement replaces the one with its id", () => {
    const composed = compose({
      sourcePolicyDocuments: ['{"Statement":[{"Sid":"one","Effect":"Allow"}]}'],
      statements: [{ sid: "two", principals: [{ type: "*", identifiers: ["*"] }], actions: ["a"] }],
      overridePolicyDocuments: ['{"Statement":{"Sid":"one","Effect":"Deny"}}'],
    });
    expect(composed).to.deep.equal({
      Version: "2012-10-17",
      Statement: [
        { Sid: "one", Effect: "Deny" },
        { Sid: "two", Effect: "Allow", Action: "a", Principal: "*" },
      ],
    });
    expect(() => compose({ statements: [{ sid: "one" }, { sid: "one" }] })).to.throw('"one" is used twice');
    expect(() => compose({ sourceJson: "{" })).to.throw("a source document is not JSON");
  });
});
