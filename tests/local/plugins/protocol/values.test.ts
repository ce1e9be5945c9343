import { createRequire } from "node:module";
import { expect } from "chai";
import fc from "fast-check";
import structproto from "google-protobuf/google/protobuf/struct_pb.js";
import {
  Asset,
  compact,
  decode,
  encode,
  hasUnknown,
  UNKNOWN,
  type Props,
  type Value,
} from "../../../../local/plugins/protocol/values.ts";

const rpc = createRequire(import.meta.url)("@pulumi/pulumi/runtime/rpc.js") as Record<string, string>;
const wire = (struct: Record<string, unknown>): Record<string, unknown> =>
  structproto.Struct.deserializeBinary(
    structproto.Struct.fromJavaScript(struct as Record<string, structproto.JavaScriptValue>).serializeBinary(),
  ).toJavaScript();

const secretOf = (value: unknown): Record<string, unknown> => ({
  [rpc["specialSigKey"] ?? ""]: rpc["specialSecretSig"],
  value,
});

describe("property values on the wire", () => {
  it("are the same after a round trip", () => {
    const { value } = fc.letrec<{ value: Value; list: Value[]; object: Props }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constant(null),
        fc.boolean(),
        fc.double({ noNaN: true, noDefaultInfinity: true }),
        fc.string(),
        fc.constant(UNKNOWN),
        tie("list"),
        tie("object"),
      ),
      list: fc.array(tie("value"), { maxLength: 4 }),
      object: fc.dictionary(
        fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
        tie("value"),
        { maxKeys: 4 },
      ),
    }));
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string({ minLength: 1 }).filter((key) => key !== "__proto__"),
          value,
        ),
        (props) => {
          expect(decode(wire(encode(props))).props).to.deep.equal({ ...props });
        },
      ),
    );
  });

  it("are unknown if the SDK says so", () => {
    expect(decode({ a: rpc["unknownValue"] }).props).to.deep.equal({ a: UNKNOWN });
    expect(encode({ a: UNKNOWN })).to.deep.equal({ a: rpc["unknownValue"] });
    expect(hasUnknown({ a: [{ b: UNKNOWN }] })).to.equal(true);
  });

  it("are secret by the name of their property, however deep the secret is", () => {
    const { props, secrets } = decode(wire({ plain: "a", own: secretOf("b"), inside: { list: [secretOf({ c: 1 })] } }));
    expect(props).to.deep.equal({ plain: "a", own: "b", inside: { list: [{ c: 1 }] } });
    expect([...secrets].toSorted()).to.deep.equal(["inside", "own"]);
  });

  it("are wrapped again if they are secret", () => {
    expect(encode({ a: "b" }, new Set(["a"]))).to.deep.equal({ a: secretOf("b") });
  });

  it("are the id if a resource is given in its place", () => {
    const reference = (id: string): Record<string, unknown> => ({
      [rpc["specialSigKey"] ?? ""]: rpc["specialResourceSig"],
      urn: "urn:x",
      id,
    });
    expect(decode({ a: reference("vpc-1"), b: reference(rpc["unknownValue"] ?? "") }).props).to.deep.equal({
      a: "vpc-1",
      b: UNKNOWN,
    });
  });

  it("keep an asset as it is", () => {
    const raw = { [rpc["specialSigKey"] ?? ""]: rpc["specialAssetSig"], text: "hello" };
    const { props } = decode({ a: raw });
    expect(props["a"]).to.be.instanceOf(Asset);
    expect(encode(props)).to.deep.equal({ a: raw });
  });

  it("with an unknown signature are refused, not treated as an object", () => {
    expect(() => decode({ a: { [rpc["specialSigKey"] ?? ""]: "something new" } })).to.throw("something new");
  });

  it("are left out if they are undefined", () => {
    expect(compact({ a: undefined, b: null, c: [undefined, 1], d: { e: undefined, f: false } })).to.deep.equal({
      c: [1],
      d: { f: false },
    });
  });
});
