import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { expect } from "chai";
import { layoutOf } from "../../../local/base/layout.ts";
import { requestsAddons } from "../../../local/workspace/addons.ts";
import { temporaryFolders } from "../temporary.ts";

describe("a stack in the local cloud needs the kubernetes plugin", () => {
  const folder = temporaryFolders();

  for (const [text, needed] of [
    ["config: { pilot:tenants: { shop: {} } }", true],
    ["config: { pilot:platform: { charts: {} } }", true],
    ["config: { pilot:smokeTest: { enabled: true } }", false],
    ["config:", false],
    ["", false],
    [undefined, false],
  ] as const) {
    it(`${needed ? "for" : "not for"} ${text ?? "no file"}`, async () => {
      const layout = layoutOf(await folder(), {});
      await mkdir(layout.stack, { recursive: true });
      if (text !== undefined) await writeFile(join(layout.stack, "Pulumi.sbx.yaml"), text);
      expect(await requestsAddons(layout, "sbx")).to.equal(needed);
    });
  }
});
