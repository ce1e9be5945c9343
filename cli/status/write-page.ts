import { writeFileSync } from "node:fs";
import { statusPage } from "./page.ts";

writeFileSync(new URL("../../docs/reference/status.md", import.meta.url), statusPage());
console.log("docs/reference/status.md written");
