// The page at /voicemails as an agent has it: in a browser, by its keyboard, and without a script as far as that goes.
//
//     cargo build && npm --prefix tests/browser test
//
// CHROMIUM is the browser (/usr/bin/chromium), SWITCHBOARD the program (target/debug/switchboard); SCREENSHOTS names a
// folder for pictures. The office that it looks at is set up in office.js. The tests run in order: what one has heard
// or marked, the next one sees.

import assert from "node:assert/strict";
import { stat } from "node:fs/promises";
import { test } from "node:test";
import { EVIL_NAME, EVIL_WORDS, Office, until } from "./office.js";
import {
  assertAccessible, assertFits, assertFocusShows, complaints, expect, focused, inFrontOf, isToken, office, opened,
  picture, tabTo, told,
} from "./window.js";

const ROSA = "(303) 555-0111";
const EVE = "(303) 555-0122";
const dialled = (number) => `+1${number.replace(/\D/g, "")}`;

inFrontOf(Office);

// The list, as somebody gets it who comes from Flex.
async function listOf(token, options) {
  const page = await opened(`/voicemails#token=${token}`, options);
  await page.getByRole("button", { name: "Refresh" }).waitFor();
  return page;
}

const items = (page) => page.getByRole("list").getByRole("listitem");
const names = (page) => page.getByRole("heading", { level: 2 }).allTextContents();
const itemOf = (page, name) => items(page).filter({ has: page.getByRole("heading", { name, exact: true }) });
const named = (item, role, name) => item.getByRole(role, { name, exact: true });
const stateOf = (item) => item.locator(".state").textContent();

test("the door asks for a token, says what is wrong with it, and lets nobody in", async () => {
  const page = await opened("/voicemails");
  assert.equal(await page.title(), "Messages · Switchboard");
  assert.equal(await page.locator("html").getAttribute("lang"), "en");
  assert.equal(page.answer.headers()["referrer-policy"], "no-referrer");
  assert.equal(page.answer.headers()["cache-control"], "no-store");
  const field = page.getByLabel("Flex token", { exact: true });
  assert.ok(await focused(field), "it is where one begins to write");
  await assertFocusShows(page);
  await picture(page, "door");
  await assertAccessible(page, "the door");
  await page.keyboard.type("nonsense");
  await page.keyboard.press("Enter");
  await told(page, "The Flex token is not valid or has expired");
  assert.equal(await items(page).count(), 0);
  assert.ok(await focused(field), "the next try begins at once");
  const told_by = await field.evaluate((it) => document.getElementById(it.getAttribute("aria-describedby")).textContent);
  assert.match(told_by, /not valid/);
  await page.keyboard.type(office.cleo);
  await tabTo(page, page.getByRole("button", { name: "Show my messages" }));
  await page.keyboard.press("Enter");
  await page.getByText("There are no messages.").waitFor();
});

test("a token behind the # leaves the address and the history at once", async () => {
  const page = await listOf(office.ann);
  assert.equal(page.url(), `${office.url}/voicemails`);
  assert.equal(await items(page).count(), 3);
  // Somebody else signs in where the page is open already.
  await page.goto(`${office.url}/voicemails#token=${office.bob}`);
  await page.getByRole("heading", { name: "(303) 555-0144" }).waitFor();
  assert.equal(await items(page).count(), 1);
  assert.equal(page.url(), `${office.url}/voicemails`);
  const session = await page.context().newCDPSession(page);
  const { entries } = await session.send("Page.getNavigationHistory");
  assert.deepEqual(entries.filter(({ url, userTypedURL }) => isToken(url + userTypedURL)), []);
});

test("the list has caller, line, time, length, transcript and state, the newest first", async () => {
  const page = await listOf(office.ann, { viewport: { width: 1280, height: 1100 } });
  await picture(page, "list");
  await assertAccessible(page, "the list");
  assert.deepEqual(await names(page), ["anonymous", EVIL_NAME, ROSA]);
  const item = itemOf(page, ROSA);
  const time = new Date(await item.locator("time").getAttribute("datetime"));
  assert.ok(Date.now() - time < 300_000, `${time} is long ago`);
  const local = { dateStyle: "medium", timeStyle: "short", timeZone: "America/Denver" };
  const shown = (await item.innerText()).replace(/\s+/g, " ");
  assert.ok(shown.includes(`to (512) 555-0121 ${time.toLocaleString("en-US", local).replace(/\s+/g, " ")} · 3 s · new`), shown);
  assert.equal(await item.getByRole("blockquote").innerText(), "This is Rosa. Please call me back.");
  assert.ok((await itemOf(page, EVIL_NAME).innerText()).includes(EVE), "who has a name has a number, too");
  assert.equal(await itemOf(page, "anonymous").getByRole("blockquote").count(), 0, "nothing was written down");
});

