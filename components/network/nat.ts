import { z } from "zod";
import * as aws from "../aws/services.mjs";
import type * as pulumi from "@pulumi/pulumi";
import { messageOf } from "../../providers/kops/model/errors.ts";
import { strict, type Issue } from "../config/problems.ts";

export const nat = z
  .union(
    [
      z.enum(["per-zone", "single", "none"]),
      strict({
        addresses: z
          .array(
            z.string().regex(/^eipalloc-[0-9a-f]+$/, {
              error: "must be the allocation id of an Elastic IP address, such as eipalloc-0123456789abcdef0",
            }),
          )
          .min(1)
          .describe(
            "Elastic IP addresses of your own by allocation id, which stay after a destroy: one for each of `zones` " +
              "in their order, or one for a single gateway. Another address replaces the gateway.",
          ),
      }),
    ],
    { error: "must be one of per-zone, single, none, or addresses: a list of allocation ids (eipalloc-…)" },
  )
  .describe(
    "NAT gateways of private subnets, about USD 43 a month each in ap-southeast-2, plus data. per-zone: " +
      "one in each zone. single: one in the first zone; when it fails, nodes in all zones lose the internet, " +
      "and other zones pay for traffic between zones. none: nodes reach only S3 and other endpoints, so " +
      "images and APIs must come from elsewhere. Default: per-zone, with addresses made here.",
  );

export type Nat = z.output<typeof nat>;

/** The zones' gateways: how many, and with which addresses of the user's own. */
export function natGateways(request: Nat): { mode: "per-zone" | "single" | "none"; addresses: readonly string[] } {
  if (typeof request === "string") return { mode: request, addresses: [] };
  const { addresses } = request;
  return { mode: addresses.length === 1 ? "single" : "per-zone", addresses };
}

export function natProblems(request: Nat | undefined, zones: readonly string[]): Issue[] {
  if (request === undefined || typeof request === "string") return [];
  const path = ["nat", "addresses"];
  const { addresses } = request;
  const twice = addresses.flatMap((id, index): Issue[] =>
    addresses.indexOf(id) < index ? [{ path: [...path, index], message: `${id} is listed twice` }] : [],
  );
  if (addresses.length === 1 || addresses.length === zones.length) return twice;
  const message = `must be one for each of the ${zones.length} zones, or one for all, not ${addresses.length}`;
  return [...twice, { path, message }];
}

/** Own addresses that do not exist, or that a machine uses. */
export async function findAddresses(request: Nat | undefined, options: pulumi.InvokeOptions): Promise<Issue[]> {
  if (request === undefined) return [];
  const found = await Promise.all(
    natGateways(request).addresses.map(async (id, index): Promise<Issue[]> => {
      const path = ["nat", "addresses", index];
      try {
        const { instanceId } = await aws.ec2.getElasticIp({ id }, options);
        return instanceId === "" ? [] : [{ path, message: `${id} is the address of the instance ${instanceId}` }];
      } catch (error) {
        return [{ path, message: `${id} cannot be looked up: ${messageOf(error)}` }];
      }
    }),
  );
  return found.flat();
}
