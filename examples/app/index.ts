import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { clusterOf } from "../../components/reference/index.ts";
import { WorkloadRole } from "./identity.ts";
import { Workload } from "./workload.ts";

const config = new pulumi.Config();
const region = new pulumi.Config("aws").require("region");
const cluster = clusterOf(new pulumi.StackReference(config.require("clusters")), config.require("cluster"));
const serviceAccount = { namespace: "shop", name: "api" };

const orders = new aws.s3.Bucket("shop-orders", { forceDestroy: true });

const role = new WorkloadRole("shop", {
  cluster,
  serviceAccount,
  statements: [
    { Effect: "Allow", Action: ["s3:GetObject", "s3:PutObject"], Resource: pulumi.interpolate`${orders.arn}/*` },
  ] as pulumi.Input<Record<string, unknown>[]>,
});

const workload = new Workload("shop", {
  cluster,
  serviceAccount,
  roleArn: role.arn,
  region,
  replicas: config.getNumber("replicas") ?? 2,
});

export const roleArn = role.arn;
export const deployment = workload.deployment;
export const kubernetesVersion = cluster.kubernetesVersion;
