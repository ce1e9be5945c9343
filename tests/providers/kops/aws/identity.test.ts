import { expect } from "chai";
import { get } from "node:http";
import { renewalOf, renewing } from "../../../../providers/kops/aws/identity.ts";
import type { AwsCredentials } from "../../../../providers/kops/aws/identity.ts";
import { assumeRoleOptions } from "../../../../providers/kops/model/inputs.ts";
import { configWithoutCredentials, kopsEnvironment } from "../../../../providers/kops/kops-cli/environment.ts";
import { serveCredentials } from "../../../../providers/kops/kops-cli/credentials.ts";

const minute = 60_000;

describe("a session of a role", () => {
  for (const [duration, problem] of [
    ["15m", undefined],
    ["12h", undefined],
    ["14m59s", "15m to 12h"],
    ["13h", "15m to 12h"],
    ["1 hour", "must be a duration"],
  ] as const) {
    it(`of ${duration} is ${problem === undefined ? "accepted" : "refused before AWS refuses it"}`, () => {
      const { error } = assumeRoleOptions.safeParse({ roleArn: "arn:aws:iam::123456789012:role/deployer", duration });
      if (problem === undefined) expect(error).to.equal(undefined);
      else expect(error?.message).to.contain(problem);
    });
  }

  for (const [life, renewal] of [
    [60 * minute, 55 * minute],
    [15 * minute, 10 * minute],
    [9 * minute, 6 * minute],
  ] as const) {
    it(`of ${life / minute} minutes is renewed after ${renewal / minute}`, () => {
      expect(renewalOf(0, life)).to.equal(renewal);
    });
  }

  /** A clock, and a role that gives sessions of an hour, numbered, or fails. */
  function role(): {
    at: (time: number) => void;
    fail: (yes: boolean) => void;
    calls: () => number;
    session: () => Promise<AwsCredentials>;
  } {
    let time = 0;
    let calls = 0;
    let failing = false;
    const session = renewing(
      () => {
        calls += 1;
        if (failing) return Promise.reject(new Error("no answer"));
        return Promise.resolve({
          accessKeyId: `session ${calls}`,
          secretAccessKey: "x",
          expiration: new Date(time + 60 * minute),
        });
      },
      () => time,
    );
    return {
      at: (to) => {
        time = to;
      },
      fail: (yes) => {
        failing = yes;
      },
      calls: () => calls,
      session,
    };
  }

  it("is shared by all callers, and renewed once before it expires", async () => {
    const { at, calls, session } = role();
    const names = async (): Promise<string[]> =>
      (await Promise.all([session(), session(), session()])).map(({ accessKeyId }) => accessKeyId);
    expect(await names()).to.deep.equal(["session 1", "session 1", "session 1"]);
    at(54 * minute);
    expect(await names()).to.deep.equal(["session 1", "session 1", "session 1"]);
    at(56 * minute);
    expect(await names()).to.deep.equal(["session 2", "session 2", "session 2"]);
    expect(calls()).to.equal(2);
  });

  it("is used until it expires while a renewal fails; then the failure is thrown", async () => {
    const { at, fail, session } = role();
    await session();
    fail(true);
    at(58 * minute);
    expect((await session()).accessKeyId).to.equal("session 1");
    at(60 * minute);
    const error: unknown = await session().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    expect(error).to.be.an.instanceOf(Error).with.property("message", "no answer");
    fail(false);
    expect((await session()).accessKeyId).to.equal("session 4");
  });
});

