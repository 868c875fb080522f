// An office to look at: `switchboard emulator`, `switchboard serve` in front of it, three agents and their supervisor,
// and the messages that callers have left by calling.
//
// Nothing is put anywhere behind the server's back: the account is set up over REST, as at Twilio, the callers call,
// speak and hang up by the emulator's remote control, and what the server makes of it is what the page shows.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const built = fileURLToPath(new URL("../../target/debug/switchboard", import.meta.url));
const program = resolve(process.env.SWITCHBOARD ?? built);

const account = "ACacacacacacacacacacacacacacacacac";
const secret = "0123456789abcdef0123456789abcdef";

// What a caller may be called, and say, who means no good.
export const EVIL_NAME = `<b>Eve</b> "><img src=x onerror="document.title='broken'">`;
export const EVIL_WORDS =
  `</blockquote><script>document.title='broken'</script><img src=x onerror="alert(1)"> & {{ token }} <i>bye</i>`;

export async function until(what, found, patience = 30_000) {
  const end = Date.now() + patience;
  for (;;) {
    const it = await found();
    if (it) return it;
    assert.ok(Date.now() < end, `never: ${what}`);
    await new Promise((done) => setTimeout(done, 50));
  }
}

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// A process and everything it says. It finds no .env where it is started.
export class Running {
  constructor(args, variables) {
    this.said = "";
    this.process = spawn(program, args, { cwd: tmpdir(), env: { PATH: process.env.PATH, ...variables } });
    this.process.on("error", (error) => { this.said += `${error.message}: run cargo build, or name the program in SWITCHBOARD`; });
    for (const stream of [this.process.stdout, this.process.stderr]) {
      stream.on("data", (bytes) => { this.said += bytes; });
    }
    this.over = once(this.process, "close").catch(() => {});
  }

  says(what, patience) {
    return until(`${what} is said`, () => {
      assert.equal(this.process.exitCode, null, this.said);
      return this.process.pid === undefined ? assert.fail(this.said) : this.said.match(what);
    }, patience);
  }

  async stop() {
    if (this.process.pid !== undefined && this.process.exitCode === null) this.process.kill("SIGINT");
    await this.over;
  }
}

export class Office {
  static async open() {
    const office = new Office();
    try {
      await office.start();
      await office.furnish();
    } catch (error) {
      await office.close();
      throw error;
    }
    return office;
  }

  async start() {
    this.emulator = new Running(["emulator", "--listen", "127.0.0.1:0"], {});
    [, this.twilio] = await this.emulator.says(/listens on (http:\S+)/);
    const [, workspace] = await this.emulator.says(/WORKSPACE_SID=(WS\w+)/);
    const [, sync] = await this.emulator.says(/SYNC_SERVICE_SID=(IS\w+)/);
    await this.emulator.says(/Ctrl-C/);
    this.workspace = `/taskrouter/v1/Workspaces/${workspace}`;
    const [everyone] = (await this.rest("GET", `${this.workspace}/TaskQueues`)).task_queues;
    const routing = { task_routing: { filters: [], default_filter: { queue: everyone.sid } } };
    const workflow = { FriendlyName: "Messages", Configuration: JSON.stringify(routing) };
    this.messages = await this.rest("POST", `${this.workspace}/Workflows`, workflow);
    const port = await freePort();
    this.url = `http://127.0.0.1:${port}`;
    this.server = new Running(["serve"], {
      ACCOUNT_SID: account,
      AUTH_TOKEN: secret,
      WORKSPACE_SID: workspace,
      SYNC_SERVICE_SID: sync,
      LISTEN: `127.0.0.1:${port}`,
      PUBLIC_URL: this.url,
      TWILIO_BASE_URL: `${this.twilio}/{product}`,
      VOICEMAIL_WORKFLOW: this.messages.sid,
      VOICEMAIL_GREETING: "Speak now.",
      VOICEMAIL_SILENCE: "2",
      VOICEMAIL_TRANSCRIBE: "on",
      LOG: "debug",
    });
    await this.server.says(/listening/);
  }

  // Ann has a box of her own; Bob sells, and sees the box of his queue; Cleo has no messages; Sue sees all.
  async furnish() {
    const ann = await this.worker("ann", {});
    const bob = await this.worker("bob", { skill: "sales" });
    const cleo = await this.worker("cleo", {});
    const sue = await this.worker("sue", { roles: ["supervisor"] });
    const queue = { FriendlyName: "Sales", TargetWorkers: "skill == 'sales'" };
    const sales = await this.rest("POST", `${this.workspace}/TaskQueues`, queue);
    const named = { WorkflowSid: this.messages.sid, Attributes: JSON.stringify({ name: EVIL_NAME }) };
    const waited = await this.rest("POST", `${this.workspace}/Tasks`, named);
    for (const agent of [ann, bob, cleo, sue]) this[agent.name] = await this.signIn(agent.sid);
    await this.leaves("+13035550111", "+15125550121", `box=${ann.sid}`, 3, "This is Rosa. Please call me back.");
    await this.leaves("+13035550122", "+15125550122", `box=${ann.sid}&task=${waited.sid}`, 3, EVIL_WORDS);
    await this.leaves("anonymous", "+15125550123", `box=${ann.sid}`, 4, "");
    await this.leaves("+13035550144", "+15125550124", `box=${sales.sid}`, 4, "Do you sell plasters?");
    await until("four messages are kept, and three are written down", async () => {
      const kept = await this.kept(this.sue);
      return kept.length === 4 && kept.filter((it) => it.transcript).length === 3;
    });
  }

  async worker(name, more) {
    const attributes = { email: `${name}@example.com`, roles: ["agent"], ...more };
    const form = { FriendlyName: attributes.email, Attributes: JSON.stringify(attributes) };
    const { sid } = await this.rest("POST", `${this.workspace}/Workers`, form);
    return { sid, name };
  }

  async signIn(worker) {
    return (await this.control("tokens", { worker })).token;
  }

  // Every token that was given out.
  tokens() {
    return [this.ann, this.bob, this.cleo, this.sue];
  }

  // Somebody calls a number that leads to a box, speaks after the tone, and falls silent.
  async leaves(from, number, query, seconds, words) {
    await this.control("numbers", { number, voice_url: `${this.url}/voicemail?${query}` });
    const { call } = await this.control("calls", { from, to: number });
    await this.control(`calls/${call}/speak`, { seconds, words });
    // Who calls later has left the newer message.
    await new Promise((done) => setTimeout(done, 300));
  }

  // What the server itself says of somebody's messages.
  async kept(token) {
    const answer = await fetch(`${this.url}/voicemails`, { headers: { Authorization: `Bearer ${token}` } });
    assert.equal(answer.status, 200);
    return (await answer.json()).voicemails;
  }

  rest(method, path, form) {
    const key = Buffer.from(`${account}:${secret}`).toString("base64");
    return this.ask(method, path, form, { Authorization: `Basic ${key}` });
  }

  control(path, form) {
    return this.ask("POST", `/control/${path}`, form, {});
  }

  async ask(method, path, form, headers) {
    const body = form && new URLSearchParams(form);
    const answer = await fetch(`${this.twilio}${path}`, { method, body, headers });
    const text = await answer.text();
    assert.ok(answer.ok, `${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  async close() {
    await this.server?.stop();
    await this.emulator?.stop();
  }
}
