// The life of a task on the embedded Twilio, end to end, with Twilio's own Node SDK: what nobody here has written
// makes every request, reads every answer and checks every signature.
//
//     switchboard emulator &
//     cd tests/sdk/node && npm install && npm start
//
// EMULATOR is where it listens; the other facts are those it prints.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import twilio from "twilio";

const emulator = process.env.EMULATOR ?? "http://127.0.0.1:4010";
const account = "ACacacacacacacacacacacacacacacacac";
const token = "0123456789abcdef0123456789abcdef";

// The SDK has no setting for another address, so its HTTP client is told: api.twilio.com is …/api, and so on.
class Local extends twilio.RequestClient {
  request(options) {
    const url = new URL(options.uri);
    const [product, ...rest] = url.hostname.split(".");
    const uri = rest.at(-1) === "com" ? `${emulator}/${product}${url.pathname}${url.search}` : options.uri;
    return super.request({ ...options, uri });
  }
}
const client = twilio(account, token, { httpClient: new Local() });

// An application that answers the assignment callback, if the SDK finds the signature good.
const asked = [];
const application = createServer(async (request, response) => {
  let body = "";
  for await (const part of request) body += part;
  const fields = Object.fromEntries(new URLSearchParams(body));
  const url = `http://${request.headers.host}${request.url}`;
  const genuine = twilio.validateRequest(token, request.headers["x-twilio-signature"], url, fields);
  asked.push({ path: request.url, genuine, fields });
  response.writeHead(genuine ? 200 : 403, { "Content-Type": "application/json" });
  response.end(request.url === "/assignment" ? '{"instruction":"accept"}' : "{}");
});
application.listen(0, "127.0.0.1");
await once(application, "listening");
const here = `http://127.0.0.1:${application.address().port}`;

async function until(what, found) {
  for (let left = 100; left > 0; left -= 1) {
    const it = await found();
    if (it) return it;
    await new Promise((done) => setTimeout(done, 50));
  }
  assert.fail(`never: ${what}`);
}

const [home] = await client.taskrouter.v1.workspaces.list();
const workspace = client.taskrouter.v1.workspaces(home.sid);
console.log(`workspace ${home.friendlyName}`);

const activities = await workspace.activities.list();
const available = activities.find((activity) => activity.available);
assert.ok(available, "somebody can be available");

const queue = await workspace.taskQueues.create({
  friendlyName: "Spanish",
  targetWorkers: "languages HAS 'es'",
});
const target = { queue: queue.sid, timeout: 60, order_by: "worker.level DESC" };
const workflow = await workspace.workflows.create({
  friendlyName: "By language",
  assignmentCallbackUrl: `${here}/assignment`,
  configuration: JSON.stringify({
    task_routing: {
      filters: [{ filter_friendly_name: "es", expression: "language == 'es'", targets: [target] }],
      default_filter: { queue: queue.sid },
    },
  }),
});
await assert.rejects(
  workspace.taskQueues.create({ friendlyName: "Broken", targetWorkers: "skill-level > 3" }),
  (error) => error.status === 400 && error.code === 20001,
);

const worker = await workspace.workers.create({
  friendlyName: "Alba",
  attributes: JSON.stringify({ languages: ["es"], level: 2 }),
});
assert.notEqual(worker.activitySid, available.sid, "new workers are not available");
await workspace.workers.create({
  friendlyName: "Otto",
  activitySid: available.sid,
  attributes: JSON.stringify({ languages: ["de"] }),
});

const made = await workspace.tasks.create({
  workflowSid: workflow.sid,
  attributes: JSON.stringify({ language: "es" }),
});
assert.equal(made.assignmentStatus, "pending", "nobody who speaks Spanish is available");
console.log(`task ${made.sid} waits`);

await workspace.workers(worker.sid).update({ activitySid: available.sid });
const task = await until("the task is assigned", async () => {
  const it = await workspace.tasks(made.sid).fetch();
  return it.assignmentStatus === "assigned" && it;
});
const [call] = asked;
assert.ok(call.genuine, "the assignment callback is signed");
assert.equal(call.fields.TaskSid, made.sid);
assert.equal(call.fields.WorkerSid, worker.sid);
console.log("the assignment callback was signed, and accepted it");

const [reservation] = await workspace.tasks(task.sid).reservations.list();
assert.equal(reservation.reservationStatus, "accepted");
assert.equal(reservation.workerName, "Alba");

await workspace.tasks(task.sid).update({ assignmentStatus: "wrapping", reason: "said good-bye" });
const done = await workspace.tasks(task.sid).update({ assignmentStatus: "completed", reason: "done" });
assert.equal(done.assignmentStatus, "completed");
await assert.rejects(
  workspace.tasks(task.sid).update({ assignmentStatus: "canceled", reason: "too late" }),
  (error) => error.code === 20001,
);
console.log("wrapped up, completed");

// More than one page, both ways of asking, while nobody is there to take anything.
const away = activities.find((activity) => !activity.available);
await workspace.workers(worker.sid).update({ activitySid: away.sid });
for (let number = 0; number < 7; number += 1) {
  const attributes = JSON.stringify({ language: "de", number });
  await workspace.tasks.create({ workflowSid: workflow.sid, attributes });
}
const waiting = await workspace.tasks.list({ assignmentStatus: ["pending"], pageSize: 3 });
assert.equal(new Set(waiting.map((it) => it.sid)).size, 7, "three pages, each task once");
let page = await workspace.tasks.page({ assignmentStatus: ["pending"], pageSize: 3 });
const sizes = [];
while (page) {
  sizes.push(page.instances.length);
  page = await page.nextPage();
}
assert.deepEqual(sizes.filter((size) => size > 0), [3, 3, 1]);
console.log("paged through seven tasks, three at a time");

await assert.rejects(
  workspace.tasks("WT00000000000000000000000000000000").fetch(),
  (error) => error.status === 404 && error.code === 20404,
);
application.close();
console.log("everything held");
process.exit(0);
