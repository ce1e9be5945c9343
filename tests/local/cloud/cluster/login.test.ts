import { expect } from "chai";
import { loginOf } from "../../../../local/cloud/cluster/login.ts";

const path = "/srv/kubernetes/kube-apiserver/issuer.pem";

describe("login to an API server of the local cloud", () => {
  it("is by certificates only, unless the spec says more", () => {
    expect(loginOf({}, [{ name: "issuer", path, content: "pem" }])).to.deep.equal({
      flags: [],
      files: [],
      authenticator: false,
    });
  });

  it("is by AWS identity if the spec says so", () => {
    expect(loginOf({}, [], { aws: {} })).to.deep.equal({ flags: [], files: [], authenticator: true });
  });

  it("is passed as kube-apiserver's flags, one for each required claim", () => {
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
    it(`uses a file ${name}`, () => {
      const asked = { ...asset, roles: "roles" in asset ? [...asset.roles] : undefined };
      expect(loginOf({ oidcCAFile: path }, [asked]).files).to.deep.equal([{ flag: "oidc-ca-file", content: "pem" }]);
    });
  }

  it("finds a file without a path where kOps writes it", () => {
    const { files } = loginOf({ authenticationConfigFile: "/srv/kubernetes/assets/login" }, [
      { name: "login", content: "jwt: []" },
    ]);
    expect(files).to.deep.equal([{ flag: "authentication-config", content: "jwt: []" }]);
  });

  it("is refused if its file is missing, is on other nodes, or cannot be read by nodeup", () => {
    const ofAsset = (changes: object) => () =>
      loginOf({ oidcCAFile: path }, [{ name: "issuer", path, content: "pem", ...changes }]);
    expect(ofAsset({ path: "/elsewhere" })).to.throw(/kubeAPIServer\.oidcCAFile .* add it to fileAssets/);
    expect(ofAsset({ roles: ["Node"] })).to.throw("fileAssets puts no such file on control-plane nodes");
    expect(ofAsset({ isBase64: true, content: "cGVtCg==" })).to.throw("padding");
  });
});
