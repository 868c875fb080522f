// A floor to supervise: the server and the embedded Twilio that `switchboard demo --stay` leaves running, with agents at
// their desks, a supervisor, and a line between browser and server that can be cut.

import { once } from "node:events";
import { connect, createServer } from "node:net";
import { Running, freePort } from "./office.js";

export class Floor {
  static async open() {
    const floor = new Floor();
    try {
      await floor.start();
    } catch (error) {
      await floor.close();
      throw error;
    }
    return floor;
  }

  async start() {
    const [port, twilio] = [await freePort(), await freePort()];
    this.twilio = `http://127.0.0.1:${twilio}`;
    this.demo = new Running(["demo", "--stay", "--pace", "60", "--port", `${port}`, "--twilio-port", `${twilio}`], {});
    await this.demo.says(/Ctrl-C/, 60_000);
    [, this.line] = await this.demo.says(/control\/calls\?to=(\+\d+)/);
    const [, workspace] = await this.demo.says(/WORKSPACE_SID='?(WS\w+)/);
    const [, account] = await this.demo.says(/ACCOUNT_SID='?(AC\w+)/);
    const [, secret] = await this.demo.says(/AUTH_TOKEN='?(\w+)/);
    this.key = Buffer.from(`${account}:${secret}`).toString("base64");
    const workers = `/taskrouter/v1/Workspaces/${workspace}/Workers`;
    const attributes = JSON.stringify({ email: "sue@example.com", roles: ["supervisor"], isAcdReady: false });
    const { sid } = await this.ask("POST", workers, { FriendlyName: "sue@example.com", Attributes: attributes });
    const all = (await this.ask("GET", workers)).workers;
    const ann = all.find((it) => it.friendly_name.startsWith("ann"));
    // Every call is Ann's.
    const { activity_sid } = all.find((it) => it.activity_name === "Offline");
    for (const other of all.filter((it) => it.available && it.sid !== ann.sid)) {
      await this.ask("POST", `${workers}/${other.sid}`, { ActivitySid: activity_sid });
    }
    this.sue = (await this.control("tokens", { worker: sid })).token;
    this.ann = (await this.control("tokens", { worker: ann.sid })).token;
    await this.lay(port);
  }

  // The line to the server.
  async lay(port) {
    this.ends = new Set();
    this.isCut = false;
    this.wire = createServer((near) => {
      if (this.isCut) return near.destroy();
      const far = connect(port, "127.0.0.1");
      for (const end of [near, far]) {
        this.ends.add(end);
        end.on("error", () => {});
        end.on("close", () => {
          this.ends.delete(end);
          near.destroy();
          far.destroy();
        });
      }
      near.pipe(far).pipe(near);
    }).listen(0, "127.0.0.1");
    await once(this.wire, "listening");
    this.url = `http://127.0.0.1:${this.wire.address().port}`;
  }

  cut() {
    this.isCut = true;
    for (const end of this.ends) end.destroy();
  }

  mend() {
    this.isCut = false;
  }

  tokens() {
    return [this.sue, this.ann];
  }

  // A caller whom Ann talks to and parks.
  async parks(from) {
    const { call } = await this.control("calls", { from, to: this.line });
    await this.until(() => this.control("agents/ann/accept", {}));
    await this.until(() => this.control("agents/ann/park", {}));
    return call;
  }

  // The caller hangs up, and Ann finishes the wrap-up that comes of it.
  async hangUp(call) {
    await this.control(`calls/${call}/hang-up`, {});
    await this.until(() => this.control("agents/ann/complete", {}));
  }

  // Until the other side is so far.
  async until(act) {
    for (let left = 100; ; left -= 1) {
      try {
        return await act();
      } catch (error) {
        if (left === 0) throw error;
        await new Promise((done) => setTimeout(done, 100));
      }
    }
  }

  control(path, form) {
    return this.ask("POST", `/control/${path}`, form);
  }

  async ask(method, path, form) {
    const body = form && new URLSearchParams(form);
    const headers = { Authorization: `Basic ${this.key}` };
    const answer = await fetch(`${this.twilio}${path}`, { method, body, headers });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return JSON.parse(text);
  }

  async close() {
    this.wire?.close();
    if (this.ends) this.cut();
    await this.demo?.stop();
  }
}
