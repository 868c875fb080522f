// A browser whose windows are watched, for the tests of one file: an office to look at, and pages of it.
//
// Whatever a test is about, no test may make the browser complain (an error in its console, a violation of the page's
// policy, a dialog), ask anything but the server for anything, or show a token in an address.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { after, afterEach, before, beforeEach } from "node:test";
import { chromium } from "playwright-core";
import { until } from "./office.js";

const axe = await readFile(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

export let office;
let browser;
// Of the test that runs: its windows, what they asked for, what they complained of, and what they were expected to.
let contexts;
let asked;
export let complaints;
let expected;

// Runs the file's tests in front of such an office.
export function inFrontOf(Office) {
  before(async () => {
    browser = await chromium.launch({
      executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
      headless: true,
      chromiumSandbox: process.getuid?.() !== 0,
      args: [
        "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
        "--disable-component-update", "--disable-sync",
      ],
    });
    office = await Office.open();
  }, { timeout: 90_000 });

  after(async () => {
    await browser?.close();
    await office?.close();
  });

  beforeEach(() => {
    contexts = [];
    asked = [];
    complaints = [];
    expected = [];
  });

  afterEach(async () => {
    for (const context of contexts) await context.close();
    assert.deepEqual(complaints.filter((said) => !expected.some((it) => it.test(said))), [], "the browser complains");
    for (const request of asked) {
      const { url, referer } = request;
      assert.ok(url.startsWith(`${office.url}/`) || url.startsWith(`blob:${office.url}/`), `${url} is asked`);
      for (const shown of [url, referer]) assert.ok(!isToken(shown), `a token stands in ${shown}`);
    }
  });
}

// What the browser may complain of in this test.
export function expect(...patterns) {
  expected = patterns;
}

export function isToken(text) {
  return office.tokens().some((token) => text.includes(token));
}

// A window of its own, watched.
export async function opened(path, options = {}) {
  const context = await browser.newContext({ locale: "en-US", timezoneId: "America/Denver", ...options });
  contexts.push(context);
  context.setDefaultTimeout(10_000);
  await context.addInitScript(() => {
    addEventListener("securitypolicyviolation", (it) => console.error(`policy: ${it.violatedDirective} ${it.blockedURI}`));
  });
  // What stands behind a # is sent nowhere. What a test answers itself is asked of no server.
  const played = options.plays ?? {};
  for (const [url, html] of Object.entries(played)) {
    await context.route(url, (route) => route.fulfill({ contentType: "text/html", body: html }));
  }
  context.on("request", (it) => {
    const url = it.url().split("#")[0];
    if (!(url in played)) asked.push({ url, referer: it.headers().referer ?? "" });
  });
  context.on("page", watch);
  const page = await context.newPage();
  const answer = await page.goto(path.startsWith("/") ? `${office.url}${path}` : path);
  return Object.assign(page, { answer });
}

function watch(page) {
  page.on("console", (it) => {
    if (["error", "warning"].includes(it.type())) complaints.push(it.text());
  });
  page.on("pageerror", (error) => complaints.push(String(error)));
  page.on("dialog", (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`);
    dialog.dismiss();
  });
}

export const focused = (locator) => locator.evaluate((it) => it === document.activeElement);
export const told = (page, words) =>
  until(`"${words}" is told`, async () => (await page.locator("#told").textContent()).includes(words));

export async function picture(page, name) {
  const folder = process.env.SCREENSHOTS;
  if (folder) await page.screenshot({ path: join(folder, `${name}.png`), fullPage: true, caret: "initial" });
}

// Whether a user who looks can tell where the focus is.
export async function assertFocusShows(page) {
  const shown = await page.evaluate(() => {
    const it = document.activeElement;
    const { outlineStyle, outlineWidth } = getComputedStyle(it);
    const { left, right, top, bottom } = it.getBoundingClientRect();
    // Neither out of sight nor behind the line that tells.
    const seen = (y) => it.contains(document.elementFromPoint((left + right) / 2, y));
    const inside = seen(top + 2) && seen(bottom - 2);
    return { name: it.textContent, is: it.matches(":focus-visible"), inside, outline: `${outlineStyle} ${outlineWidth}` };
  });
  assert.deepEqual({ ...shown, name: "" }, { name: "", is: true, inside: true, outline: "solid 3px" }, shown.name);
}

// Presses Tab until it is there, and sees where it is on the way.
export async function tabTo(page, locator) {
  for (let left = 90; left > 0; left -= 1) {
    await page.keyboard.press("Tab");
    // The parts of a player are the browser's own.
    if (await page.evaluate(() => document.activeElement.matches("a, button, input, summary"))) await assertFocusShows(page);
    if (await focused(locator)) return;
  }
  assert.fail("Tab never comes there");
}

export async function assertFits(page, what) {
  const { wide, room } = await page.evaluate(() => {
    const { scrollWidth, clientWidth } = document.documentElement;
    return { wide: scrollWidth, room: clientWidth };
  });
  assert.ok(wide <= room, `${what}: ${wide} px in ${room}`);
}

// What axe finds wrong, by WCAG 2.2 AA and its own good practice.
export async function assertAccessible(page, what) {
  // The browser's debugger runs it: no policy of the page has to be loosened for it.
  await page.evaluate(axe);
  const found = await page.evaluate(async () => {
    const { violations } = await globalThis.axe.run(document);
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map((it) => it.html).join(" | ").slice(0, 400)}`);
  });
  assert.deepEqual(found, [], what);
}
