import { createSocket } from "node:dgram";

/** A resolver on this machine: for each name the name servers it tells; of other names it says that there are none. */
export interface NameServer {
  /** With its port. */
  readonly address: string;
  readonly asked: string[];
  close(): void;
}

/** Length of the head of a DNS message, and where the question's name stands (RFC 1035). */
const head = 12;
const noSuchName = 0x8183;
const answered = 0x8180;
const nameIsThatOfTheQuestion = Buffer.from([0xc0, head]);
const nsOfTheInternet = Buffer.from([0, 2, 0, 1]);

function encodeName(name: string): Buffer {
  return Buffer.concat([
    ...name.split(".").map((label) => Buffer.concat([Buffer.from([label.length]), Buffer.from(label)])),
    Buffer.from([0]),
  ]);
}

function nameOf(message: Buffer): { name: string; end: number } {
  const labels: string[] = [];
  let at = head;
  for (let length = message.readUInt8(at); length > 0; length = message.readUInt8(at)) {
    labels.push(message.toString("latin1", at + 1, at + 1 + length));
    at += length + 1;
  }
  return { name: labels.join(".").toLowerCase(), end: at + 1 };
}

function answerTo(question: Buffer, servers: readonly string[] | undefined, end: number): Buffer {
  // Head and question alone: what else may stand in it (EDNS) is not answered.
  const answer = Buffer.from(question.subarray(0, end + 4));
  answer.writeUInt16BE(servers ? answered : noSuchName, 2);
  answer.writeUInt16BE(servers?.length ?? 0, 6);
  answer.writeUInt32BE(0, 8);
  const records = (servers ?? []).map((server) => {
    const data = encodeName(server);
    const life = Buffer.from([0, 0, 0, 1, 0, data.length]);
    return Buffer.concat([nameIsThatOfTheQuestion, nsOfTheInternet, life, data]);
  });
  return Buffer.concat([answer, ...records]);
}

/** `told` may be changed while it runs; `silent` makes one that never answers. */
export async function startNameServer(
  told: Readonly<Record<string, readonly string[]>>,
  silent = false,
): Promise<NameServer> {
  const socket = createSocket("udp4");
  const asked: string[] = [];
  socket.on("message", (question, from) => {
    const { name, end } = nameOf(question);
    asked.push(name);
    if (!silent) socket.send(answerTo(question, told[name], end), from.port, from.address);
  });
  await new Promise<void>((resolve) => {
    socket.bind(0, "127.0.0.1", resolve);
  });
  return {
    address: `127.0.0.1:${socket.address().port}`,
    asked,
    close: () => {
      socket.close();
    },
  };
}
