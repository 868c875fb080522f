// The pages that are open to everyone: where one begins, and the docs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Office, until } from "./office.js";
import { assertAccessible, assertFits, assertFocusShows, focused, inFrontOf, office, opened, picture, tabTo } from "./window.js";

inFrontOf(Office);

const WINDOWS = [
  ["light", { viewport: { width: 1280, height: 900 } }],
  ["dark", { viewport: { width: 1280, height: 900 }, colorScheme: "dark" }],
  ["phone", { viewport: { width: 360, height: 740 }, deviceScaleFactor: 2 }],
  ["narrow", { viewport: { width: 320, height: 640 }, colorScheme: "dark", deviceScaleFactor: 2 }],
];

test("the first page says what this is, and leads to the others", async () => {
  for (const [what, options] of WINDOWS) {
    const page = await opened("/", options);
    await assertFits(page, what);
    await assertAccessible(page, what);
    await picture(page, `home-${what}`);
    assert.match(await page.getByRole("main").innerText(), /Twilio Flex/);
  }
  for (const [link, title] of [["Board", "Board"], ["Messages", "Messages"], ["Docs", "Docs"]]) {
    const page = await opened("/");
    await tabTo(page, page.getByRole("main").getByRole("link", { name: link, exact: true }));
    await page.keyboard.press("Enter");
    await until(`${title} opens`, async () => (await page.title()) === `${title} · Switchboard`);
    const here = page.getByRole("navigation", { name: "Pages" }).locator("[aria-current=page]");
    assert.equal(await here.innerText(), link);
  }
});

test("the keyboard can skip to the content", async () => {
  const page = await opened("/docs");
  await page.keyboard.press("Tab");
  assert.ok(await focused(page.getByRole("link", { name: "Skip to the content" })));
  await assertFocusShows(page);
  await page.keyboard.press("Enter");
  await until("it is there", async () => new URL(page.url()).hash === "#main");
});

test("every page may load nothing, and only be shown by those who are told", async () => {
  for (const [path, framed] of [["/", false], ["/docs", false], ["/board", true], ["/voicemails", true]]) {
    const page = await opened(path);
    const policy = page.answer.headers()["content-security-policy"];
    for (const part of ["default-src 'none'", "base-uri 'none'", "form-action ", "frame-ancestors "]) {
      assert.ok(policy.includes(part), `${path}: ${policy}`);
    }
    assert.ok(!policy.includes("unsafe"), policy);
    assert.equal(policy.includes("frame-ancestors 'none'"), !framed, policy);
    assert.equal(page.answer.headers()["referrer-policy"], "no-referrer");
  }
});

test("the docs fit, are accessible with every route open, and show no raw backtick", async () => {
  for (const [what, options] of WINDOWS) {
    const page = await opened("/docs", options);
    await picture(page, `docs-${what}`);
    await assertFits(page, what);
    await page.evaluate(() => { for (const it of document.querySelectorAll("details")) it.open = true; });
    await assertFits(page, `${what}, open`);
    await assertAccessible(page, what);
    assert.ok(!(await page.locator("body").innerText()).includes("`"));
  }
});

test("the docs are searched, by the keyboard, and a result opens its place", async () => {
  const page = await opened("/docs");
  const results = page.locator("#results li");
  const search = page.getByLabel("Search the guide and the routes");
  await tabTo(page, search);
  await page.keyboard.type("park-call");
  await until("a route is found", async () => (await results.allInnerTexts()).some((it) => it.includes("/park-call")));
  assert.match(await page.getByRole("status").innerText(), /^\d+ found/);
  await search.fill("fallback hold music");
  await until("a chapter is found", async () => (await results.first().innerText()).includes("A fallback for hold music"));
  await picture(page, "docs-search");
  await assertAccessible(page, "with results");
  await assertFits(page, "with results");
  await page.keyboard.press("Tab");
  await page.keyboard.press("Enter");
  const chapter = page.locator("#guide-failure");
  await until("it is open", () => chapter.evaluate((it) => it.open));
  assert.equal(new URL(page.url()).hash, "#guide-failure-a-fallback-for-hold-music");
  await search.fill("no such thing anywhere");
  await until("nothing is found", async () => (await page.getByRole("status").innerText()) === "0 found");
  assert.equal(await results.count(), 0);
  await search.fill("");
  await until("the count is gone", async () => (await page.getByRole("status").innerText()) === "");
});

test("every route has an example", async () => {
  const page = await opened("/docs");
  const routes = page.locator("section.routes details");
  assert.equal(await page.locator("section.routes details pre").count(), await routes.count());
});

test("the contents lead to every chapter, and a chapter to others", async () => {
  const page = await opened("/docs", { viewport: { width: 360, height: 740 } });
  const contents = page.getByRole("navigation", { name: "Contents" });
  const links = await contents.locator("a[href^='#guide-']").evaluateAll((all) => all.map((it) => it.hash.slice(1)));
  const chapters = await page.locator("details.chapter").evaluateAll((all) => all.map((it) => it.id));
  assert.ok(chapters.length > 15);
  assert.deepEqual(links, chapters);
  await contents.getByRole("link", { name: "Direct numbers" }).click();
  const chapter = page.locator("#guide-did");
  await until("it is open", () => chapter.evaluate((it) => it.open));
  await chapter.getByRole("link", { name: "filter for pick-ups" }).click();
  await until("the other opens", () => page.locator("#guide-extension").evaluate((it) => it.open));
  await page.locator("#guide-extension-the-filter-for-pick-ups").waitFor();
});

test("what one configures stands apart from what Twilio calls by itself", async () => {
  const page = await opened("/docs");
  const routesOf = (name) => page.getByRole("region", { name }).locator("summary code").allInnerTexts();
  const configured = await routesOf("Webhooks you configure");
  const byItself = await routesOf("What Twilio calls by itself");
  assert.ok(configured.includes("/call-status-handler") && byItself.includes("/hold"));
  assert.deepEqual(configured.filter((it) => byItself.includes(it)), []);
});

test("a link to a route or a problem opens it", async () => {
  const page = await opened("/docs#token-refused");
  await page.locator("tr#token-refused").waitFor();
  await page.goto(`${office.url}/docs#park_call`);
  await until("it is open", () => page.locator("#park_call").evaluate((it) => it.open));
});
