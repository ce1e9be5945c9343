/** `npm run aws:check -- --stack sbx`: `pilot check` in a checkout, with the packages installed first if need be. */
import { main } from "./pilot.ts";

await main(["check", ...process.argv.slice(2)]);
