import * as pulumi from "@pulumi/pulumi";
import { expect } from "chai";
import { WorkloadRole } from "../../examples/app/identity.ts";
import { Workload } from "../../examples/app/workload.ts";
import type { ClusterReference } from "../../components/reference/index.ts";
import { ofType, record, valueOf } from "../components/mocks.ts";

const cluster = {
  name: "k1.sbx.pilot.internal",
  kubeconfig: "apiVersion: v1\n",
  oidc: {
    issuer: "https://oidc.test/k1",
    discoveryUrl: "",
    providerArn: "arn:aws:iam::123456789012:oidc-provider/oidc.test/k1",
    audience: "amazonaws.com",
  },
} as ClusterReference;
const serviceAccount = { namespace: "shop", name: "api" };

describe("the example app", () => {
  it("creates an IAM role that only its service account may assume", async () => {
    const { result, resources } = await record(
      () =>
        new WorkloadRole("shop", {
          cluster,
          serviceAccount,
          statements: [{ Effect: "Allow", Action: "s3:GetObject", Resource: "*" }],
        }),
    );
    const role = ofType(resources, "aws:iam/role:Role")["shop"];
    expect(role?.parent).to.equal("shop:identity:WorkloadRole::shop");
    expect(JSON.parse(String(role?.inputs["assumeRolePolicy"])))
      .to.have.nested.property("Statement[0].Condition.StringEquals")
      .that.deep.equals({ "oidc.test/k1:sub": "system:serviceaccount:shop:api", "oidc.test/k1:aud": "amazonaws.com" });
    expect(await valueOf(result.arn)).to.equal("arn:aws:iam::123456789012:role/shop");
  });

  it("deploys with that role's tokens, and knows the cluster only by name", async () => {
    const { resources } = await record(
      () =>
        new Workload("shop", {
          cluster: pulumi.output(cluster),
          serviceAccount,
          roleArn: "arn:role",
          region: "ap-southeast-2",
          replicas: 2,
        }),
    );
    const [deployment] = Object.values(ofType(resources, "kubernetes:apps/v1:Deployment"));
    expect(deployment?.dependencies).to.include("kubernetes:core/v1:ServiceAccount::shop");
    expect(deployment?.inputs)
      .to.have.nested.property("spec.template.spec.volumes[0].projected.sources[0].serviceAccountToken")
      .that.deep.equals({ audience: "amazonaws.com", expirationSeconds: 3600, path: "token" });
    expect(deployment?.inputs)
      .to.have.nested.property("spec.template.spec.containers[0].env")
      .that.deep.includes({ name: "AWS_ROLE_ARN", value: "arn:role" });
    expect(ofType(resources, "pulumi:providers:kubernetes")["shop"]?.inputs).to.deep.include({
      clusterIdentifier: cluster.name,
    });
  });
});
