import { expect } from "chai";
import { removedFeatures } from "../../../../providers/kops/model/kops-minors.ts";
import type { RemovedFeature } from "../../../../providers/kops/model/kops-minors.ts";
import { minorOf } from "../../../../providers/kops/model/versions.ts";
import { refusalsOf } from "../../../../providers/kops/rules/refusals.ts";
import { removalsAhead } from "../../../../providers/kops/rules/removed-features.ts";
import { unknownValue } from "../../../../providers/kops/model/unknown.ts";
import { fullCluster, fullGroups, given, group } from "./full-inputs.ts";
import type { Fields } from "./full-inputs.ts";

/** A cluster under each minor of kOps that has a Kubernetes of its own. */
const under = (minor: string, inputs: Fields): Fields => ({
  ...inputs,
  kopsVersion: `${minor}.0`,
  cluster: { ...(inputs["cluster"] as Fields), kubernetesVersion: `${minor}.1` },
});
const cluster = (changes: Fields): Fields => given({ cluster: fullCluster(changes) });
const image = (name: string): Fields =>
  given({ instanceGroups: fullGroups({ nodes: group("Node", { image: name }) }) });

const uses: Record<RemovedFeature, [property: string, inputs: Fields][]> = {
  canal: [["cluster.networking.canal", cluster({ networking: { canal: {} } })]],
  cilium116: [["cluster.networking.cilium.version", cluster({ networking: { cilium: { version: "v1.16.7" } } })]],
  terminationHandlerBesideKarpenter: [
    ["cluster.nodeTerminationHandler", cluster({ nodeTerminationHandler: {}, karpenter: { enabled: true } })],
  ],
  podInfraContainerImage: [
    ["cluster.kubelet.podInfraContainerImage", cluster({ kubelet: { podInfraContainerImage: "pause:3.9" } })],
    [
      "cluster.masterKubelet.podInfraContainerImage",
      cluster({ masterKubelet: { podInfraContainerImage: "pause:3.9" } }),
    ],
  ],
  etcd34: [
    [
      "cluster.etcdClusters[1].version",
      cluster({
        etcdClusters: (fullCluster()["etcdClusters"] as Fields[]).map((one, index) =>
          index === 1 ? { ...one, version: "3.4.13" } : { ...one, version: "3.5.9" },
        ),
      }),
    ],
  ],
  oldSystems: [
    "099720109477/ubuntu/images/hvm-ssd/ubuntu-focal-20.04-amd64-server-20230502",
    "ssm:/aws/service/canonical/ubuntu/server/20.04/stable/current/amd64/hvm/ebs-gp2/ami-id",
    "137112412989/amzn2-ami-kernel-5.10-hvm-2.0.20240131.0-x86_64-gp2",
    "136693071363/debian-10-amd64-20240204-1647",
  ].map((name) => ["instanceGroups.nodes.image", image(name)]),
  addonFiles: [["cluster.addons[0].manifest", cluster({ addons: [{ manifest: "file:///opt/addon.yaml" }] })]],
  calicoBpfBesideKubeProxy: [
    [
      "cluster.kubeProxy.enabled",
      cluster({ networking: { calico: { bpfEnabled: true } }, kubeProxy: { proxyMode: "iptables" } }),
    ],
  ],
  gossip: [
    [
      "cluster.topology.dns.type",
      {
        ...cluster({ configBase: undefined, topology: { masters: "private", nodes: "private" } }),
        name: "k1.k8s.local",
      },
    ],
  ],
  gossipFields: [
    ["cluster.gossipConfig", cluster({ gossipConfig: { protocol: "mesh" } })],
    ["cluster.dnsControllerGossipConfig", cluster({ dnsControllerGossipConfig: { protocol: "mesh" } })],
  ],
  classicLoadBalancer: [
    ["cluster.api.loadBalancer.class", cluster({ api: { loadBalancer: { type: "Internal", class: "Classic" } } })],
    ["cluster.api.loadBalancer.class", cluster({ api: { loadBalancer: { type: "Internal" } } })],
  ],
  kopeio: [["cluster.networking.kopeio", cluster({ networking: { kopeio: {} } })]],
  containerd20: [
    ["cluster.containerd.version", cluster({ containerd: { version: "2.0.5" } })],
    [
      "instanceGroups.nodes.containerd.version",
      given({ instanceGroups: fullGroups({ nodes: group("Node", { containerd: { version: "1.7.28" } }) }) }),
    ],
  ],
};

const found = (inputs: Fields): [string, string][] =>
  refusalsOf(undefined, inputs)
    .filter(({ reason }) => reason.includes("no longer has"))
    .map(({ property, reason }) => [property, reason]);

const before = (minor: string): string => `1.${(minorOf(minor)?.minor ?? 0) - 1}`;

describe("a feature that a kOps removed", () => {
  for (const [name, cases] of Object.entries(uses) as [RemovedFeature, [string, Fields][]][]) {
    const { in: first, what, instead } = removedFeatures[name];
    for (const [index, [property, inputs]] of cases.entries()) {
      const title = cases.length > 1 ? `${what} (${index + 1})` : what;

      it(`${title} is refused from kOps ${first} on, with the property and what to do`, () => {
        for (const minor of [first, "1.37", "1.99"]) {
          const refusals = found(under(minor, inputs));
          expect(refusals.map(([at]) => at)).to.deep.equal([property]);
          expect(refusals[0]?.[1]).to.contain(what).and.to.contain(`(removed in ${first})`).and.to.contain(instead);
        }
      });

      it(`${title} is no reason to refuse an older kOps, which tells what comes`, () => {
        const older = under(before(first), inputs);
        expect(found(older)).to.deep.equal([]);
        expect(removalsAhead(older)).to.deep.equal([
          `${property}: kOps ${first} no longer has ${what}; before that, ${instead}`,
        ]);
      });
    }
  }

  for (const [what, inputs] of [
    ["a .k8s.local name without DNS", { ...cluster({ topology: { dns: { type: "None" } } }), name: "k1.k8s.local" }],
    ["a DNS that is not known yet", { ...cluster({ topology: unknownValue }), name: "k1.k8s.local" }],
    ["a network load balancer", given()],
    ["a load balancer that is not known yet", cluster({ api: { loadBalancer: { class: unknownValue } } })],
    ["no load balancer", cluster({ api: { dns: {} } })],
    ["containerd 2.1", cluster({ containerd: { version: "2.1.0" } })],
    ["etcd 3.5", cluster({ etcdClusters: [{ name: "main", version: "3.5.9", etcdMembers: [] }] })],
    ["Calico's BPF mode without kube-proxy", cluster({ networking: { calico: { bpfEnabled: true } } })],
    [
      "the termination handler off, beside Karpenter",
      cluster({ nodeTerminationHandler: { enabled: false }, karpenter: { enabled: true } }),
    ],
    ["Amazon Linux 2023", image("137112412989/al2023-ami-2023.9.20251110.1-kernel-6.1-x86_64")],
    ["Ubuntu 24.04", image("099720109477/ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-20251001")],
    ["an image by its id", image("ami-0123456789abcdef0")],
    [
      "a version of kOps that is not known yet",
      { ...cluster({ networking: { kopeio: {} } }), kopsVersion: unknownValue },
    ],
  ] as [string, Fields][]) {
    it(`is not in use with ${what}`, () => {
      const inputs37 = inputs["kopsVersion"] === unknownValue ? inputs : under("1.37", inputs);
      expect(found(inputs37)).to.deep.equal([]);
    });
  }
});
