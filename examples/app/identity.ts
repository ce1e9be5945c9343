import * as aws from "@pulumi/aws";
import * as pulumi from "@pulumi/pulumi";
import { serviceAccountTrust, type ClusterReference, type ServiceAccount } from "../../components/reference/index.ts";

export interface WorkloadRoleArgs {
  cluster: pulumi.Input<ClusterReference>;
  serviceAccount: ServiceAccount;
  /** Statements of its policy, as AWS writes them. */
  statements: pulumi.Input<Record<string, unknown>[]>;
}

/** An IAM role that exactly one service account of one cluster may take. */
export class WorkloadRole extends pulumi.ComponentResource {
  readonly arn: pulumi.Output<string>;

  constructor(
    name: string,
    { cluster, serviceAccount, statements }: WorkloadRoleArgs,
    opts?: pulumi.ComponentResourceOptions,
  ) {
    super("shop:identity:WorkloadRole", name, {}, opts);
    const role = new aws.iam.Role(
      name,
      {
        assumeRolePolicy: pulumi
          .output(cluster)
          .apply((one) => JSON.stringify(serviceAccountTrust(one, serviceAccount))),
      },
      { parent: this },
    );
    new aws.iam.RolePolicy(
      name,
      {
        role: role.name,
        policy: pulumi.output(statements).apply((Statement) => JSON.stringify({ Version: "2012-10-17", Statement })),
      },
      { parent: this },
    );
    this.arn = role.arn;
    this.registerOutputs({ arn: this.arn });
  }
}
