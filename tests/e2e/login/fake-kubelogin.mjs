// Replaces kubelogin (`kubectl oidc-login`), which is not available from the Go module proxy. It takes only the
// arguments in this program's kubeconfigs, runs the authorization-code flow with PKCE in a browser, and prints the
// token for kubectl. It does not cache the token and does not check it: only the API server does.
import { spawn } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { createServer } from "node:http";
import { URLSearchParams } from "node:url";
import { ask } from "./web.mjs";

function fail(why) {
  console.error(`error: ${why}`);
  process.exit(1);
}

const [command, ...flags] = process.argv.slice(2);
if (command !== "get-token") fail(`unknown command "${command}" for "kubelogin"`);
const options = { scopes: ["openid"] };
for (const flag of flags) {
  const [, name, value] = /^--([a-z-]+)=(.+)$/.exec(flag) ?? fail(`unknown argument: ${flag}`);
  if (name === "oidc-issuer-url") options.issuer = value;
  else if (name === "oidc-client-id") options.client = value;
  else if (name === "oidc-extra-scope") options.scopes.push(value);
  else fail(`unknown flag: --${name}`);
}
if (!options.issuer || !options.client) fail('required flag(s) "oidc-client-id", "oidc-issuer-url" not set');

const json = async (url, init) => {
  const { status, body } = await ask(url, init);
  return status === 200 ? JSON.parse(body) : fail(`${url} answered ${status}: ${body}`);
};
const random = () => randomBytes(32).toString("base64url");

const provider = await json(`${options.issuer}/.well-known/openid-configuration`);
const [state, nonce, verifier] = [random(), random(), random()];
const listener = createServer();
await new Promise((resolve) => listener.listen(0, "127.0.0.1", resolve));
const redirect = `http://127.0.0.1:${listener.address().port}`;
const returned = new Promise((resolve) => {
  listener.on("request", (asked, answer) => {
    answer.end("You may close this page.\n");
    resolve(new URL(asked.url, redirect).searchParams);
  });
});
const login = new URL(provider.authorization_endpoint);
login.search = new URLSearchParams({
  response_type: "code",
  client_id: options.client,
  redirect_uri: redirect,
  scope: options.scopes.join(" "),
  state,
  nonce,
  code_challenge: createHash("sha256").update(verifier).digest("base64url"),
  code_challenge_method: "S256",
}).toString();
const browser = spawn("xdg-open", [login.href], { stdio: ["ignore", "ignore", "inherit"] });
browser.on("exit", (code) => code !== 0 && fail(`the browser ended with ${code}`));
const back = await returned;
listener.close();
if (back.get("state") !== state) fail("state does not match");
if (back.get("code") === null) fail(`authorization error: ${back.get("error")}`);

const { id_token: token } = await json(provider.token_endpoint, {
  method: "POST",
  form: new URLSearchParams({
    grant_type: "authorization_code",
    code: back.get("code"),
    redirect_uri: redirect,
    client_id: options.client,
    code_verifier: verifier,
  }),
});
const { exp } = JSON.parse(Buffer.from(token.split(".")[1], "base64url").toString());
const { apiVersion } = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
console.log(
  JSON.stringify({
    apiVersion,
    kind: "ExecCredential",
    status: { token, expirationTimestamp: new Date(exp * 1000).toISOString() },
  }),
);
process.exit(0);
