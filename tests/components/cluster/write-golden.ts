import { writeFileSync } from "node:fs";
import { goldenCases, goldenFile, goldenText } from "./golden-cases.ts";

for (const [name, golden] of Object.entries(goldenCases)) {
  writeFileSync(goldenFile(name), goldenText(golden));
  console.log(`tests/components/cluster/golden/${name}.yaml written`);
}
