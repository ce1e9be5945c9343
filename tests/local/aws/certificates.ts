import { given, region } from "./clients.ts";

async function call(endpoint: string, action: string, body: Record<string, unknown>): Promise<Record<string, unknown>> {
  const answer = await fetch(endpoint, {
    method: "POST",
    headers: {
      "Content-Type": "application/x-amz-json-1.1",
      "X-Amz-Target": `CertificateManager.${action}`,
      // Names the service; the local cloud does not check the signature.
      Authorization:
        `AWS4-HMAC-SHA256 Credential=test/20260101/${region}/acm/aws4_request, SignedHeaders=host, ` + "Signature=0",
    },
    body: JSON.stringify(body),
  });
  if (!answer.ok) throw new Error(`ACM ${action}: ${await answer.text()}`);
  return (await answer.json()) as Record<string, unknown>;
}

/**
 * Requests an ACM certificate for a name over ACM's JSON protocol, because two calls do not justify a client library.
 * Returns its ARN.
 */
export async function requestCertificate(endpoint: string, name: string): Promise<string> {
  return given(
    (await call(endpoint, "RequestCertificate", { DomainName: name }))["CertificateArn"] as string | undefined,
  );
}

/** The name on a certificate of ACM. */
export async function nameOnCertificate(endpoint: string, arn: string): Promise<string> {
  const { Certificate } = (await call(endpoint, "DescribeCertificate", { CertificateArn: arn })) as {
    Certificate?: { DomainName?: string };
  };
  return given(Certificate?.DomainName);
}
