import * as pulumi from "@pulumi/pulumi";

/** A resource as the program registered it. */
export interface Registered {
  type: string;
  name: string;
  /** Inputs; unknown values are marked. */
  inputs: Record<string, unknown>;
  /** `type::name` of the parent, empty for none. */
  parent: string;
  /** `type::name` of everything it depends on. */
  dependencies: string[];
  ignoreChanges: string[];
  retainOnDelete: boolean;
  protect: boolean;
  deleteBeforeReplace: boolean;
  replaceOnChanges: string[];
  /** The id it is imported with, empty for none. */
  importId: string;
  /** `type::name`, empty for none. */
  deletedWith: string;
  /** Name of its provider, empty for the default one. */
  provider: string;
  /** Names of the hooks that may retry it. */
  errorHooks: string[];
}

export interface Recording<T> {
  result: T;
  resources: Registered[];
  /** Tokens of the invokes. */
  calls: string[];
}

export interface MockSettings {
  project?: string;
  stack?: string;
  preview?: boolean;
  /** Overrides for the outputs of every resource of a type. */
  states?: Record<string, State>;
  /** Lookup results by token, beside those listed below; one that throws fails its caller as AWS would. */
  lookUps?: Record<string, (inputs: Record<string, unknown>) => Record<string, unknown>>;
}

export const accountId = "123456789012";

type State = Record<string, unknown>;

