/** A bucket policy as S3 reads it. */
export interface Policy {
  Version: "2012-10-17";
  Statement: Record<string, unknown>[];
}

/** Nothing but TLS, for anybody. */
function tlsOnly(bucketArn: string): Record<string, unknown> {
  return {
    Sid: "TlsOnly",
    Effect: "Deny",
    Principal: "*",
    Action: "s3:*",
    Resource: [bucketArn, `${bucketArn}/*`],
    Condition: { Bool: { "aws:SecureTransport": "false" } },
  };
}

export function statePolicy(bucketArn: string): Policy {
  return { Version: "2012-10-17", Statement: [tlsOnly(bucketArn)] };
}

/**
 * AWS fetches exactly two documents per cluster without credentials. kOps asks S3 whether the bucket is public and,
 * because of this policy, leaves object ACLs alone (they are disabled).
 */
export function discoveryPolicy(bucketArn: string): Policy {
  return {
    Version: "2012-10-17",
    Statement: [
      tlsOnly(bucketArn),
      {
        Sid: "PublicDiscovery",
        Effect: "Allow",
        Principal: "*",
        Action: "s3:GetObject",
        Resource: [`${bucketArn}/*/.well-known/openid-configuration`, `${bucketArn}/*/openid/v1/jwks`],
      },
    ],
  };
}
