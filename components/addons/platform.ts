import * as k8s from "@pulumi/kubernetes";
import type { CustomResourceOptions } from "@pulumi/pulumi";
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
 * Storage and priority classes. Of both the API lets most fields not be changed, and the plugin knows that only of
 * some: the others are named here, so that a change is a new object instead of a refusal. The old one goes first, as
 * there can be one of a name; volumes and pods that were made by it keep what they have.
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
        metadata: {
          name: storageClass.name,
          annotations: { "storageclass.kubernetes.io/is-default-class": String(storageClass.default) },
        },
        provisioner: "ebs.csi.aws.com",
        parameters: parametersOf(storageClass),
        reclaimPolicy: storageClass.reclaimPolicy,
        allowVolumeExpansion: true,
        // An EBS volume stays in its zone: it is made in that of the pod.
        volumeBindingMode: "WaitForFirstConsumer",
      },
      { ...own, replaceOnChanges: ["reclaimPolicy", "volumeBindingMode"], deleteBeforeReplace: true },
    );
  }
  for (const [className, { value, description, globalDefault, preempts }] of Object.entries(priorityClasses)) {
    new k8s.scheduling.v1.PriorityClass(
      `${name}-${className}`,
      {
        metadata: { name: className },
        value,
        description,
        globalDefault,
        preemptionPolicy: preempts ? "PreemptLowerPriority" : "Never",
      },
      { ...own, replaceOnChanges: ["value", "preemptionPolicy"], deleteBeforeReplace: true },
    );
  }
}
