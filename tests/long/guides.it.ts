import { readFileSync } from "node:fs";
import { expect } from "chai";
import { recordingFile } from "../guides/pages.ts";
import { parseRecording, settled } from "../guides/recording.ts";
import type { Recording } from "../guides/recording.ts";
import { record } from "../guides/stage.ts";
import { stories } from "../guides/stories/index.ts";

/**
 * Clusters, and resources that do not depend on each other, are told in any order. A watch that begins later sees fewer
 * nodes replaced: lines that are the same count once.
 */
const told = ({ command, output }: Recording): string[] => [
  `$ ${command}`,
  ...[...new Set(output.map(settled))].toSorted(),
];

describe("the guides", function () {
  this.timeout(15 * 60_000);

  for (const story of stories)
    it(`show what really happens: ${story.name} (record anew with npm run guides -- ${story.name})`, async () => {
      for (const [name, recording] of Object.entries(await record(story)))
        expect(told(recording), name).to.deep.equal(told(parseRecording(readFileSync(recordingFile(name), "utf8"))));
    });
});
