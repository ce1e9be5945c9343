// Takes the place of a browser: opens the address, goes wherever it is sent, and shows the last page. The issuer knows
// who sits before it.
import { ask } from "./web.mjs";

let at = process.argv[2];
for (;;) {
  const { location, body } = await ask(at);
  if (location === undefined) {
    console.log(body);
    break;
  }
  at = new URL(location, at).href;
}
