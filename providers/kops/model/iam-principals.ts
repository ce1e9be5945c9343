/** The ARN of one session of a role. */
const session = /^arn:(aws[a-z-]*):sts::(\d{12}):assumed-role\/([\w+=,.@-]+)\/[^/]+$/;

/** The ARN of a role with a path. */
const rolePath = /^arn:(aws[a-z-]*):iam::(\d{12}):role\/\S*\/([\w+=,.@-]+)$/;

/**
 * Why nobody, or more than one session, could log in by a mapping of this ARN, with the ARN to write. STS leaves the
 * path of a role out of its sessions' ARNs, and aws-iam-authenticator compares what it makes of those
 * (`Canonicalize` in its pkg/arn). The ARN of a user keeps its path.
 */
export function iamMappingProblem(arn: string): string | undefined {
  const [, ...ofSession] = session.exec(arn) ?? [];
  const [, ...ofRole] = rolePath.exec(arn) ?? [];
  const [partition, account, name] = ofRole.length > 0 ? ofRole : ofSession;
  if (partition === undefined) return undefined;
  const works = `arn:${partition}:iam::${account ?? ""}:role/${name ?? ""}`;
  return ofRole.length > 0
    ? `must be ${works}, without the path: sessions of a role do not have it, so nobody could log in by ${arn}`
    : `must be ${works}, the role: aws-iam-authenticator maps all sessions of a role, not one of them`;
}
