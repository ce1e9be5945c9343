import { currentStop, endedBy } from "../http/stop.ts";
import { clientSettings } from "../model/aws-settings.ts";
import { messageOf } from "../model/errors.ts";
import { kopsClusterTag } from "../model/tag-keys.ts";
import { httpHandler } from "./http-handler.ts";
import type { BoundedHandler } from "./http-handler.ts";
import { credentialsOf, shellCredentials } from "./identity.ts";
import type { AwsIdentity, CredentialProvider } from "./identity.ts";
import { optInAdvice } from "./partition.ts";

/** Settings that every AWS client of the provider is made with. */
export interface AwsClientSettings {
  region: string;
  /** The client reads settings other than credentials (endpoints, retries) from this profile. */
  profile?: string;
  credentials: CredentialProvider;
  /** What the calls are named as in CloudTrail and access logs. */
  customUserAgent: string;
  requestHandler: BoundedHandler;
}

type Step = (call: (args: object) => Promise<unknown>) => (args: object) => Promise<unknown>;

/** The middleware of any client. Each SDK client types it for the commands of its own service. */
interface Steps {
  add(step: Step, options: { step: "initialize"; priority: "high"; name: string }): void;
}

/**
 * Ends a call with the reason of the operation's stop, whatever it waits for then: an answer, a retry or credentials.
 * Also tells when a region may not be enabled for the account; code that looks at the error's name still finds it.
 */
function bounded(region: string): Step {
  return (call) => async (args) => {
    currentStop()?.throwIfAborted();
    try {
      return await endedBy(call(args));
    } catch (error) {
      const advice = error instanceof Error && optInAdvice(`${error.name} ${error.message}`, region);
      if (error instanceof Error && advice) error.message = `${messageOf(error)}. ${advice}`;
      throw error;
    }
  };
}

/** Variables that a client reads when it is made, or that its handler reads. */
const readByClients = /^(AWS_|HTTPS?_PROXY$|NO_PROXY$)/i;

const clients = new Map<unknown, Map<string, unknown>>();

/**
 * The AWS client of a service for this identity. The program makes all its AWS clients here, one per service, region
 * and identity, so that each call
 *
 * - signs with the same session and asks the same endpoints;
 * - goes through the proxy that kOps would take (HTTPS_PROXY, NO_PROXY);
 * - ends: 10 s to connect, 60 s without a byte, an hour in all ({@link usualBounds}), three attempts or what
 *   `aws:maxRetries`, `AWS_MAX_ATTEMPTS` or the profile says;
 * - ends at once when the operation stops (`timeouts`, a lost lock, the end of the engine).
 *
 * `more`: settings of this service alone.
 */
export function awsClient<Client extends { middlewareStack: object }, More extends object>(
  Client: new (settings: AwsClientSettings & More) => Client,
  identity: AwsIdentity,
  more?: More,
  env: NodeJS.ProcessEnv = process.env,
): Client {
  const { region, profile, assumeRole, aws } = identity;
  const variables = Object.entries(env).filter(([name]) => readByClients.test(name));
  const key = JSON.stringify([region, profile, assumeRole, aws, more, variables]);
  const made = clients.get(Client) ?? new Map<string, unknown>();
  clients.set(Client, made);
  const known = made.get(key) as Client | undefined;
  if (known) return known;
  const client = new Client({
    region,
    customUserAgent: "pilot",
    ...(profile === undefined ? {} : { profile }),
    credentials: credentialsOf(identity) ?? shellCredentials(region),
    requestHandler: httpHandler(env),
    ...clientSettings(Client.name, aws),
    ...(more as More),
  });
  const steps = client.middlewareStack as Steps;
  steps.add(bounded(region), { step: "initialize", priority: "high", name: "pilotBounds" });
  made.set(key, client);
  return client;
}

/** The identity to work with, and the name of the cluster to look at. */
export type ClusterIdentity = AwsIdentity & { readonly name: string };

/** Filter for the tag that kOps puts on everything it makes for a cluster. */
export function ofCluster(name: string): { Name: string; Values: string[] } {
  return { Name: `tag:${kopsClusterTag}`, Values: [name] };
}

/** All items of all pages of an answer. */
export async function allOf<Page, Item>(
  pages: AsyncIterable<Page>,
  items: (page: Page) => Item[] | undefined,
): Promise<Item[]> {
  const found: Item[] = [];
  for await (const page of pages) found.push(...(items(page) ?? []));
  return found;
}

/** Splits names for AWS, which takes no more than 50 names, or values of a filter, in one call. */
export function inParts(names: readonly string[], most = 50): string[][] {
  return Array.from({ length: Math.ceil(names.length / most) }, (_, part) =>
    names.slice(part * most, (part + 1) * most),
  );
}
