import type { AssumeRole, Credentials, Settings } from "./config.ts";
import { isLoopback, REMEDY, type Service } from "./endpoints.ts";
import { explain } from "./errors.ts";

/** What every AWS client is created with. */
export interface ClientConfig {
  region: string;
  endpoint: string;
  credentials: () => Promise<Credentials>;
  maxAttempts: number;
}

interface Stack {
  add(middleware: unknown, options: { step: "finalizeRequest"; name: string; priority: "low" }): void;
}

interface AwsClient {
  middlewareStack: unknown;
}

type Next = (args: { request: unknown }) => Promise<unknown>;

/** One client per service and region, created on first use. */
export class Clients {
  private readonly settings: Settings;
  private readonly made = new Map<string, unknown>();
  private credentials: Promise<Credentials> | undefined;
  private identity: Promise<{ account: string; arn: string; userId: string }> | undefined;

  constructor(settings: Settings) {
    this.settings = settings;
  }

  of<C extends AwsClient>(
    type: new (config: ClientConfig) => C,
    service: Service,
    region: string = this.settings.region,
  ): C {
    const key = `${service} ${region}`;
    const known = this.made.get(key);
    if (known !== undefined) return known as C;
    const client = this.build(type, service, region, () => this.effectiveCredentials());
    this.made.set(key, client);
    return client;
  }

  /** The identity of the credentials, requested once. */
  whoami(): Promise<{ account: string; arn: string; userId: string }> {
    this.identity ??= this.askIdentity();
    return this.identity;
  }

  private async askIdentity(): Promise<{ account: string; arn: string; userId: string }> {
    const { STS } = await import("@aws-sdk/client-sts");
    const answer = await explain("asking AWS whose credentials these are", () =>
      this.of(STS, "sts").getCallerIdentity({}),
    );
    return { account: answer.Account ?? "", arn: answer.Arn ?? "", userId: answer.UserId ?? "" };
  }

  private build<C extends AwsClient>(
    type: new (config: ClientConfig) => C,
    service: Service,
    region: string,
    credentials: () => Promise<Credentials>,
  ): C {
    const endpoint = this.settings.endpoint(service);
    if (endpoint === undefined) {
      throw new Error(
        `no endpoint is set for ${service}: set AWS_ENDPOINT_URL, or \`endpoints.${service}\` of the provider. ` +
          REMEDY,
      );
    }
    // A bucket or an account in the host name would need a DNS lookup; on this machine only the path works.
    const style =
      service === "s3"
        ? { forcePathStyle: true }
        : service === "s3control"
          ? { disableHostPrefix: true, endpointProvider: () => ({ url: new URL(endpoint) }) }
          : {};
    const client = new type({ region, endpoint, credentials, maxAttempts: this.settings.maxAttempts, ...style });
    (client.middlewareStack as Stack).add(guard, { step: "finalizeRequest", name: "loopbackOnly", priority: "low" });
    return client;
  }

  private effectiveCredentials(): Promise<Credentials> {
    this.credentials ??= this.settings.assumeRoles.reduce(
      (before, role) => before.then((credentials) => this.assume(role, credentials)),
      Promise.resolve(this.settings.credentials),
    );
    return this.credentials;
  }

  private async assume(role: AssumeRole, as: Credentials): Promise<Credentials> {
    const { STS } = await import("@aws-sdk/client-sts");
    const sts = this.build(STS, "sts", this.settings.region, () => Promise.resolve(as));
    const { Credentials: given } = await explain(`assuming the role ${role.roleArn}`, () =>
      sts.assumeRole({
        RoleArn: role.roleArn,
        RoleSessionName: role.sessionName,
        ...(role.externalId && { ExternalId: role.externalId }),
        ...(role.policy && { Policy: role.policy }),
      }),
    );
    if (!given?.AccessKeyId || !given.SecretAccessKey)
      throw new Error(`assuming the role ${role.roleArn} gave no credentials`);
    return {
      accessKeyId: given.AccessKeyId,
      secretAccessKey: given.SecretAccessKey,
      ...(given.SessionToken && { sessionToken: given.SessionToken }),
    };
  }
}

/** The final check of where a request goes, whatever the configuration and the SDK chose. */
export function guard(next: Next): Next {
  return (args) => {
    const { hostname } = args.request as { hostname: string };
    if (!isLoopback(hostname))
      throw new Error(`a request to ${hostname} was stopped: it is not this machine. ${REMEDY}`);
    return next(args);
  };
}
