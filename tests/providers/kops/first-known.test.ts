import { expect } from "chai";
import { deferredOutput, output, runtime } from "@pulumi/pulumi";
import type { Output } from "@pulumi/pulumi";
import { firstKnown } from "../../../providers/kops/first-known.ts";

interface Inside<T> {
  isKnown: Promise<boolean>;
  promise(): Promise<T>;
}

async function inside<T>(of: Output<T>): Promise<{ known: boolean; value: T }> {
  const it = of as unknown as Inside<T>;
  return { known: await it.isKnown, value: await it.promise() };
}

/** An output that the engine does not know yet, as in a preview. */
function unknown<T>(): Output<T> {
  const [later, resolve] = deferredOutput<T>();
  const source = {
    isKnown: Promise.resolve(false),
    isSecret: Promise.resolve(false),
    promise: () => Promise.resolve(undefined),
    allResources: () => Promise.resolve(new Set()),
  };
  resolve(source as unknown as Output<T>);
  return later;
}

describe("an output that is known in advance", () => {
  before(() =>
    runtime.setMocks(
      {
        newResource: ({ inputs }) => ({ id: "id", state: inputs as Record<string, unknown> }),
        call: ({ inputs }) => ({ ...inputs }) as Record<string, unknown>,
      },
      "pilot",
      "sbx",
      true,
    ),
  );

  for (const [promise, own, known, expected] of [
    [
      "is the resource's own if the engine knows it",
      output("own"),
      output({ endpoint: "copy" }),
      { known: true, value: "own" },
    ],
    [
      "is the known copy if the engine does not",
      unknown<string>(),
      output({ endpoint: "copy" }),
      { known: true, value: "copy" },
    ],
    ["stays unknown without a copy", unknown<string>(), output({ other: "copy" }), { known: false, value: undefined }],
    [
      "stays unknown when nothing is known, as for a new cluster",
      unknown<string>(),
      unknown<Record<string, unknown>>(),
      { known: false, value: undefined },
    ],
    [
      "is the resource's own in the state of an older program",
      output("own"),
      unknown<Record<string, unknown>>(),
      { known: true, value: "own" },
    ],
  ] as const) {
    it(promise, async () => {
      expect(await inside(firstKnown<string>(own, known as Output<Record<string, unknown>>, "endpoint"))).to.deep.equal(
        expected,
      );
    });
  }
});
