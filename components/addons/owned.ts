/** Metadata of an object, for `@pulumi/kubernetes`. */
export interface Metadata {
  name: string;
  namespace?: string;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
}

/**
 * Metadata of an object whose configured fields have one owner: the plugin applies them with force, even after another
 * field manager set them. By annotation: the provider's switch for all objects (`enablePatchForce`) exists only since
 * 4.29 (CHANGELOG.md of pulumi-kubernetes).
 */
export const owned = (metadata: Metadata): Metadata => ({
  ...metadata,
  annotations: { ...metadata.annotations, "pulumi.com/patchForce": "true" },
});
