import { once } from "node:events";
import { request } from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { expect } from "chai";
import { clusterNamed, isLoadBalancer } from "../../../../local/cloud/api/api-names.ts";
import { startApiProxy, type ApiProxy } from "../../../../local/cloud/api/api-proxy.ts";

/** What a proxy answers to CONNECT, and the connection behind it. */
interface Answer {
  status: number;
  text: string;
  socket: Socket;
}

describe("the proxy to the APIs of clusters", () => {
  let api: Server;
  let proxy: ApiProxy;
  let asked: string[];
  let said: string[];

  beforeEach(async () => {
    api = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.on("data", (data) => socket.write(`echo ${data.toString()}`));
    });
    await new Promise<void>((resolve) => {
      api.listen(0, "127.0.0.1", resolve);
    });
    const server = `https://127.0.0.1:${(api.address() as AddressInfo).port}`;
    [asked, said] = [[], []];
    const route = (host: string): Promise<string | undefined> => {
      asked.push(host);
      if (host === "api.down.sbx.test") return Promise.resolve("https://127.0.0.1:1");
      return Promise.resolve(host === "api.k1.sbx.test" ? server : undefined);
    };
    proxy = await startApiProxy(0, route, (line) => {
      said.push(line);
    });
  });
  afterEach(async () => {
    await proxy.close();
    api.close();
  });

  const ask = (target: string): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const { port } = new URL(proxy.url);
      const asking = request({ host: "127.0.0.1", port, method: "CONNECT", path: target });
      asking.once("error", reject);
      asking.once("connect", (response, socket: Socket, head: Buffer) => {
        let text = head.toString();
        if (response.statusCode === 200) {
          resolve({ status: 200, text, socket });
          return;
        }
        socket.on("data", (data: Buffer) => (text += data.toString()));
        socket.once("close", () => {
          resolve({ status: response.statusCode ?? 0, text, socket });
        });
      });
      asking.end();
    });

  it("connects to the API of a name, whatever its port and case, and passes bytes both ways", async () => {
    const { status, socket } = await ask("API.k1.sbx.test:443");
    expect(status).to.equal(200);
    expect(asked).to.deep.equal(["api.k1.sbx.test"]);
    socket.write("hello");
    expect(String((await once(socket, "data"))[0])).to.equal("echo hello");
    socket.destroy();
  });

  it("refuses every other name with the reason, even one that only begins like an API's", async () => {
    for (const target of ["example.com:443", "api.k1.sbx.test.example.com:443", "169.254.169.254:80", ""]) {
      const { status, text } = await ask(target === "" ? "/" : target);
      expect(status, target).to.equal(403);
      expect(text).to.contain("is not the API of a cluster of this local cloud");
    }
    expect(said.join()).to.contain("example.com");
  });

  it("reports that an API is down instead of waiting for it", async () => {
    expect((await ask("api.down.sbx.test:443")).status).to.equal(502);
  });

  it("answers no request but CONNECT", async () => {
    expect((await fetch(`${proxy.url}/version`)).status).to.equal(405);
  });

  it("closes the client's connection with the API's, and all connections with itself", async () => {
    const first = await ask("api.k1.sbx.test:443");
    const closed = once(first.socket, "close");
    await proxy.close();
    await closed;
    const { port } = new URL(proxy.url);
    const late = connect(Number(port), "127.0.0.1");
    expect(((await once(late, "error")) as Error[])[0]).to.have.property("code", "ECONNREFUSED");
  });
});

describe("the name of an API", () => {
  const clusters = [{ name: "k1.sbx.test" }, { name: "k2.sbx.test" }];

  it("is the public or the internal one from kOps", () => {
    expect(clusterNamed("api.k2.sbx.test", clusters)).to.equal(clusters[1]);
    expect(clusterNamed("api.internal.k1.sbx.test", clusters)).to.equal(clusters[0]);
    for (const other of ["k1.sbx.test", "api.k3.sbx.test", "xapi.k1.sbx.test", "bastion.k1.sbx.test"])
      expect(clusterNamed(other, clusters), other).to.equal(undefined);
  });

  it("is that of its load balancer if there is no DNS", () => {
    expect(isLoadBalancer("api-k1-sbx-test-abc-0123456789.elb.ap-southeast-2.amazonaws.com")).to.equal(true);
    expect(isLoadBalancer("api-k1-0123.elb.amazonaws.com")).to.equal(true);
    for (const other of [
      "s3.ap-southeast-2.amazonaws.com",
      "elb.amazonaws.com.example.com",
      "elb.ap-southeast-2.amazonaws.com",
    ])
      expect(isLoadBalancer(other), other).to.equal(false);
  });
});
