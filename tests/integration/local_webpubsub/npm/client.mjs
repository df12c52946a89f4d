// Drives the official npm client for the tests: commands come as JSON lines on stdin, events go out as JSON lines.
import { createInterface } from "node:readline";
import { WebPubSubClient, WebPubSubJsonProtocol, WebPubSubJsonReliableProtocol } from "@azure/web-pubsub-client";

const [url, kind] = process.argv.slice(2);
const protocol = kind === "reliable" ? WebPubSubJsonReliableProtocol() : WebPubSubJsonProtocol();
const client = new WebPubSubClient(
  { getClientAccessUrl: async () => url },
  { protocol, messageRetryOptions: { maxRetries: 0 }, reconnectRetryOptions: { retryDelayInMs: 200 } },
);

const say = (event, fields = {}) => console.log(JSON.stringify({ event, ...fields }));
const readable = (message) => ({
  group: message.group,
  fromUserId: message.fromUserId,
  sequenceId: message.sequenceId,
  dataType: message.dataType,
  data: message.data instanceof ArrayBuffer ? Buffer.from(message.data).toString("hex") : message.data,
});

client.on("connected", (args) => say("connected", { connectionId: args.connectionId, userId: args.userId }));
client.on("disconnected", (args) => say("disconnected", { message: args.message?.message }));
client.on("stopped", () => say("stopped"));
client.on("rejoin-group-failed", (args) => say("rejoin-failed", { group: args.group }));
client.on("group-message", (args) => say("group-message", readable(args.message)));
client.on("server-message", (args) => say("server-message", readable(args.message)));

const commands = {
  join: ({ group }) => client.joinGroup(group),
  leave: ({ group }) => client.leaveGroup(group),
  send: ({ group, data, dataType, noEcho, ackId }) => client.sendToGroup(group, data, dataType, { noEcho, ackId }),
  event: ({ name, data }) => client.sendEvent(name, data, "json"),
  stop: async () => client.stop(),
};

await client.start();
for await (const line of createInterface({ input: process.stdin })) {
  const command = JSON.parse(line);
  try {
    const result = await commands[command.do](command);
    say("done", { duplicate: result?.isDuplicated });
  } catch (error) {
    say("failed", { name: error.errorDetail?.name, message: error.message });
  }
}
process.exit(0);