/** What AWS adds to each allowed type. A type that is not listed may not be created. */
const computed: Record<string, (name: string, inputs: State) => State> = {
  "aws:ec2/vpc:Vpc": (_name, inputs) => ({
    ownerId: accountId,
    ...(inputs["assignGeneratedIpv6CidrBlock"] === true && { ipv6CidrBlock: "2406:da1c:7:ab00::/56" }),
  }),
  "aws:ec2/subnet:Subnet": () => ({}),
  "aws:ec2/internetGateway:InternetGateway": () => ({}),
  "aws:ec2/egressOnlyInternetGateway:EgressOnlyInternetGateway": () => ({}),
  "aws:ec2/routeTable:RouteTable": () => ({}),
  "aws:ec2/route:Route": () => ({}),
  "aws:ec2/routeTableAssociation:RouteTableAssociation": () => ({}),
  "aws:ec2/eip:Eip": () => ({}),
  "aws:ec2/natGateway:NatGateway": () => ({}),
  "aws:ec2/vpcEndpoint:VpcEndpoint": () => ({}),
  "aws:ec2/vpcEndpointRouteTableAssociation:VpcEndpointRouteTableAssociation": () => ({}),
  "aws:ec2/tag:Tag": () => ({}),
  "aws:ec2/securityGroup:SecurityGroup": () => ({}),
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": () => ({}),
  "aws:ec2/flowLog:FlowLog": () => ({}),
  "aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation": () => ({}),
  "aws:ec2/vpcDhcpOptions:VpcDhcpOptions": () => ({}),
  "aws:ec2/vpcDhcpOptionsAssociation:VpcDhcpOptionsAssociation": () => ({}),
  "aws:ec2/vpcPeeringConnection:VpcPeeringConnection": () => ({}),
  "aws:ec2/vpcPeeringConnectionAccepter:VpcPeeringConnectionAccepter": () => ({}),
  "aws:cloudwatch/logGroup:LogGroup": (name) => ({
    arn: `arn:aws:logs:ap-southeast-2:${accountId}:log-group:${name}`,
    name,
  }),
  "aws:iam/role:Role": (name) => ({ arn: `arn:aws:iam::${accountId}:role/${name}`, name }),
  "aws:iam/rolePolicy:RolePolicy": () => ({}),
  "aws:iam/rolePolicyAttachment:RolePolicyAttachment": () => ({}),
  "aws:iam/openIdConnectProvider:OpenIdConnectProvider": () => ({
    arn: `arn:aws:iam::${accountId}:oidc-provider/token.actions.githubusercontent.com`,
  }),
  "pulumi:providers:aws": () => ({}),
  "pulumi:pulumi:StackReference": () => ({}),
  "pulumi:providers:kubernetes": () => ({}),
  "kubernetes:core/v1:Namespace": () => ({}),
  "kubernetes:core/v1:ServiceAccount": () => ({}),
  "kubernetes:apps/v1:Deployment": () => ({}),
  "kubernetes:core/v1:ResourceQuota": () => ({}),
  "kubernetes:core/v1:LimitRange": () => ({}),
  "kubernetes:networking.k8s.io/v1:NetworkPolicy": () => ({}),
  "kubernetes:rbac.authorization.k8s.io/v1:RoleBinding": () => ({}),
  "kubernetes:storage.k8s.io/v1:StorageClass": () => ({}),
  "kubernetes:scheduling.k8s.io/v1:PriorityClass": () => ({}),
  "kubernetes:iamauthenticator.k8s.aws/v1alpha1:IAMIdentityMapping": () => ({}),
  "kubernetes:helm.sh/v3:Release": () => ({}),
  // A command's output is known once it has run.
  "command:local:Command": (): State =>
    pulumi.runtime.isDryRun() ? {} : { stdout: '{"cluster":"k1.sbx.pilot.internal","ok":true}' },
  "aws:route53/zone:Zone": (name) => ({ zoneId: `Z${name.toUpperCase()}`, nameServers: ["ns-1.awsdns.test"] }),
  "aws:route53/record:Record": (_name, inputs) => ({ fqdn: String(inputs["name"]) }),
  "aws:route53/zoneAssociation:ZoneAssociation": () => ({}),
  "aws:cloudfront/originAccessControl:OriginAccessControl": () => ({}),
  "aws:cloudfront/distribution:Distribution": () => ({
    arn: `arn:aws:cloudfront::${accountId}:distribution/E1`,
    domainName: "d1.cloudfront.test",
  }),
  "aws:s3/bucket:Bucket": (_name, inputs) => ({
    arn: `arn:aws:s3:::${String(inputs["bucket"])}`,
    bucketRegionalDomainName: `${String(inputs["bucket"])}.s3.ap-southeast-2.amazonaws.com`,
  }),
  "aws:s3/bucketVersioning:BucketVersioning": () => ({}),
  "aws:s3/bucketServerSideEncryptionConfiguration:BucketServerSideEncryptionConfiguration": () => ({}),
  "aws:s3/bucketOwnershipControls:BucketOwnershipControls": () => ({}),
  "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": () => ({}),
  "aws:s3/bucketPolicy:BucketPolicy": () => ({}),
  "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration": () => ({}),
  "aws:s3/bucketLogging:BucketLogging": () => ({}),
  "aws:s3/bucketObjectLockConfiguration:BucketObjectLockConfiguration": () => ({}),
  "aws:s3/bucketReplicationConfig:BucketReplicationConfig": () => ({}),
  "pulumi-nodejs:dynamic/store:BucketContents": () => ({}),
  "aws:kms/key:Key": (name) => ({ arn: `arn:aws:kms:ap-southeast-2:${accountId}:key/${name}` }),
  "aws:iam/policy:Policy": (name) => ({ arn: `arn:aws:iam::${accountId}:policy/${name}` }),
  "pulumi-nodejs:dynamic/kops:Cluster": (_name, inputs) => ({
    endpoint: `https://lb-of-${String(inputs["name"])}`,
    certificateAuthority: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
    kubernetesVersion: "1.34.3",
    appliedDigest: "digest",
    conditions: [],
    cloud: {
      instanceGroups: {
        nodes: {
          autoScalingGroup: `nodes.${String(inputs["name"])}`,
          launchTemplate: `nodes.${String(inputs["name"])}`,
        },
      },
      instanceProfiles: { nodes: `nodes.${String(inputs["name"])}` },
      roles: { Node: `nodes.${String(inputs["name"])}` },
      securityGroups: { [`nodes.${String(inputs["name"])}`]: "sg-1" },
      loadBalancer: { name: "api-k1", dnsName: "api-k1.elb.test" },
      etcdVolumes: { [`a.etcd-main.${String(inputs["name"])}`]: "vol-1" },
    },
  }),
};

const invokes: Record<string, State> = {
  "aws:index/getCallerIdentity:getCallerIdentity": {
    accountId,
    arn: `arn:aws:iam::${accountId}:user/mock`,
    id: accountId,
    userId: "AIDAMOCK",
  },
};

/** Lookup results that apply unless a test overrides them. */
const usualLookUps: NonNullable<MockSettings["lookUps"]> = {
  "aws:s3/getAccountPublicAccessBlock:getAccountPublicAccessBlock": () => {
    throw new Error("reading S3 Account Public Access Block: couldn't find resource");
  },
  "aws:s3/getBucketPolicy:getBucketPolicy": ({ bucket }) => {
    throw new Error(`reading S3 Bucket (${String(bucket)}) Policy: couldn't find resource`);
  },
};

