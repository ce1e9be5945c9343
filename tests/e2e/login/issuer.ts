import { createHash, generateKeyPairSync, randomUUID, sign } from "node:crypto";
import type { KeyObject } from "node:crypto";
import { createServer } from "node:https";
import type { IncomingMessage, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { server as identity } from "./certificates.ts";

/** A user of the issuer. */
export interface Person {
  subject: string;
  email: string;
  groups: readonly string[];
}

/** An OpenID Connect provider on loopback with only the authorization-code flow and PKCE. */
export interface Issuer {
  readonly url: string;
  /** Sets who uses the browser from now on; `undefined` is nobody, who gets no code. */
  signIn(person: Person | undefined): void;
  /** Overrides claims of its tokens from now on. */
  claim(claims: Readonly<Record<string, unknown>>): void;
  /** Signs its tokens with an unpublished key from now on. */
  forge(): void;
  /** Makes its tokens valid again. */
  behave(): void;
  close(): Promise<void>;
}

interface Code {
  person: Person;
  client: string;
  redirect: string;
  scopes: readonly string[];
  nonce: string | null;
  challenge: string;
}

const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");

function jwt(claims: object, key: KeyObject): string {
  const signed = `${base64url({ alg: "RS256", typ: "JWT", kid: "1" })}.${base64url(claims)}`;
  return `${signed}.${sign("sha256", Buffer.from(signed), key).toString("base64url")}`;
}

async function formOf(asked: IncomingMessage): Promise<URLSearchParams> {
  let body = "";
  for await (const part of asked) body += String(part);
  return new URLSearchParams(body);
}

/** @param client the only client it accepts */
export async function startIssuer(client: string): Promise<Issuer> {
  const pair = (): { publicKey: KeyObject; privateKey: KeyObject } =>
    generateKeyPairSync("rsa", { modulusLength: 2048 });
  const [own, strange] = [pair(), pair()];
  const codes = new Map<string, Code>();
  let person: Person | undefined;
  let instead: Readonly<Record<string, unknown>> = {};
  let { privateKey } = own;
  let url = "";

  const say = (answer: ServerResponse, status: number, body: object): void => {
    answer.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
  };
  const authorize = (query: URLSearchParams, answer: ServerResponse): void => {
    const redirect = query.get("redirect_uri") ?? "";
    const scopes = (query.get("scope") ?? "").split(" ");
    const right =
      query.get("client_id") === client &&
      query.get("response_type") === "code" &&
      scopes.includes("openid") &&
      query.get("code_challenge_method") === "S256";
    if (!right || new URL(redirect).hostname !== "127.0.0.1") {
      say(answer, 400, { error: "invalid_request" });
      return;
    }
    const back = new URL(redirect);
    back.searchParams.set("state", query.get("state") ?? "");
    if (person) {
      const code = randomUUID();
      codes.set(code, {
        person,
        client,
        redirect,
        scopes,
        nonce: query.get("nonce"),
        challenge: query.get("code_challenge") ?? "",
      });
      back.searchParams.set("code", code);
    } else back.searchParams.set("error", "access_denied");
    answer.writeHead(302, { location: back.href }).end();
  };
  const token = (form: URLSearchParams, answer: ServerResponse): void => {
    const code = codes.get(form.get("code") ?? "");
    codes.delete(form.get("code") ?? "");
    const challenge = createHash("sha256")
      .update(form.get("code_verifier") ?? "")
      .digest("base64url");
    if (
      !code ||
      form.get("grant_type") !== "authorization_code" ||
      form.get("client_id") !== code.client ||
      form.get("redirect_uri") !== code.redirect ||
      challenge !== code.challenge
    ) {
      say(answer, 400, { error: "invalid_grant" });
      return;
    }
    const now = Math.floor(Date.now() / 1000);
    const claims = {
      iss: url,
      sub: code.person.subject,
      aud: code.client,
      iat: now,
      exp: now + 3600,
      hd: "example.com",
      groups: code.person.groups,
      ...(code.nonce !== null && { nonce: code.nonce }),
      // OpenID Connect returns these claims only for this scope.
      ...(code.scopes.includes("email") && { email: code.person.email, email_verified: true }),
      ...instead,
    };
    say(answer, 200, {
      access_token: randomUUID(),
      token_type: "Bearer",
      expires_in: 3600,
      id_token: jwt(claims, privateKey),
    });
  };

  const server = createServer(identity, (asked, answer) => {
    const { pathname, searchParams } = new URL(asked.url ?? "/", url);
    if (pathname === "/.well-known/openid-configuration") {
      say(answer, 200, {
        issuer: url,
        authorization_endpoint: `${url}/authorize`,
        token_endpoint: `${url}/token`,
        jwks_uri: `${url}/keys`,
        response_types_supported: ["code"],
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
      });
    } else if (pathname === "/keys")
      say(answer, 200, { keys: [{ ...own.publicKey.export({ format: "jwk" }), kid: "1", alg: "RS256", use: "sig" }] });
    else if (pathname === "/authorize") authorize(searchParams, answer);
    else if (pathname === "/token")
      formOf(asked).then(
        (form) => {
          token(form, answer);
        },
        (error: unknown) => {
          asked.destroy(error as Error);
        },
      );
    else say(answer, 404, { error: "not_found" });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    signIn(next) {
      person = next;
    },
    claim(claims) {
      instead = claims;
    },
    forge() {
      ({ privateKey } = strange);
    },
    behave() {
      ({ privateKey } = own);
      instead = {};
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}
