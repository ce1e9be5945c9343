import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import type { PlatformRequest } from "./request.ts";

/**
 * Helm releases. The plugin contains Helm and runs hooks. A failed release is rolled back; the next `up` tries again.
 */
export function createCharts(name: string, charts: PlatformRequest["charts"], own: CustomResourceOptions): void {
  for (const [release, { chart, repository, version, namespace, values, timeoutSeconds }] of Object.entries(charts)) {
    new k8s.helm.v3.Release(
      `${name}-${release}`,
      {
        name: release,
        chart,
        ...(repository !== undefined && { repositoryOpts: { repo: repository } }),
        ...(version !== undefined && { version }),
        namespace,
        createNamespace: true,
        values: values ?? {},
        timeout: timeoutSeconds,
        atomic: true,
      },
      own,
    );
  }
}