describe("kOps's environment", () => {
  const env = {
    PATH: "/bin",
    HOME: "/home/me",
    AWS_REGION: "us-east-1",
    AWS_PROFILE: "mine",
    AWS_ACCESS_KEY_ID: "AKIA",
    AWS_SECRET_ACCESS_KEY: "s",
    AWS_SESSION_TOKEN: "t",
    KUBECONFIG: "/home/me/.kube/config",
    KOPS_AWS_ROLE_ARN: "arn:mine",
    AWS_CA_BUNDLE: "/ca.pem",
    S3_ENDPOINT: "http://s3",
  };

  it(
    "has the cluster's region and a kubeconfig in the private folder, whatever the shell has; credentials as the " +
      "shell's without an identity",
    () => {
      expect(kopsEnvironment(env, { region: "ap-southeast-2", folder: "/private" })).to.deep.equal({
        ...env,
        AWS_REGION: "ap-southeast-2",
        AWS_DEFAULT_REGION: "ap-southeast-2",
        KUBECONFIG: "/private/kubeconfig",
        KOPS_FEATURE_FLAGS: "",
      });
    },
  );

  it("has the features that the cluster names, else the shell's", () => {
    const shell = { KOPS_FEATURE_FLAGS: "Karpenter" };
    const flags = (featureFlags?: string[]): string | undefined =>
      kopsEnvironment(shell, { region: "ap-southeast-2", folder: "/private", featureFlags })["KOPS_FEATURE_FLAGS"];
    expect(flags(["APIServerNodes", "-Karpenter"])).to.equal("APIServerNodes,-Karpenter");
    expect(flags([])).to.equal("");
    expect(flags()).to.equal("Karpenter");
  });

  it("has no other source of credentials than the one it is given", () => {
    expect(
      kopsEnvironment(env, {
        region: "ap-southeast-2",
        folder: "/private",
        credentials: { AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/" },
      }),
    ).to.deep.equal({
      PATH: "/bin",
      HOME: "/home/me",
      AWS_CA_BUNDLE: "/ca.pem",
      S3_ENDPOINT: "http://s3",
      AWS_REGION: "ap-southeast-2",
      AWS_DEFAULT_REGION: "ap-southeast-2",
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://127.0.0.1:1/",
      AWS_CONFIG_FILE: "/private/aws-config",
      AWS_SHARED_CREDENTIALS_FILE: "/private/aws-credentials",
      KUBECONFIG: "/private/kubeconfig",
      KOPS_FEATURE_FLAGS: "",
    });
  });

  it("keeps all settings of the profile except its credentials", () => {
    const profile = {
      region: "us-east-1",
      ca_bundle: "/ca.pem",
      endpoint_url: "http://127.0.0.1:1",
      retry_mode: "adaptive",
      aws_access_key_id: "AKIA",
      aws_secret_access_key: "s",
      aws_session_token: "t",
      role_arn: "arn",
      role_session_name: "me",
      source_profile: "base",
      credential_source: "Environment",
      credential_process: "/bin/secret",
      external_id: "e",
      mfa_serial: "m",
      duration_seconds: "900",
      web_identity_token_file: "/t",
      sso_session: "corp",
      sso_account_id: "1",
      login_session: "l",
      services: "mine",
    };
    expect(configWithoutCredentials(profile)).to.equal(
      "[default]\nca_bundle = /ca.pem\nendpoint_url = http://127.0.0.1:1\nretry_mode = adaptive\n",
    );
  });
});

describe("the credentials served to kOps", () => {
  const ask = (url: string, word?: string): Promise<{ status: number; body: unknown }> =>
    new Promise((resolve, reject) => {
      get(url, { agent: false, ...(word === undefined ? {} : { headers: { authorization: word } }) }, (response) => {
        let text = "";
        response.on("data", (chunk: Buffer) => (text += chunk.toString()));
        response.on("end", () => {
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(text) as unknown });
        });
      }).on("error", reject);
    });

  it("are served in AWS's form to whoever has the token, and to nobody else", async () => {
    const expiration = new Date("2030-01-01T00:00:00Z");
    const endpoint = await serveCredentials(() =>
      Promise.resolve({ accessKeyId: "ASIA", secretAccessKey: "s", sessionToken: "t", expiration }),
    );
    const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: word } = endpoint.env;
    try {
      expect(url).to.match(/^http:\/\/127\.0\.0\.1:\d+\/$/);
      expect(await ask(url, word)).to.deep.equal({
        status: 200,
        body: { AccessKeyId: "ASIA", SecretAccessKey: "s", Token: "t", Expiration: "2030-01-01T00:00:00.000Z" },
      });
      for (const other of [undefined, "", "x".repeat(word.length)])
        expect((await ask(url, other)).status).to.equal(401);
    } finally {
      await endpoint.close();
    }
    const closed: unknown = await ask(url, word).catch((error: unknown) => error);
    expect(closed).to.be.an.instanceOf(Error).with.property("code", "ECONNREFUSED");
  });

  it("are refused with the reason, in one line, when there are none", async () => {
    const endpoint = await serveCredentials(() =>
      Promise.reject(new Error("the role cannot be assumed.\n  Next: ask")),
    );
    try {
      const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url, AWS_CONTAINER_AUTHORIZATION_TOKEN: word } = endpoint.env;
      expect(await ask(url, word)).to.deep.equal({
        status: 400,
        body: { code: "NoCredentials", message: "the role cannot be assumed. Next: ask" },
      });
    } finally {
      await endpoint.close();
    }
  });
});
