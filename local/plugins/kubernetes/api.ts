import { KubernetesObjectApi } from "@kubernetes/client-node";
import type { Kind } from "./schema.ts";

/** The client for objects of any kind, which also tells what it knows about kinds. */
export class ObjectApi extends KubernetesObjectApi {
  /** Whether objects of this kind have a namespace, by the API's discovery. */
  async isNamespaced({ apiVersion, kind }: Kind): Promise<boolean> {
    const resource = await this.resource(apiVersion, kind);
    if (!resource) throw new Error(`Unrecognized API version and kind: ${apiVersion} ${kind}`);
    return resource.namespaced;
  }
}
