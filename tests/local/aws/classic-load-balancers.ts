import { given, region } from "./clients.ts";

/**
 * Calls the API of classic load balancers over its query protocol, because a few calls do not justify a client library.
 * Returns the answer's XML.
 */
async function call(endpoint: string, action: string, parameters: Record<string, string>): Promise<string> {
  const answer = await fetch(endpoint, {
    method: "POST",
    // Names the service; the local cloud does not check the signature.
    headers: {
      Authorization:
        `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/elasticloadbalancing/aws4_request, ` +
        "SignedHeaders=host, Signature=0",
    },
    body: new URLSearchParams({ Action: action, Version: "2012-06-01", ...parameters }),
  });
  const text = await answer.text();
  if (!answer.ok) throw new Error(`classic load balancers, ${action}: ${text}`);
  return text;
}

/** Creates a classic load balancer for TCP on 443. Returns its host name. */
export async function createClassicLoadBalancer(endpoint: string, name: string, subnetId: string): Promise<string> {
  const answer = await call(endpoint, "CreateLoadBalancer", {
    LoadBalancerName: name,
    "Subnets.member.1": subnetId,
    "Listeners.member.1.Protocol": "TCP",
    "Listeners.member.1.LoadBalancerPort": "443",
    "Listeners.member.1.InstancePort": "443",
  });
  return given(/<DNSName>(.*)<\/DNSName>/.exec(answer)?.[1]);
}

/** The hosted zone of the load balancer's host name. */
export async function zoneOfClassicLoadBalancer(endpoint: string, name: string): Promise<string | undefined> {
  const answer = await call(endpoint, "DescribeLoadBalancers", { "LoadBalancerNames.member.1": name });
  return /<CanonicalHostedZoneNameID>(.*)<\/CanonicalHostedZoneNameID>/.exec(answer)?.[1];
}

export async function deleteClassicLoadBalancer(endpoint: string, name: string): Promise<void> {
  await call(endpoint, "DeleteLoadBalancer", { LoadBalancerName: name });
}