test("an agent sees their own box and their queue's, a supervisor all", async () => {
  for (const [who, wanted] of [["ann", 3], ["bob", 1], ["cleo", 0], ["sue", 4]]) {
    const page = await listOf(office[who]);
    assert.equal(await items(page).count(), wanted, who);
    assert.equal(await page.getByText("There are no messages.").count(), wanted ? 0 : 1, who);
  }
});

test("what callers say is text, and does nothing", async () => {
  const page = await listOf(office.ann);
  const item = itemOf(page, EVIL_NAME);
  assert.equal(await item.getByRole("blockquote").innerText(), EVIL_WORDS);
  assert.equal(await page.locator("li :is(img, script, b, i)").count(), 0);
  // Even if some of it were markup one day, it could do nothing.
  assert.deepEqual(complaints, []);
  expect(/violates the following Content Security Policy/, /^policy: script-src-elem inline$/);
  await page.evaluate(() => {
    const slipped = document.createElement("script");
    slipped.textContent = "document.title = 'broken'";
    document.querySelector("blockquote").append(slipped);
  });
  await until("the policy forbids it", () => complaints.length === 2);
  assert.equal(await page.title(), "Messages · Switchboard");
});

test("every control has a name that says which message it is for", async () => {
  const page = await listOf(office.ann);
  for (const name of await names(page)) {
    const item = itemOf(page, name);
    const whole = [["button", `Play the message from ${name}`]];
    for (const state of ["New", "Heard", "Done"]) whole.push(["button", `${state} (the message from ${name})`]);
    const number = { [EVIL_NAME]: EVE, [ROSA]: ROSA }[name];
    if (number) whole.push(["link", `Call back ${number}`]);
    for (const [role, control] of whole) assert.equal(await named(item, role, control).count(), 1, control);
    assert.equal(await item.locator("a, button, input:not([type=hidden])").count(), whole.length, name);
    if (number) assert.equal(await named(item, "link", `Call back ${number}`).getAttribute("href"), `tel:${dialled(number)}`);
    assert.equal(await item.getByRole("button", { pressed: true }).getAttribute("value"), "new");
  }
});

test("a message plays by the keyboard, and is heard then", async () => {
  const page = await listOf(office.ann);
  const item = itemOf(page, ROSA);
  await tabTo(page, named(item, "button", `Play the message from ${ROSA}`));
  assert.equal(await stateOf(item), "new");
  await page.keyboard.press("Enter");
  const player = item.locator("audio");
  await player.waitFor();
  assert.equal(await player.getAttribute("aria-label"), `Message from ${ROSA}`);
  const plays = () => player.evaluate((it) => !it.paused && it.currentTime > 0.2);
  await until("it plays", plays);
  const [ready, seconds, muted] = await player.evaluate((it) => [it.readyState, it.duration, it.muted]);
  assert.ok(ready >= 2 && seconds > 2.9 && seconds < 3.2 && !muted, `${ready}, ${seconds} s, ${muted}`);
  assert.ok(await focused(player), "the focus is on the player");
  await assertFocusShows(page);
  await told(page, `The message from ${ROSA} is marked as heard.`);
  await picture(page, "player");
  await assertAccessible(page, "with a player");
  assert.equal(await stateOf(item), "heard");
  await page.keyboard.press("Space");
  await until("Space stops it", () => player.evaluate((it) => it.paused && !it.ended));
  await page.keyboard.press("Space");
  await until("it plays to its end", () => player.evaluate((it) => it.ended));
  const kept = await office.kept(office.ann);
  assert.equal(kept.find((it) => it.from === dialled(ROSA)).state, "heard", "the server knows");
});

