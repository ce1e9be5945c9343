import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "chai";
import {
  clientSettings,
  settingsServices,
  settingsVariables,
  settingsWithoutCredentials,
} from "../../../../providers/kops/model/aws-settings.ts";

describe("the settings of AWS clients", () => {
  it("name every service that the provider has a client of, but S3, whose endpoint is kOps's own", () => {
    const root = join(import.meta.dirname, "../../../..");
    const used = new Set<string>();
    for (const folder of ["providers", "components"])
      for (const file of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" }))
        if (file.endsWith(".ts")) {
          const text = readFileSync(join(root, folder, file), "utf8");
          if (!text.includes("@aws-sdk/client-")) continue;
          for (const [client] of text.matchAll(/\b[A-Z]\w*Client\b/g)) used.add(client);
        }
    used.delete("Client");
    used.delete("S3Client");
    expect(used.size).to.be.greaterThan(5);
    expect(settingsServices.map(({ client }) => client)).to.include.members([...used]);
  });

  for (const { names, variable, client } of settingsServices)
    it(`reach kOps and the provider for ${names.join(", ")}`, () => {
      for (const name of names) {
        const endpoints = { [name]: "https://here.example.com" };
        expect(settingsVariables({ endpoints })).to.deep.equal({
          [`AWS_ENDPOINT_URL_${variable}`]: "https://here.example.com",
        });
        expect(clientSettings(client, { endpoints })).to.deep.equal({ endpoint: "https://here.example.com" });
        expect(clientSettings("S3Client", { endpoints })).to.deep.equal({});
      }
    });

  it("reach both where the AWS SDKs have the same, and kOps keeps its own patience", () => {
    const settings = {
      useFipsEndpoint: true,
      useDualstackEndpoint: false,
      maxAttempts: 7,
      retryMode: "adaptive",
    } as const;
    expect(clientSettings("EC2Client", settings)).to.deep.equal(settings);
    expect(settingsVariables(settings)).to.deep.equal({
      AWS_USE_FIPS_ENDPOINT: "true",
      AWS_USE_DUALSTACK_ENDPOINT: "false",
    });
    expect([clientSettings("EC2Client"), settingsVariables()]).to.deep.equal([{}, {}]);
  });

  it("are without credentials for an identity that somebody typed", () => {
    const roleArn = "arn:aws:iam::123456789012:role/r";
    expect(
      settingsWithoutCredentials({
        roles: [{ roleArn }],
        webIdentity: { roleArn, tokenFile: "/t" },
        configFile: "/c",
        credentialsFile: "/k",
        useFipsEndpoint: true,
      }),
    ).to.deep.equal({ useFipsEndpoint: true });
  });
});
