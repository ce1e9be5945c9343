// HTTPS like Go programs: they trust the authorities in the file of SSL_CERT_FILE.
import { readFileSync } from "node:fs";
import { request as insecure } from "node:http";
import { request as secure } from "node:https";

/** Resolves with any answer, without following redirects. */
export function ask(url, { method = "GET", form } = {}) {
  const { protocol } = new URL(url);
  return new Promise((resolve, reject) => {
    const asked = (protocol === "https:" ? secure : insecure)(
      url,
      {
        method,
        ...(process.env.SSL_CERT_FILE ? { ca: readFileSync(process.env.SSL_CERT_FILE) } : {}),
        headers: form ? { "content-type": "application/x-www-form-urlencoded" } : {},
      },
      (answer) => {
        let body = "";
        answer.on("data", (part) => (body += part));
        answer.on("end", () => resolve({ status: answer.statusCode, location: answer.headers.location, body }));
      },
    );
    asked.on("error", reject);
    asked.end(form?.toString());
  });
}
