import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { parse, pathText, type Parsed } from "../../../components/config/problems.ts";
import { createDns, dnsRequest, findZone } from "../../../components/dns/index.ts";
import { createStateStore, stateStoreRequest } from "../../../components/state-store/index.ts";

/*
 * A program with only the DNS and the state store of request.json. The test writes it over index.ts of a checkout, with
 * adapted paths.
 */
const region = "ap-southeast-2";
const asked = JSON.parse(readFileSync(join(import.meta.dirname, "request.json"), "utf8")) as {
  dns?: unknown;
  vpcId?: string;
  vpcIsOthers?: boolean;
  stateStore?: unknown;
};
const given = <T>(parsed: Parsed<T>): T => {
  if (!parsed.ok)
    throw new Error(
      "request.json cannot be used: " +
        parsed.issues.map(({ path, message }) => `${pathText(path)} ${message}`).join("; "),
    );
  return parsed.value;
};

async function dns() {
  if (asked.dns === undefined) return undefined;
  const request = given(parse(dnsRequest, asked.dns));
  const zone = await findZone("env", request);
  const vpcId = asked.vpcId ?? "";
  const { zoneId, nameServers } = await createDns("env", {
    request,
    zone,
    region,
    network: { vpcId, ...(asked.vpcIsOthers === true && { existingVpcId: vpcId }) },
    clusters: ["k1.sbx.example.com"],
  });
  return { zoneId, nameServers };
}

async function store() {
  if (asked.stateStore === undefined) return undefined;
  const { accountId } = await aws.getCallerIdentity();
  const made = await createStateStore("env", {
    request: given(parse(stateStoreRequest, asked.stateStore)),
    project: pulumi.getProject(),
    stack: pulumi.getStack(),
    region,
    accountId,
  });
  return { stateStore: made.store.stateStore, keyArn: made.store.keyArn, policyArns: made.policies.arns };
}

export const environment = { dns: await dns(), store: await store() };
