import { createHash } from "node:crypto";

/**
 * Types of SSH keys that kOps can give to EC2 (ComputeAWSKeyFingerprint in pkg/pki/sshkey.go), with the number of
 * fields of each.
 */
const types: Readonly<Record<string, number>> = { "ssh-rsa": 3, "ssh-ed25519": 2 };

/** The fields of a key, each with its length in four bytes before it (RFC 4253, 6.6); none of one that is cut off. */
function fieldsOf(key: Buffer): Buffer[] {
  const fields: Buffer[] = [];
  let at = 0;
  while (at + 4 <= key.length) {
    const end = at + 4 + key.readUInt32BE(at);
    fields.push(key.subarray(at + 4, end));
    at = end;
  }
  return at === key.length ? fields : [];
}

/**
 * The name under which kOps keeps an SSH key in its store: the MD5 of the key, 32 hexadecimal digits
 * (pkg/sshcredentials, AddSSHPublicKey in upup/pkg/fi/vfs_castore.go). Nothing for what kOps would not take: a key is
 * its type, then itself in base64, which begins with its type again.
 */
export function sshKeyId(publicKey: string): string | undefined {
  const [type = "", text = ""] = publicKey.trim().split(/\s+/);
  const key = Buffer.from(text, "base64");
  const fields = fieldsOf(key);
  return fields.length === types[type] && fields[0]?.toString() === type
    ? createHash("md5").update(key).digest("hex")
    : undefined;
}

/** The ids of keys that the inputs' check has let through. */
export function sshKeyIds(publicKeys: readonly string[] | undefined): string[] {
  return (publicKeys ?? []).flatMap((key) => sshKeyId(key) ?? []);
}

/**
 * Name of the EC2 key pair in the launch templates of a cluster with this SSH key, by its id; nothing when they have
 * none (SSHKeyName and UseSSHKey in pkg/model).
 */
export function keyPairOf(
  { name, cluster }: { name: string; cluster: Readonly<Record<string, unknown>> },
  id: string | undefined,
): string | undefined {
  const { sshKeyName } = cluster;
  if (typeof sshKeyName === "string") return sshKeyName === "" ? undefined : sshKeyName;
  return id && `kubernetes.${name}-${id.replace(/..(?=.)/g, "$&:")}`;
}