test("a message is marked by the keyboard, and the focus stays where it is", async () => {
  const page = await listOf(office.ann);
  const item = itemOf(page, ROSA);
  const done = named(item, "button", `Done (the message from ${ROSA})`);
  await tabTo(page, done);
  await page.keyboard.press("Enter");
  await told(page, `The message from ${ROSA} is marked as done.`);
  assert.equal(await stateOf(item), "done");
  assert.ok(await focused(done), "the focus is where it was");
  await assertFocusShows(page);
  assert.equal(await item.getByRole("button", { pressed: true }).count(), 1);
  assert.equal(await done.getAttribute("aria-pressed"), "true");
  await tabTo(page, named(item, "link", `Call back ${ROSA}`));
  await page.getByRole("button", { name: "Refresh" }).press("Enter");
  await until("the page comes again, and knows it", async () => {
    return !(await page.getByRole("status").textContent()) && (await stateOf(itemOf(page, ROSA))) === "done";
  });
});

test("a token that ends while the page is open is told of, and nothing else changes", async () => {
  expect(/403 \(Forbidden\)/);
  const page = await listOf(office.ann);
  await page.evaluate(() => {
    for (const field of document.querySelectorAll("[name=Token]")) field.value = "over";
  });
  const item = itemOf(page, "anonymous");
  for (const name of ["Done (the message from anonymous)", "Play the message from anonymous"]) {
    await page.evaluate(() => { document.getElementById("told").textContent = ""; });
    await named(item, "button", name).press("Enter");
    await told(page, "The Flex token is not valid or has expired");
    assert.equal(await stateOf(item), "new");
    assert.ok(await focused(named(item, "button", name)));
  }
  await page.getByRole("button", { name: "Refresh" }).press("Enter");
  await page.getByLabel("Flex token").waitFor();
});

test("it fits on 320 pixels, at 200 % and in twice the letters", async () => {
  for (const token of [office.ann, office.cleo]) {
    for (const [what, viewport] of [["320 px", { width: 320, height: 640 }], ["200 %", { width: 640, height: 400 }]]) {
      const page = await listOf(token, { viewport, deviceScaleFactor: 2 });
      if (token === office.ann) {
        await named(itemOf(page, "anonymous"), "button", "Play the message from anonymous").press("Enter");
        await page.locator("audio").waitFor();
      }
      await assertFits(page, what);
      await page.evaluate(() => { document.documentElement.style.fontSize = "32px"; });
      const letters = await page.evaluate(() => getComputedStyle(document.querySelector("p")).fontSize);
      assert.equal(letters, "32px", "letters grow with the user's own size");
      await assertFits(page, `${what} and twice the letters`);
      if (token === office.ann) await picture(page, what.replace(/\W+/g, ""));
    }
  }
  const door = await opened("/voicemails", { viewport: { width: 320, height: 640 } });
  await assertFits(door, "the door");
});

test("it is readable in the dark", async () => {
  const page = await listOf(office.ann, { colorScheme: "dark" });
  await picture(page, "dark");
  await assertAccessible(page, "in the dark");
  const colours = await page.evaluate(() => getComputedStyle(document.querySelector("h2")).color);
  assert.equal(colours, "rgb(233, 237, 242)");
});

test("without a script the forms do it", async () => {
  const page = await opened("/voicemails", { javaScriptEnabled: false });
  await page.getByLabel("Flex token").focus();
  await page.keyboard.type(office.ann);
  await page.keyboard.press("Enter");
  await until("the list comes", async () => (await items(page).count()) === 3);
  await picture(page, "plain");
  const item = itemOf(page, ROSA);
  assert.match(await item.innerText(), /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ · 3 s · done/);
  await tabTo(page, named(item, "button", `New (the message from ${ROSA})`));
  await page.keyboard.press("Enter");
  await until("the list comes again", async () => (await stateOf(itemOf(page, ROSA))) === "new");
  // And goes on from where that message stands.
  await page.keyboard.press("Tab");
  assert.ok(await focused(named(itemOf(page, ROSA), "button", `Play the message from ${ROSA}`)));
  const [saved] = await Promise.all([page.waitForEvent("download"), page.keyboard.press("Enter")]);
  assert.equal(saved.suggestedFilename(), "message.mp3");
  // Three seconds of 8 kbit each.
  const { size } = await stat(await saved.path());
  assert.ok(size >= 3_000 && size < 3_200, `${size} bytes`);
  assert.equal(await items(page).count(), 3, "the list is still there");
});

test("no token and no whole number stands in the server's log", () => {
  const { said } = office.server;
  assert.match(said, /voicemails\/mark/);
  assert.ok(!isToken(said), "a token was logged");
  assert.doesNotMatch(said, /\+?1303555\d{4}/);
});
