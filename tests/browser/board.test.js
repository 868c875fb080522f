// The board as a supervisor has it, all day and in every light: it changes by itself, says how old it is, and recovers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Floor } from "./floor.js";
import { until } from "./office.js";
import {
  assertAccessible, assertFits, assertFocusShows, expect, focused, inFrontOf, isToken, office, opened, picture, tabTo, told,
} from "./window.js";

// What the browser says of a line that is cut.
const CUT = /net::ERR_/;
const ROSA = "(303) 555-0111";

inFrontOf(Floor);

async function boardOf(token, options) {
  const page = await opened(`/board#token=${token}`, options);
  await page.getByRole("button", { name: "Refresh" }).waitFor();
  return page;
}

const live = (page) => page.locator("#live");
const says = (page, words) => until(`"${words}" is shown`, async () => words.test(await live(page).textContent()));
const row = (page, name) => page.getByRole("row").filter({ hasText: name });

test("an agent is turned away, and a supervisor signs in by the keyboard", async () => {
  const page = await opened("/board");
  assert.equal(await page.title(), "Board · Switchboard");
  const field = page.getByLabel("Flex token", { exact: true });
  assert.ok(await focused(field));
  await assertFocusShows(page);
  await assertAccessible(page, "signing in");
  await picture(page, "board-sign-in");
  await page.keyboard.type(office.ann);
  await page.keyboard.press("Enter");
  await told(page, "This needs a supervisor or an admin");
  await page.keyboard.type(office.sue);
  await page.keyboard.press("Enter");
  await says(page, /Live/);
  assert.ok(await page.getByText("No caller is on hold.").isVisible());
  await tabTo(page, page.getByRole("button", { name: "Refresh" }));
});

test("callers who are parked come onto the board, and leave it, while it is open", async () => {
  const page = await boardOf(office.sue, { viewport: { width: 1280, height: 900 } });
  await says(page, /^Live\. Updated \d+ s ago\.$/);
  const call = await office.parks("+13035550111");
  await row(page, ROSA).waitFor({ timeout: 20_000 });
  await told(page, "1 caller is on hold.");
  assert.match(await row(page, ROSA).innerText(), /ann/);
  await picture(page, "board");
  await assertAccessible(page, "the board");
  await assertFits(page, "the board");
  await office.hangUp(call);
  await page.getByText("No caller is on hold.").waitFor({ timeout: 20_000 });
  await told(page, "0 callers are on hold.");
});

test("a lost connection is told with the age of the figures, and comes back by itself", async () => {
  expect(CUT);
  const page = await boardOf(office.sue);
  await says(page, /^Live/);
  office.cut();
  await says(page, /^The connection is lost\. Trying again\. These figures are \d+ s old\.$/);
  await told(page, "The connection is lost.");
  await picture(page, "board-lost");
  await assertAccessible(page, "without a connection");
  assert.ok(await page.getByRole("heading", { name: "Agents" }).isVisible(), "what was known stays");
  office.mend();
  await says(page, /^Live/);
  await told(page, "The board is live again.");
});

test("while Twilio does not answer, the board says how old it is", async () => {
  expect(CUT);
  const page = await boardOf(office.sue);
  await says(page, /^Live/);
  const news = { html: null, age: 0, failing: true };
  await page.route("**/board/events", (route) => route.fulfill({
    contentType: "text/event-stream", body: `event: board\ndata: ${JSON.stringify(news)}\n\n`,
  }));
  office.cut();
  office.mend();
  await says(page, /^Twilio does not answer\. These figures are \d+ s old\.$/);
  await page.unroute("**/board/events");
  await says(page, /^Live/);
});

test("a session that ends is told, and a new token from Flex opens the board again", async () => {
  expect(CUT, /403 \(Forbidden\)/);
  const page = await boardOf(office.sue);
  await says(page, /^Live/);
  await page.evaluate(() => { entry.elements.Token.value = "e30.over.x"; });
  office.cut();
  office.mend();
  await says(page, /^Your Flex session has ended\. Open the board from Flex again\./);
  await page.goto(`${office.url}/board#token=${office.sue}`);
  await says(page, /^Live/);
});

// The three lines of the guide, in a page that stands where Flex does.
const flex = (url, token) => `<!doctype html><title>Flex</title><button>Board</button><script>
  document.querySelector("button").onclick = () => open("${url}/board");
  addEventListener("message", ({ source, origin, data }) => {
    if (origin === "${url}" && data === "switchboard:token?") source.postMessage({ token: "${token}" }, origin);
  });
</script>`;

async function fromAPageAt(origin, token) {
  const page = await opened(`${origin}/`, { plays: { [`${origin}/`]: flex(office.url, token) } });
  const [board] = await Promise.all([page.waitForEvent("popup"), page.getByRole("button").click()]);
  return board;
}

test("the link in Flex opens the board without a token being pasted, and no address or storage has it", async () => {
  const board = await fromAPageAt("https://flex.twilio.com", office.sue);
  await says(board, /^Live/);
  assert.equal(board.url(), `${office.url}/board`);
  const kept = await board.evaluate(() => JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]));
  assert.ok(!isToken(kept), kept);
});

test("a page of any other origin gives the board no token", async () => {
  const board = await fromAPageAt("https://flex.example.com", office.sue);
  await board.getByLabel("Flex token").waitFor();
  await new Promise((done) => setTimeout(done, 500));
  assert.equal(await board.getByLabel("Flex token").inputValue(), "");
});

test("a token that Flex has and the server refuses is not tried for ever", async () => {
  const board = await fromAPageAt("https://flex.twilio.com", office.ann);
  await told(board, "This needs a supervisor or an admin");
  let loads = 0;
  board.on("load", () => { loads += 1; });
  await new Promise((done) => setTimeout(done, 1_000));
  assert.equal(loads, 0);
});

test("it fits a phone, is readable in the dark, and in twice the letters", async () => {
  const call = await office.parks("+13035550111");
  for (const [what, options] of [
    ["phone", { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 }],
    ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
    ["phone-dark", { viewport: { width: 320, height: 640 }, colorScheme: "dark", deviceScaleFactor: 2 }],
  ]) {
    const page = await boardOf(office.sue, options);
    await row(page, ROSA).waitFor({ timeout: 20_000 });
    await says(page, /^Live/);
    await assertFits(page, what);
    await assertAccessible(page, what);
    await picture(page, `board-${what}`);
    await page.evaluate(() => { document.documentElement.style.fontSize = "32px"; });
    await assertFits(page, `${what} and twice the letters`);
  }
  await office.hangUp(call);
});

test("without a script the board comes with each Refresh", async () => {
  const page = await opened("/board", { javaScriptEnabled: false });
  await page.getByLabel("Flex token").fill(office.sue);
  await page.keyboard.press("Enter");
  await page.getByRole("heading", { name: "Agents" }).waitFor();
  assert.match(await live(page).textContent(), /^Updated \d+ s ago\. Refresh for newer figures\.$/);
  await page.getByRole("button", { name: "Refresh" }).press("Enter");
  await page.getByRole("heading", { name: "Agents" }).waitFor();
});
