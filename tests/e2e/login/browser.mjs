// Replaces a browser: opens the address, follows redirects, and prints the last page. The issuer already knows the
// user.
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
