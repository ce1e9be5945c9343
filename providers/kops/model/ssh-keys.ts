import { createHash } from "node:crypto";

/**
 * Types of SSH keys that EC2 takes from kOps (ComputeAWSKeyFingerprint in pkg/pki/sshkey.go), with their field count.
 */
const types: Readonly<Record<string, number>> = { "ssh-rsa": 3, "ssh-ed25519": 2 };

/** The fields of a key, each after its length in four bytes (RFC 4253, 6.6). None if the key is cut off. */
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
 * The name of an SSH key in kOps's store: the MD5 of the key, 32 hexadecimal digits (pkg/sshcredentials,
 * AddSSHPublicKey in upup/pkg/fi/vfs_castore.go). Undefined for a key that kOps would refuse. A key is its type, then
 * the key itself in base64, which begins with the type again.
 */
export function sshKeyId(publicKey: string): string | undefined {
  const [type = "", text = ""] = publicKey.trim().split(/\s+/);
  const key = Buffer.from(text, "base64");
  const fields = fieldsOf(key);
  return fields.length === types[type] && fields[0]?.toString() === type
    ? createHash("md5").update(key).digest("hex")
    : undefined;
}

/** The ids of keys that the check of the inputs has accepted. */
export function sshKeyIds(publicKeys: readonly string[] | undefined): string[] {
  return (publicKeys ?? []).flatMap((key) => sshKeyId(key) ?? []);
}

/**
 * Name of the EC2 key pair in the launch templates of a cluster with the SSH key of this id. Undefined when they have
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
