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

test("the docs are searched, by the keyboard, and every route has an example", async () => {
  const page = await opened("/docs");
  const routes = page.locator("section.routes details");
  const all = await routes.count();
  assert.equal(await page.locator("section.routes details pre").count(), all);
  await tabTo(page, page.getByLabel("Search the routes"));
  await page.keyboard.type("park-call");
  await until("few are left", async () => (await routes.filter({ visible: true }).count()) < all);
  const shown = await routes.filter({ visible: true }).locator("summary code").allInnerTexts();
  assert.ok(shown.includes("/park-call"), shown.join());
  assert.match(await page.getByRole("status").innerText(), new RegExp(`^\\d+ of ${all} routes$`));
  await picture(page, "docs-search");
  await page.getByLabel("Search the routes").fill("no such thing anywhere");
  await until("none is left", async () => (await routes.filter({ visible: true }).count()) === 0);
  await page.getByLabel("Search the routes").fill("");
  await until("all are back", async () => (await routes.filter({ visible: true }).count()) === all);
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
