import { expect } from "chai";
import { proxyFor, shownProxy } from "../../../../providers/kops/http/proxies.ts";

// The last column is what Go's own ProxyFunc (golang.org/x/net v0.52.0, http/httpproxy) answers for the other four:
// HTTPS_PROXY, HTTP_PROXY, NO_PROXY and the URL.
const asGo: readonly (readonly [string, string, string, string, string])[] = [
  ["http://proxy:3128", "", "", "https://ec2.eu-west-1.amazonaws.com", "http://proxy:3128"],
  ["http://proxy:3128", "", "", "http://s3.internal:9000", ""],
  ["", "http://proxy:3128", "", "http://s3.internal:9000", "http://proxy:3128"],
  ["", "http://proxy:3128", "", "https://ec2.eu-west-1.amazonaws.com", ""],
  ["proxy:3128", "", "", "https://a.example.com", "http://proxy:3128"],
  ["10.0.0.1:3128", "", "", "https://a.example.com", "http://10.0.0.1:3128"],
  ["proxy", "", "", "https://a.example.com", "http://proxy"],
  ["socks5://127.0.0.1:1080", "", ".amazonaws.com", "https://api.k1.example.com", "socks5://127.0.0.1:1080"],
  ["socks5://127.0.0.1:1080", "", ".amazonaws.com", "https://s3.eu-west-1.amazonaws.com", ""],
  ["http://u:p%40ss@proxy:3128", "", "", "https://a.example.com", "http://u:p%40ss@proxy:3128"],
  ["http://proxy:3128", "", "", "https://localhost:6443", ""],
  ["http://proxy:3128", "", "", "https://127.0.0.1:6443", ""],
  ["http://proxy:3128", "", "", "https://127.8.9.10", ""],
  ["http://proxy:3128", "", "", "https://[::1]:6443", ""],
  ["http://proxy:3128", "", "", "https://[::ffff:127.0.0.1]", ""],
  ["http://proxy:3128", "", "*", "https://a.example.com", ""],
  ["http://proxy:3128", "", "b.org, *", "https://10.0.0.1", ""],
  ["http://proxy:3128", "", "example.com", "https://example.com", ""],
  ["http://proxy:3128", "", "example.com", "https://a.b.example.com", ""],
  ["http://proxy:3128", "", "example.com", "https://notexample.com", "http://proxy:3128"],
  ["http://proxy:3128", "", ".example.com", "https://example.com", "http://proxy:3128"],
  ["http://proxy:3128", "", ".example.com", "https://a.example.com", ""],
  ["http://proxy:3128", "", "*.example.com", "https://a.example.com", ""],
  ["http://proxy:3128", "", "*.example.com", "https://example.com", "http://proxy:3128"],
  ["http://proxy:3128", "", "Example.COM", "https://a.example.com", ""],
  ["http://proxy:3128", "", "example.com:443", "https://a.example.com", ""],
  ["http://proxy:3128", "", "example.com:443", "https://a.example.com:8443", "http://proxy:3128"],
  ["http://proxy:3128", "", "example.com:8443", "https://a.example.com:8443", ""],
  ["http://proxy:3128", "", ":443", "https://a.example.com", "http://proxy:3128"],
  ["http://proxy:3128", "", "a*.example.com", "https://a1.example.com", "http://proxy:3128"],
  ["http://proxy:3128", "", "one.org two.org", "https://two.org", "http://proxy:3128"],
  ["http://proxy:3128", "", " one.org , two.org ,", "https://two.org", ""],
  ["http://proxy:3128", "", "10.0.0.0/8", "https://10.1.2.3:6443", ""],
  ["http://proxy:3128", "", "10.0.0.0/8", "https://11.1.2.3", "http://proxy:3128"],
  ["http://proxy:3128", "", "10.1.2.3", "https://10.1.2.3:6443", ""],
  ["http://proxy:3128", "", "10.1.2.3:443", "https://10.1.2.3:6443", "http://proxy:3128"],
  ["http://proxy:3128", "", "10.1.2.3:6443", "https://10.1.2.3:6443", ""],
  ["http://proxy:3128", "", "fd00::/8", "https://[fd00::1]", ""],
  ["http://proxy:3128", "", "[fd00::1]:443", "https://[fd00::1]", ""],
  ["http://proxy:3128", "", "fd00::1", "https://[fd00::1]", ""],
  ["http://proxy:3128", "", "::ffff:10.0.0.1", "https://10.0.0.1", ""],
  ["http://proxy:3128", "", "10.0.0.0/8", "https://[::ffff:10.0.0.1]", ""],
  ["http://proxy:3128", "", "0.0.1", "https://10.0.0.1", "http://proxy:3128"],
  ["http://proxy:3128", "", "bücher.example", "https://www.xn--bcher-kva.example", ""],
  ["http://proxy:3128", "", "169.254.169.254", "https://169.254.169.254/latest", ""],
  ["", "", "", "https://a.example.com", ""],
];

describe("the proxy for a call", () => {
  for (const [https, http, no, url, proxy] of asGo) {
    it(`is the one that kOps takes: ${url} by HTTPS_PROXY "${https}", HTTP_PROXY "${http}", NO_PROXY "${no}"`, () => {
      const found = proxyFor(new URL(url), { HTTPS_PROXY: https, HTTP_PROXY: http, NO_PROXY: no });
      expect(found?.href.replace(/\/$/, "") ?? "").to.equal(proxy);
    });
  }

  it("takes capitals before small letters, and an empty variable for none", () => {
    const url = new URL("https://a.example.com");
    expect(proxyFor(url, { HTTPS_PROXY: "one:1", https_proxy: "two:2" })?.host).to.equal("one:1");
    expect(proxyFor(url, { HTTPS_PROXY: "", https_proxy: "two:2", no_proxy: "b.org" })?.host).to.equal("two:2");
  });

  it("is shown without its password", () => {
    expect(shownProxy(new URL("http://user:secret@proxy:3128"))).to.equal("http://proxy:3128");
  });
});
