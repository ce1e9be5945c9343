import { expect } from "chai";
import { loginOf } from "../../../../local/cloud/cluster/login.ts";

const path = "/srv/kubernetes/kube-apiserver/issuer.pem";

describe("how an API server of the local cloud lets people in", () => {
  it("is by certificates alone when the spec says nothing else", () => {
    expect(loginOf({}, [{ name: "issuer", path, content: "pem" }])).to.deep.equal({
      flags: [],
      files: [],
      authenticator: false,
    });
  });

  it("is by AWS identity when the spec says so", () => {
    expect(loginOf({}, [], { aws: {} })).to.deep.equal({ flags: [], files: [], authenticator: true });
  });

  it("is told by kube-apiserver's own flags, one for each required claim", () => {
    const keys = {
      oidcIssuerURL: "https://id.example.com",
      oidcClientID: "pilot",
      oidcUsernamePrefix: "-",
      oidcRequiredClaim: ["a=b", "c=d=e"],
    };
    expect(loginOf(keys).flags).to.deep.equal([
      "--oidc-issuer-url=https://id.example.com",
      "--oidc-client-id=pilot",
      "--oidc-username-prefix=-",
      "--oidc-required-claim=a=b",
      "--oidc-required-claim=c=d=e",
    ]);
  });

  for (const [name, asset] of [
    ["at its path", { name: "issuer", path, content: "pem" }],
    ["on the control plane, by its old name", { name: "issuer", path, roles: ["Master"], content: "pem" }],
    ["in base64", { name: "issuer", path, isBase64: true, content: "cGVt" }],
  ] as const) {
    it(`takes a file ${name}`, () => {
      const asked = { ...asset, roles: "roles" in asset ? [...asset.roles] : undefined };
      expect(loginOf({ oidcCAFile: path }, [asked]).files).to.deep.equal([{ flag: "oidc-ca-file", content: "pem" }]);
    });
  }

  it("takes a file without a path from where kOps puts it", () => {
    const { files } = loginOf({ authenticationConfigFile: "/srv/kubernetes/assets/login" }, [
      { name: "login", content: "jwt: []" },
    ]);
    expect(files).to.deep.equal([{ flag: "authentication-config", content: "jwt: []" }]);
  });

  it("is refused when its file is not there, is on other nodes, or is one that nodeup cannot read", () => {
    const ofAsset = (changes: object) => () =>
      loginOf({ oidcCAFile: path }, [{ name: "issuer", path, content: "pem", ...changes }]);
    expect(ofAsset({ path: "/elsewhere" })).to.throw(/kubeAPIServer\.oidcCAFile .* add it to fileAssets/);
    expect(ofAsset({ roles: ["Node"] })).to.throw("fileAssets puts no such file on control-plane nodes");
    expect(ofAsset({ isBase64: true, content: "cGVtCg==" })).to.throw("padding");
  });
});
