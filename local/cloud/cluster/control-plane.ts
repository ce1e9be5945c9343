import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { z } from "zod";
import { authenticatorFolder, writeWebhook } from "./authenticator.ts";
import { startChild, type Child } from "../supervision/child.ts";
import type { CompletedSpec } from "./completed-spec.ts";
import { childEnvironment } from "../supervision/environment.ts";
import { readIfThere, writeWhole } from "../../base/files.ts";
import type { Keyset } from "./keyset.ts";
import type { ProcessIdentity } from "../../base/processes.ts";

const announcement = z.object({ server: z.url() });

export function apiServer(child: Child): string {
  return announcement.parse(child.announcement).server;
}

/** Everything that a cluster's control plane is started with. */
export interface ControlPlane {
  readonly name: string;
  /** The cluster's folder. */
  readonly dir: string;
  readonly log: string;
  readonly binary: string;
  readonly authority: Keyset;
  readonly serviceAccount: Keyset;
  readonly spec: CompletedSpec;
  /** Used if it is free, because kubeconfigs contain it. 0: any port. */
  readonly port: number;
}

/**
 * The API server fetches the keys of token issuers. Go uses no proxy for loopback, and this one, where nothing listens,
 * for every other address: whatever issuer a spec names, nothing leaves the machine.
 */
const nowhere = "http://127.0.0.1:9";

export function kubeconfigOf(dir: string): string {
  return join(dir, "admin.kubeconfig");
}

export async function startControlPlane(
  plane: ControlPlane,
  onStart: (identity: ProcessIdentity) => void,
): Promise<Child> {
  const pki = join(plane.dir, "pki");
  const authorityFile = join(pki, "ca.crt");
  const bundleFile = join(pki, "ca-bundle.crt");
  await mkdir(pki, { recursive: true, mode: 0o700 });
  await forgetOtherCluster(plane, bundleFile);
  const login = await writeLogin(plane);
  const verifiers = plane.serviceAccount.trusted.map((_, index) => join(pki, `service-account-${index}.crt`));
  await Promise.all([
    writeWhole(authorityFile, plane.authority.primary.certificate),
    writeWhole(join(pki, "ca.key"), plane.authority.primary.key),
    writeWhole(bundleFile, plane.authority.trusted.join("")),
    writeWhole(join(pki, "service-account.key"), plane.serviceAccount.primary.key),
    ...plane.serviceAccount.trusted.map((certificate, index) => writeWhole(verifiers[index] ?? "", certificate)),
  ]);
  return await startChild(
    {
      name: `control plane of ${plane.name}`,
      command: plane.binary,
      args: [
        `--name=${plane.name}`,
        `--dir=${plane.dir}`,
        `--port=${plane.port}`,
        `--ca-cert=${authorityFile}`,
        `--ca-key=${join(pki, "ca.key")}`,
        `--ca-bundle=${bundleFile}`,
        `--service-account-signing-key=${join(pki, "service-account.key")}`,
        `--service-account-keys=${verifiers.join(",")}`,
        `--issuer=${plane.spec.issuer}`,
        `--jwks-uri=${plane.spec.jwksUri}`,
        `--service-range=${plane.spec.serviceRange}`,
        ...(plane.spec.login.authenticator ? [`--authenticator=${authenticatorFolder(plane.dir)}`] : []),
        ...(login.length > 0 ? ["--", ...login] : []),
      ],
      env: childEnvironment(login.length > 0 ? { HTTPS_PROXY: nowhere, HTTP_PROXY: nowhere } : {}),
      log: plane.log,
      patience: 120_000,
      grace: 5_000,
    },
    onStart,
  );
}

/** The login flags of kube-apiserver, and the files that they name. */
async function writeLogin({ dir, spec, authority }: ControlPlane): Promise<string[]> {
  const { flags, files, authenticator } = spec.login;
  const named = await Promise.all(
    files.map(async ({ flag, content }) => {
      const file = join(dir, "login", flag);
      await writeWhole(file, content);
      return `--${flag}=${file}`;
    }),
  );
  if (authenticator)
    named.push(`--authentication-token-webhook-config-file=${await writeWebhook(dir, authority.trusted.join(""))}`);
  return [...flags, ...named];
}

/** A cluster that was deleted and created again under the same name has another CA, and must not find the old nodes. */
async function forgetOtherCluster(plane: ControlPlane, bundleFile: string): Promise<void> {
  const old = await readIfThere(bundleFile);
  if (old === undefined || plane.authority.trusted.some((certificate) => old.includes(certificate.trim()))) return;
  await rm(join(plane.dir, "etcd"), { recursive: true, force: true });
}
