/** Kinds of resources with states between alive and gone (`local/aws/states.py`). */
export type LastingKind =
  "groups" | "instances" | "nat-gateways" | "public-access-blocks" | "volumes" | "vpc-endpoints";

async function ask(endpoint: string, method: string, body?: unknown): Promise<void> {
  const answer = await fetch(`${endpoint}/_pilot/states`, {
    method,
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!answer.ok) throw new Error(`${method} states: ${answer.status} ${await answer.text()}`);
}

/** Makes these states last, as on AWS, until {@link endStates}. */
export function keepStates(endpoint: string, ...kinds: LastingKind[]): Promise<void> {
  return ask(endpoint, "POST", kinds);
}

/** Ends all such states, and lets none last any more. */
export function endStates(endpoint: string): Promise<void> {
  return ask(endpoint, "DELETE");
}
