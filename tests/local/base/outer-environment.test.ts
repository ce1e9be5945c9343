import { expect } from "chai";
import { layoutOf } from "../../../local/base/layout.ts";
import { outerEnvironment } from "../../../local/base/outer-environment.ts";
import { localEnvironment } from "../../../local/workspace/environment.ts";

const cloud = { endpoint: "http://127.0.0.1:1", proxy: "http://127.0.0.1:2", clusters: [] };

describe("the environment of builds", () => {
  const inside = (caller: NodeJS.ProcessEnv): NodeJS.ProcessEnv => localEnvironment(layoutOf("/c", {}), cloud, caller);
  const places = {
    HOME: "/home/me",
    GOPROXY: "https://modules.example.com",
    GOFLAGS: "-p=2",
    https_proxy: "http://proxy.example.com:3128",
    SSL_CERT_FILE: "/etc/ca.pem",
  };

  it("is the caller's outside the local cloud", () => {
    const caller = { PATH: "/bin", HOME: "/home/me", ANY: "thing" };
    expect(outerEnvironment(caller)).to.equal(caller);
  });

  it("has the caller's home, proxies and Go settings inside it too, not the local cloud's own", () => {
    const build = outerEnvironment(inside({ PATH: "/bin", ...places }));
    expect(build).to.include(places).and.not.to.have.any.keys("HTTPS_PROXY", "NO_PROXY", "GOGC");
    expect(build["PATH"]).to.match(/:\/bin$/);
    expect(outerEnvironment(inside(inside({ PATH: "/bin", ...places })))).to.include(places);
  });

  it("has no access to an account, cluster or stack", () => {
    const build = outerEnvironment(
      inside({ HOME: "/home/me", AWS_PROFILE: "prod", GITHUB_TOKEN: "t", KUBECONFIG: "/k" }),
    );
    expect(JSON.stringify(build)).not.to.match(/prod|GITHUB|"\/k"/);
  });
});
