import { z } from "zod";
import { strict } from "../config/problems.ts";

const dnsName = z.string().regex(/^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/, {
  error: "must be a name in DNS, such as kubernetes.default or example.com",
});

export const smokeTest = strict({
  enabled: z.boolean().default(false).describe("Whether to test clusters after each change. Default: false."),
  image: z
    .string()
    .regex(/^[\w.-]+(:\d+)?(\/[\w.-]+)+(:[\w.-]+)?(@sha256:[0-9a-f]{64})?$/, {
      error: "must be an image with its registry",
    })
    .default("registry.k8s.io/e2e-test-images/agnhost:2.39")
    .describe(
      "Image of the test's pod, with sh, awk and nslookup. Default: the image of Kubernetes's own documentation for " +
        "debugging DNS.",
    ),
  namespace: dnsName.default("default").describe("Namespace of the test's pod. Default: default."),
  names: z
    .array(dnsName)
    .min(1)
    .default(["kubernetes.default"])
    .describe("Names that the pod must resolve. Default: kubernetes.default."),
  timeoutSeconds: z
    .int()
    .min(10)
    .max(3600)
    .default(300)
    .describe("Seconds within which all checks must pass. Default: 300."),
});

export type SmokeTestRequest = z.output<typeof smokeTest>;
