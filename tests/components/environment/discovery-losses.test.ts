import { expect } from "chai";
import { lossesOf, type Dependent } from "../../../components/environment/guards/losses.ts";
import { ownStateOf, type OwnState } from "../../../components/environment/guards/own-state.ts";
import { current, desired, k1, resources, same, spec, urn, type SharedInfrastructure } from "./sample-state.ts";

describe("a public discovery bucket", () => {
  const policy = "aws:s3/bucketPolicy:BucketPolicy";
  const store = "pilot:store:StateStore";
  const withPolicy = { ...resources, [urn(policy, "sbx-discovery")]: { type: policy, outputs: {} } };

  it("is known from its policy, not from a bucket that a failed up left, nor beside an issuer elsewhere", () => {
    const issuer = { type: store, outputs: { issuer: "https://oidc.example.com" } };
    expect(ownStateOf(resources, "sbx").publicDiscovery).to.equal(undefined);
    expect(ownStateOf(withPolicy, "sbx").publicDiscovery).to.equal(true);
    const served = { ...withPolicy, [urn(store, "sbx")]: issuer };
    expect(ownStateOf(served, "sbx").publicDiscovery).to.equal(undefined);
  });
});

describe("a distribution that serves the documents", () => {
  const type = "aws:cloudfront/distribution:Distribution";
  const served = ownStateOf(
    { ...resources, [urn(type, "sbx-discovery")]: { type, outputs: { domainName: "d1.cloudfront.net" } } },
    "sbx",
  );
  const withIssuer = (serviceAccountIssuer: string): Dependent => ({
    ...k1,
    spec: { ...spec, kubeAPIServer: { serviceAccountIssuer } },
  });
  const lost = (
    publishes: NonNullable<SharedInfrastructure["store"]["publishes"]>,
    cluster: Dependent,
    now: OwnState = served,
  ): string[] => {
    const { discovery, ...store } = { ...same.store, publishes };
    return lossesOf(now, desired({ store: publishes === "none" ? store : { ...store, discovery } }))
      .filter(({ isNeededBy }) => isNeededBy(cluster))
      .map(({ message }) => message);
  };

  it("is not deleted while a cluster's issuer is there", () => {
    const ours = withIssuer("https://d1.cloudfront.net/k1.sbx.example.com");
    expect(lost("cloudfront", ours)).to.deep.equal([]);
    for (const publishes of ["public", "issuer"] as const)
      expect(lost(publishes, ours)).to.match(/the distribution d1\.cloudfront\.net would be deleted/);
    expect(lost("none", ours)).to.have.length(2);
    expect(lost("public", withIssuer("https://d1.cloudfront.net.example.com/k1"))).to.deep.equal([]);
  });

  it("takes nothing from a cluster with an issuer of its own, which a public bucket never gave it", () => {
    expect(lost("cloudfront", withIssuer("https://id.example.com"), current)).to.deep.equal([]);
    expect(lost("cloudfront", withIssuer("https://oidc.s3.ap-southeast-2.amazonaws.com/k1"), current)).to.have.length(
      1,
    );
  });
});
