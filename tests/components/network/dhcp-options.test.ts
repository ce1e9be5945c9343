import { expect } from "chai";
import {
  completeDhcpOptions,
  dhcpOptionsProblems,
  type DhcpOptionsRequest,
} from "../../../components/network/dhcp-options.ts";

describe("DHCP options of a network", () => {
  const good: [string, DhcpOptionsRequest][] = [
    ["a domain alone", { domainName: "corp.example.com" }],
    ["a domain of one label", { domainName: "corp" }],
    ["AWS's resolver, given explicitly", { domainNameServers: ["AmazonProvidedDNS"] }],
    [
      "four servers of both families",
      { domainNameServers: ["10.0.0.2", "10.0.1.2", "fd00:ec2::253", "192.168.0.1"], ntpServers: ["169.254.169.123"] },
    ],
  ];
  for (const [what, request] of good)
    it(`are accepted: ${what}`, () => {
      expect(dhcpOptionsProblems(request)).to.deep.equal([]);
    });

  const servers = ["10.0.0.1", "10.0.0.2", "10.0.0.3", "10.0.0.4", "10.0.0.5"];
  const wrong: [string, DhcpOptionsRequest, string, RegExp][] = [
    ["no options", {}, "dhcpOptions", /must not be empty/],
    ["two domains", { domainName: "a.example.com b.example.com" }, "dhcpOptions.domainName", /is not a domain name/],
    ["a domain in capitals", { domainName: "Corp.example.com" }, "dhcpOptions.domainName", /in lower case/],
    [
      "a domain with a trailing dot",
      { domainName: "corp.example.com." },
      "dhcpOptions.domainName",
      /is not a domain name/,
    ],
    [
      "a domain that is too long",
      { domainName: `${"a".repeat(60)}.`.repeat(5).slice(0, -1) },
      "dhcpOptions.domainName",
      /is not a domain name/,
    ],
    ["no servers", { domainNameServers: [] }, "dhcpOptions.domainNameServers", /leave it out/],
    [
      "a server given by name",
      { domainNameServers: ["10.0.0.2", "dns.example.com"] },
      "dhcpOptions.domainNameServers.1",
      /"dns\.example\.com" is not an IP address or AmazonProvidedDNS/,
    ],
    [
      "a range instead of a server",
      { domainNameServers: ["10.0.0.0/24"] },
      "dhcpOptions.domainNameServers.0",
      /is not an IP address/,
    ],
    [
      "an incomplete address",
      { domainNameServers: ["10.2"] },
      "dhcpOptions.domainNameServers.0",
      /is not an IP address/,
    ],
    [
      "a duplicate server",
      { domainNameServers: ["10.0.0.2", "10.0.0.2"] },
      "dhcpOptions.domainNameServers.1",
      /listed twice/,
    ],
    ["five servers", { domainNameServers: servers }, "dhcpOptions.domainNameServers", /lists 5 servers: AWS allows 4/],
    [
      "AWS's resolver next to others",
      { domainNameServers: ["AmazonProvidedDNS", "10.0.0.2"] },
      "dhcpOptions.domainNameServers.0",
      /must be the only entry/,
    ],
    [
      "AWS's resolver as time server",
      { ntpServers: ["AmazonProvidedDNS"] },
      "dhcpOptions.ntpServers.0",
      /"AmazonProvidedDNS" is not an IP address$/,
    ],
    ["five time servers", { ntpServers: servers }, "dhcpOptions.ntpServers", /lists 5 servers/],
  ];
  for (const [what, request, path, message] of wrong) {
    it(`are refused: ${what}`, () => {
      const problems = dhcpOptionsProblems(request);
      expect(problems.map((problem) => problem.path.join("."))).to.deep.equal([path]);
      expect(problems[0]?.message).to.match(message);
    });
  }

  it("default to the region's domain, as in AWS and kOps", () => {
    expect(completeDhcpOptions({ domainNameServers: ["10.0.0.2"] }, "us-east-1")).to.deep.equal({
      domainName: "ec2.internal",
      domainNameServers: ["10.0.0.2"],
    });
    expect(completeDhcpOptions({ domainName: "corp.example.com" }, "eu-west-1")).to.deep.equal({
      domainName: "corp.example.com",
      domainNameServers: ["AmazonProvidedDNS"],
    });
    expect(completeDhcpOptions({ ntpServers: ["10.0.0.3"] }, "eu-west-1").domainName).to.equal(
      "eu-west-1.compute.internal",
    );
  });
});
