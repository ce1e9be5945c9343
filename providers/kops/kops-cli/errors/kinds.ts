/** A dry run only reads; an apply makes what other tasks then wait for, and AWS is eventually consistent. */
export type Update = "dryRun" | "apply";

/** Seconds that an error must last before it counts as final. Absent: it may pass by itself. */
type Patience = Partial<Readonly<Record<Update, number>>>;

/** A kind of error of a task of kOps. */
export interface ErrorKind {
  name: string;
  pattern: RegExp;
  /** It is of this kind only if it names something that the inputs name. */
  named?: true;
  /** It is about who asks, not about a property. */
  ofIdentity?: true;
  after: Patience;
  /** What it means for the property that causes it. */
  says: string;
}

const mayPass: Patience = {};
const atOnce: Patience = { dryRun: 0, apply: 60 };
/** In a dry run: seen in two stalls, ten seconds apart. */
const twice: Patience = { dryRun: 10, apply: 60 };

/**
 * Kinds of errors, by the texts of kOps 1.32.1, 1.35.0 and 1.36.2 and the error codes of AWS. The first kind that
 * matches counts; an error of no kind may pass. 4xx alone says little: throttling, conflicts and what IAM, EC2 and S3
 * do not see yet are 4xx, too.
 */
export const errorKinds: readonly ErrorKind[] = [
  {
    name: "throttled",
    pattern:
      /StatusCode: 429|api error (\w*Throttl\w*|RequestLimitExceeded|TooManyRequests\w*|SlowDown|PriorRequestNotComplete|BandwidthLimitExceeded)/,
    after: mayPass,
    says: "",
  },
  {
    name: "AWS fails or does not answer",
    pattern:
      /StatusCode: (0|408|5\d\d)\b|request send failed|dial tcp|no such host|i\/o timeout|connection (refused|reset)|\bEOF\b|deadline exceeded|handshake timeout/,
    after: mayPass,
    says: "",
  },
  {
    // IAM is eventually consistent: an instance profile or a role that was just made (CreateAutoScalingGroup).
    name: "IAM does not know yet",
    pattern:
      /instance ?profile\b.*invalid|invalid.*instance ?profile|MalformedPolicy|invalid principal|sts:AssumeRole/i,
    after: mayPass,
    says: "",
  },
  {
    // A bucket, or its policy, may have been made by the same `pulumi up`.
    name: "S3 does not know yet",
    pattern: /operation error S3:|NoSuchBucket/,
    after: mayPass,
    says: "",
  },
  {
    name: "in use, or being changed",
    pattern:
      /DependencyViolation|\b(Resource)?InUse\b|IncorrectState|IncorrectInstanceState|ScalingActivityInProgress|ResourceContention|ConcurrentModification|OperationAborted/,
    after: mayPass,
    says: "",
  },
  {
    name: "denied",
    pattern: /StatusCode: 40[13]\b/,
    ofIdentity: true,
    after: atOnce,
    says: "AWS denies access",
  },
  {
    name: "no credentials",
    pattern: /failed to (refresh cached|retrieve) credentials|NoCredentials|no EC2 IMDS role found/,
    ofIdentity: true,
    after: atOnce,
    says: "there are no AWS credentials",
  },
  {
    name: "quota",
    pattern: /api error (\w*LimitExceeded\w*|\w*QuotaExceeded\w*|TooMany\w+)/,
    after: { apply: 60 },
    says: "needs more than a quota of the AWS account allows",
  },
  {
    name: "conflict",
    pattern: /StatusCode: 409\b/,
    after: mayPass,
    says: "",
  },
  {
    name: "immutable",
    pattern: /Field cannot be changed: |field is immutable|do not support (detaching|modifying)/,
    after: atOnce,
    says: "differs from what exists and cannot be changed in place",
  },
  {
    // FindHash in pkg/assets/builder.go: no mirror has the hash, or none answers.
    name: "no release",
    pattern: /cannot determine hash for /,
    after: atOnce,
    says: "names a release whose files do not exist, or cannot be reached from here",
  },
  {
    name: "named and not found",
    pattern: /NotFound|NoSuch|not found|does not exist|do not exist|unable to find specified SSH key/,
    named: true,
    after: twice,
    says: "names what does not exist",
  },
  {
    name: "too large",
    pattern: /Policy cannot exceed|role name length must be|UserData was too large/,
    after: atOnce,
    says: "is larger than AWS allows",
  },
  {
    name: "ambiguous",
    pattern: /found multiple /i,
    after: twice,
    says: "matches more than one resource in AWS: delete what is not the cluster's",
  },
  {
    // Never true or false by time. In an apply, other invalid values may become valid (IAM, launch templates).
    name: "not a possible value",
    pattern: /api error (\w+\.Malformed|InvalidParameterCombination|Unsupported(Operation)?|MalformedQueryString)\b/,
    after: atOnce,
    says: "is refused by AWS",
  },
  {
    name: "not a valid value",
    pattern: /api error (ValidationError|ValidationException|InvalidParameter(Value)?|InvalidInput)\b/,
    after: { dryRun: 0 },
    says: "is refused by AWS",
  },
];

/** The kind of an error. `named`: whether a text has something that the inputs name. */
export function kindOf(text: string, named: (text: string) => boolean): ErrorKind | undefined {
  return errorKinds.find((kind) => kind.pattern.test(text) && (kind.named !== true || named(text)));
}

/** Whether AWS refuses who asks: denied, or without credentials. */
export function isRefusal(text: string): boolean {
  return kindOf(text, () => false)?.ofIdentity === true;
}
