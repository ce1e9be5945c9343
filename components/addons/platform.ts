import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
import { owned } from "./owned.ts";
import type { PlatformRequest, StorageClassRequest } from "./request.ts";

function parametersOf({ kmsKeyId, iops, throughput }: StorageClassRequest): Record<string, string> {
  return {
    type: "gp3",
    encrypted: "true",
    ...(kmsKeyId !== undefined && { kmsKeyId }),
    ...(iops !== undefined && { iops: String(iops) }),
    ...(throughput !== undefined && { throughput: String(throughput) }),
  };
}

/**
 * Storage and priority classes. The API refuses changes of most fields, and the plugin knows only some of them: the
 * others are listed here, so that a change replaces the object. The old one is deleted first because the name stays;
 * existing volumes and pods are not affected.
 */
export function createPlatform(
  name: string,
  { storageClass, priorityClasses }: PlatformRequest,
  own: CustomResourceOptions,
): void {
  if (storageClass) {
    new k8s.storage.v1.StorageClass(
      `${name}-${storageClass.name}`,
      {
        metadata: owned({
          name: storageClass.name,
          annotations: { "storageclass.kubernetes.io/is-default-class": String(storageClass.default) },
        }),
        provisioner: "ebs.csi.aws.com",
        parameters: parametersOf(storageClass),
        reclaimPolicy: storageClass.reclaimPolicy,
        allowVolumeExpansion: true,
        // An EBS volume cannot leave its zone, so it is made in the pod's zone.
        volumeBindingMode: "WaitForFirstConsumer",
      },
      { ...own, replaceOnChanges: ["reclaimPolicy", "volumeBindingMode"], deleteBeforeReplace: true },
    );
  }
  for (const [className, { value, description, globalDefault, preempts }] of Object.entries(priorityClasses)) {
    new k8s.scheduling.v1.PriorityClass(
      `${name}-${className}`,
      {
        metadata: owned({ name: className }),
        value,
        description,
        globalDefault,
        preemptionPolicy: preempts ? "PreemptLowerPriority" : "Never",
      },
      { ...own, replaceOnChanges: ["value", "preemptionPolicy"], deleteBeforeReplace: true },
    );
  }
}
