/** Private, one control-plane node, and nearly every key of a cluster file. */
export const everything = (certificate: string): string => `
name: k1
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
apiAccess: [10.20.0.0/16]
api:
  certificate: ${certificate}
  crossZone: true
  additionalNames: [k1.example.com]
podEncryption: wireguard
controlPlane: { count: 1, machineType: t3.medium, metadata: { hopLimit: 2 } }
nodeGroups:
  workers:
    machineType: t3.large
    machineTypes: [t3a.large]
    spot: { onDemandBase: 1 }
    minSize: 1
    maxSize: 4
    labels: { team: platform }
  zonal: { machineType: t3.large, minSize: 0, maxSize: 2, perZone: true, taints: ["batch:NoSchedule"] }
  gpu: { machineType: g4dn.xlarge, minSize: 0, maxSize: 1, gpu: true }
  graviton: { machineType: m7g.large, count: 1, taints: ["arch=arm64:NoSchedule"] }
sshPublicKey: ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIBPxT9y0mC3qkz3q0z9m8h5mB4m3s6w1lqkXo5d0uVfQ team
bastion: { allowedCidrs: [203.0.113.0/24], zones: [ap-southeast-2a] }
etcd: { volumeSize: 30, backupInterval: 30m, backupRetentionDays: 30 }
secrets: { encryptionConfig: etcd }
auditLog: { maxAgeDays: 60 }
authentication:
  oidc: { issuerURL: https://id.example.com, clientID: kubernetes }
serviceAccounts:
  - { namespace: data, name: writer, statements: [{ Effect: Allow, Action: ["s3:PutObject"], Resource: ["arn:aws:s3:::data/*"] }] }
policies:
  nodes: { arns: ["arn:aws:iam::aws:policy/AmazonSSMManagedInstanceCore"] }
tags: { Backup: daily }
addons: { metricsServer: true, awsLoadBalancerController: true, nodeProblemDetector: true }
`;

/** Public, three control-plane nodes, another CNI, a warm pool. */
export const inPublic = `
name: k2
kopsVersion: 1.35.0
kubernetesVersion: 1.34.3
topology: public
apiAccess: [203.0.113.0/24]
networking: calico
podEncryption: wireguard
controlPlane: { count: 3, machineType: t3.medium }
nodeGroups:
  nodes: { machineType: t3.large, minSize: 1, maxSize: 3, warmPool: { minSize: 1 } }
addons: { clusterAutoscaler: false }
`;

/** Secret `encryptionConfig` of the private cluster. */
export const etcdEncryption = `apiVersion: apiserver.config.k8s.io/v1
kind: EncryptionConfiguration
resources:
  - resources: [secrets]
    providers: [{ aescbc: { keys: [{ name: key1, secret: dGhpcnR5LXR3byBieXRlcyBmb3IgdGhpcyB0ZXN0ISE= }] } }, { identity: {} }]
`;