function shortUrn(urn: string): string {
  const [, , type = "", name = ""] = urn.split("::");
  return urn === "" ? "" : `${type.split("$").at(-1) ?? ""}::${name}`;
}

interface RegisterRequest {
  getType(): string;
  getName(): string;
  getParent(): string;
  getDependenciesList(): string[];
  getIgnorechangesList(): string[];
  getRetainondelete(): boolean;
  getProtect(): boolean;
  getDeletebeforereplace(): boolean;
  getReplaceonchangesList(): string[];
  getImportid(): string;
  getDeletedwith(): string;
  getProvider(): string;
  getHooks(): { getOnErrorList(): string[] } | undefined;
  getObject(): Parameters<typeof pulumi.runtime.deserializeProperties>[0];
}

interface Monitor {
  registerResource(request: RegisterRequest, callback: (error: unknown, response: unknown) => void): Promise<void>;
  /** The SDK's own mock has none. */
  registerErrorHook?(request: unknown, callback: (error: unknown, response: unknown) => void): void;
}

/**
 * Runs a program against mocks until its last registration, and returns what it did.
 * A resource type or invoke that is not listed above fails the run: nothing is created unseen.
 */
export async function record<T>(program: () => T | Promise<T>, settings: MockSettings = {}): Promise<Recording<T>> {
  const resources: Registered[] = [];
  const calls: string[] = [];
  const refused: string[] = [];
  const refuse = (what: string): never => {
    refused.push(what);
    throw new Error(what);
  };

  await pulumi.runtime.setMocks(
    {
      newResource: ({ type, name, inputs, custom }) => {
        const own = inputs as State;
        if (custom !== true) return { id: undefined, state: own };
        const state = computed[type] ?? refuse(`no mock for the resource type ${type}`);
        return { id: `${name}-id`, state: { ...own, ...state(name, own), ...settings.states?.[type] } };
      },
      call: ({ token, inputs }) => {
        calls.push(token);
        const lookUp = settings.lookUps?.[token] ?? usualLookUps[token];
        if (lookUp) {
          try {
            return lookUp(inputs as State);
          } catch (error) {
            // The SDK passes on only the details of a gRPC error.
            throw Object.assign(new Error(), { details: error instanceof Error ? error.message : String(error) });
          }
        }
        return invokes[token] ?? refuse(`no mock for the invoke ${token}`);
      },
    },
    settings.project ?? "pilot",
    settings.stack ?? "sbx",
    settings.preview ?? false,
    "organization",
  );

  const monitor = pulumi.runtime.getMonitor() as unknown as Monitor;
  monitor.registerErrorHook = (_request, callback) => {
    callback(null, {});
  };
  const register = monitor.registerResource.bind(monitor);
  monitor.registerResource = (request, callback) => {
    const inputs: State = pulumi.runtime.deserializeProperties(request.getObject(), true);
    resources.push({
      type: request.getType(),
      name: request.getName(),
      inputs,
      parent: shortUrn(request.getParent()),
      dependencies: request.getDependenciesList().map(shortUrn).sort(),
      ignoreChanges: request.getIgnorechangesList(),
      retainOnDelete: request.getRetainondelete(),
      protect: request.getProtect(),
      deleteBeforeReplace: request.getDeletebeforereplace(),
      replaceOnChanges: request.getReplaceonchangesList(),
      importId: request.getImportid(),
      deletedWith: shortUrn(request.getDeletedwith()),
      provider: shortUrn(request.getProvider()).split("::")[1] ?? "",
      errorHooks: request.getHooks()?.getOnErrorList() ?? [],
    });
    return register(request, callback);
  };

  const result = await program();
  await pulumi.runtime.disconnect();
  if (refused.length > 0) throw new Error(refused.join("; "));
  return { result, resources, calls };
}

/** The resources of a type, by name. */
export function ofType(resources: readonly Registered[], type: string): Record<string, Registered> {
  return Object.fromEntries(
    resources.filter((resource) => resource.type === type).map((resource) => [resource.name, resource]),
  );
}

export function valueOf<T>(output: pulumi.Output<T>): Promise<T> {
  return new Promise((resolve) => output.apply(resolve));
}
