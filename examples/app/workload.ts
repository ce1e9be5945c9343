import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
import type { ClusterReference, ServiceAccount } from "../../components/reference/index.ts";

export interface WorkloadArgs {
  cluster: pulumi.Output<ClusterReference>;
  serviceAccount: ServiceAccount;
  /** IAM role of its pods. */
  roleArn: pulumi.Input<string>;
  region: string;
  replicas: number;
}

const tokenFolder = "/var/run/secrets/amazonaws.com";

/** A namespace with a deployment whose pods take an IAM role by the token of their service account. */
export class Workload extends pulumi.ComponentResource {
  readonly deployment: pulumi.Output<string>;

  constructor(name: string, args: WorkloadArgs, opts?: pulumi.ComponentResourceOptions) {
    super("shop:workload:Workload", name, {}, opts);
    const { namespace, name: account } = args.serviceAccount;
    const provider = new kubernetes.Provider(
      name,
      {
        kubeconfig: args.cluster.kubeconfig,
        // The cluster is the same whatever becomes of its kubeconfig: another one replaces nothing.
        clusterIdentifier: args.cluster.name,
      },
      { parent: this },
    );
    const options = { parent: this, provider };
    const space = new kubernetes.core.v1.Namespace(name, { metadata: { name: namespace } }, options);
    const serviceAccount = new kubernetes.core.v1.ServiceAccount(
      name,
      { metadata: { name: account, namespace }, automountServiceAccountToken: false },
      { ...options, dependsOn: [space] },
    );
    const labels = { app: name };
    const deployment = new kubernetes.apps.v1.Deployment(
      name,
      {
        metadata: { name, namespace, labels },
        spec: {
          replicas: args.replicas,
          selector: { matchLabels: labels },
          template: { metadata: { labels }, spec: this.#podSpec(account, args) },
        },
      },
      { ...options, dependsOn: [serviceAccount] },
    );
    this.deployment = deployment.metadata.name;
    this.registerOutputs({ deployment: this.deployment });
  }

  /** Every SDK of AWS reads these two variables. The token is written anew by the kubelet before it ends. */
  #podSpec(
    serviceAccountName: string,
    { cluster, roleArn, region }: WorkloadArgs,
  ): pulumi.Input<kubernetes.types.input.core.v1.PodSpec> {
    const audience = cluster.apply(({ oidc }) => oidc?.audience ?? "");
    return {
      serviceAccountName,
      containers: [
        {
          name: "web",
          image: "registry.k8s.io/e2e-test-images/agnhost:2.53",
          args: ["netexec", "--http-port=8080"],
          ports: [{ containerPort: 8080 }],
          env: [
            { name: "AWS_REGION", value: region },
            { name: "AWS_ROLE_ARN", value: roleArn },
            { name: "AWS_WEB_IDENTITY_TOKEN_FILE", value: `${tokenFolder}/token` },
          ],
          volumeMounts: [{ name: "aws-token", mountPath: tokenFolder, readOnly: true }],
          resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "128Mi" } },
        },
      ],
      volumes: [
        {
          name: "aws-token",
          projected: { sources: [{ serviceAccountToken: { audience, expirationSeconds: 3600, path: "token" } }] },
        },
      ],
    };
  }
}
