// The console: sign-in, overview, mailboxes, items and their story, failures, settings, the switch
// of category tracking, shortcuts, and signing out.

import { openConsole, signIn, visit } from "./lib/console.mjs";
import { holds, program, same, step } from "./lib/program.mjs";
import { anna, ben, call, deliver, eventually, messageOf, origin, trackedName, user } from "./lib/server.mjs";

const MAYA = "Maya Lindqvist <maya.lindqvist@harbourlight.example>";
const stamp = Date.now().toString(36);

/** Delivers a message and assigns the category; answers its item once it has the state. */
async function categorized(address, subject, state) {
  await deliver({ from: MAYA, to: address, subject });
  const message = await messageOf(address, subject);
  await call("PATCH", `${user(address)}/messages/${message.id}`, { categories: [trackedName] });
  return eventually(`the state ${state}`, async () => {
    const { items } = await call("GET", `/api/v1/items?mailbox=${address}&messageId=${encodeURIComponent(message.internetMessageId)}`);
    return items.find((one) => one.state === state);
  });
}

/** Makes the CRM refuse every new email, or take it again, as the demo's page does. */
async function fail(on) {
  const page = await (await fetch(`${origin}/`)).text();
  const headers = { "Content-Type": "application/json", "X-Page-Token": /name="page-token" content="([^"]+)"/.exec(page)[1] };
  const answer = await fetch(`${origin}/demo/api/fail`, { method: "POST", headers, body: JSON.stringify({ on }) });
  holds(answer.ok, `making it fail answered ${answer.status}`);
}

await program(async (open) => {
  const tracked = await categorized(anna, `For the console ${stamp}`, "tracked");
  await fail(true);
  const broken = await categorized(ben, `Refused ${stamp}`, "retrying");
  await fail(false);

  const window = await openConsole(open, "/admin/#/items?state=tracked");
  const { page } = window;
  const main = () => window.text("main");
  const place = () => page.evaluate(() => location.hash);

  await step("a wrong token is refused without saying why", async () => {
    await window.fill("#token", "wrong");
    await page.keyboard.press("Enter");
    await window.says("#token-problem", /^Sign-in failed/);
    same(await window.focused(), "token", "the focus");
  });

  await step("the right one leads to the page that was asked for", async () => {
    await signIn(window);
    await window.until("the items", () => document.querySelector("main tbody a.row"));
    same(await place(), "#/items?state=tracked", "the place");
    same(await window.text("#environment"), "SANDBOX", "the environment");
  });

  await step("the overview counts mailboxes and items and names the failure", async () => {
    await visit(window, "#/overview");
    await window.until("the tiles", () => document.querySelectorAll("main .tile").length >= 9);
    await window.says("main .lines", /attempt failed|attempt_failed/);
  });
  await window.pictures("console");

  await step("the item's page tells its story", async () => {
    await visit(window, `#/items/${tracked.id}`);
    await window.until("the facts", (wanted) => document.querySelector("main").innerText.includes(wanted), tracked.activityId);
    const text = await main();
    for (const part of ["The story", "tracked", anna]) holds(text.includes(part), `the page has no “${part}”`);
  });

  await step("it is untracked after a question, and tracked again", async () => {
    await window.press("main button", "Untrack");
    await window.press("dialog button", "Untrack");
    await window.says("main .notice", /untracked by user/);
    await window.press("main button", "Track");
    await window.says("main .notice", /tracked now/);
  });

  await step("a failure is grouped by its reason, and the whole group is tried again", async () => {
    await visit(window, "#/failures");
    await window.until("the group", (wanted) => document.querySelector("main").innerText.includes("Retry all") && document.querySelector(`main a[href="#/items/${wanted}"]`), broken.id);
    await window.press("main button", "Retry all");
    await window.press("dialog button", "Retry all");
    await eventually("the item is tracked", async () => (await call("GET", `/api/v1/items/${broken.id}`)).state === "tracked");
    await window.press("main button", "Show the new state");
    await window.until("no group", () => !/Retry all/.test(document.querySelector("main").innerText));
  });

  await step("mailboxes are filtered, and the chosen ones paused and resumed", async () => {
    await visit(window, "#/mailboxes");
    await window.press('main tbody input[type="checkbox"]', `Select ${ben}`);
    await window.press("main .bulk button", "Pause");
    await window.says("main .results", new RegExp(`done.*${ben}`, "s"));
    await window.until("it is paused", (wanted) => [...document.querySelectorAll("main tbody tr")].some((row) => row.innerText.includes(wanted) && /paused/i.test(row.innerText)), ben);
    await window.press("main .bulk button", "Resume");
    await window.until("it is resumed", (wanted) => [...document.querySelectorAll("main tbody tr")].some((row) => row.innerText.includes(wanted) && !/paused/i.test(row.innerText)), ben);
    await window.press("main tbody a.row", ben);
    await window.says("main", new RegExp(ben));
  });

  await step("a setting out of its range is refused at the field, and a good one shows what changes", async () => {
    // The browser itself notes an answer that refuses.
    window.allow(/status of 422.*dryRun/);
    await visit(window, "#/settings?q=tracelog");
    await window.press("main .setting button");
    await window.fill("#value", "99999");
    await page.keyboard.press("Enter");
    await window.until("the fault", () => document.getElementById("value-problem").innerText && document.getElementById("value").getAttribute("aria-invalid") === "true");
    await window.fill("#value", "31");
    await window.press("dialog button", "Show what changes");
    await window.says("dialog .difference", /31/);
    await window.press("dialog button", "Save");
    await window.says("main .setting", /31/);
    await window.press("main .setting button");
    await window.press("dialog button", "Go back to the default");
    await window.press("dialog button", "Save");
    await window.until("the default", () => !/31/.test(document.querySelector("main .setting dl, main .setting").innerText.replace(/\d{3,}/g, "")));
  });

  await step("the switch of category tracking shows what would happen and asks for the environment's name", async () => {
    await visit(window, "#/settings/TrackCategorizedItems");
    await window.until("the dry run", () => document.getElementById("environment-name") && /\d/.test(document.querySelector("main").innerText));
    await window.fill("#environment-name", "elsewhere");
    await page.keyboard.press("Enter");
    await window.says("#switch-problem", /Nothing was changed/);
    await window.fill("#environment-name", "sandbox");
    await page.keyboard.press("Enter");
    await window.says("main button", /Switch on/);
    await visit(window, "#/overview");
    await window.says("main .notice", /switched off/);
    await visit(window, "#/settings/TrackCategorizedItems");
    await window.fill("#environment-name", "sandbox");
    await page.keyboard.press("Enter");
    await window.says("main button", /Switch off/);
  });

  await step("alerts are shown, and what is told to support names nobody", async () => {
    await visit(window, "#/alerts");
    await visit(window, "#/about");
    await window.until("the text", () => document.querySelector("main pre")?.innerText.length > 20);
    const text = await window.text("main pre");
    holds(!text.includes("@"), `it names somebody: ${text}`);
  });

  await step("the shortcuts lead through the console, and can be turned off", async () => {
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("g");
    await page.keyboard.press("i");
    await window.until("the items", () => document.querySelector("main h2").innerText === "Items" && document.querySelectorAll("main tbody a.row").length > 1);
    for (const key of ["j", "j", "k"]) await page.keyboard.press(key);
    const first = await page.$eval("main a.row", (link) => link.getAttribute("href"));
    same(await page.evaluate(() => document.activeElement.getAttribute("href")), first, "the row with the focus");
    await page.keyboard.press("Enter");
    await window.until("the item", (wanted) => location.hash === wanted && /^Item/.test(document.querySelector("main h2").innerText), first);
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("g");
    await page.keyboard.press("m");
    await window.until("the mailboxes", () => document.querySelector("main h2").innerText === "Mailboxes" && document.querySelectorAll("main tbody tr").length > 1);
    await page.keyboard.press("/");
    await window.until("the filter", () => document.activeElement.type === "search");
    await page.keyboard.type("anna");
    await window.until("one row", () => document.querySelectorAll("main tbody tr").length === 1 && location.hash.includes("q=anna"));
    await page.evaluate(() => document.activeElement.blur());
    await page.keyboard.press("?");
    await window.until("the list", () => document.querySelector("dialog[open]"));
    await page.click('dialog input[type="checkbox"]');
    await page.keyboard.press("Escape");
    await page.evaluate(() => document.activeElement.blur());
    const before = await place();
    await page.keyboard.press("g");
    await page.keyboard.press("s");
    await window.rest(300);
    same(await place(), before, "the place");
  });

  await step("a session that ended asks again and goes on where it was", async () => {
    window.allow(/status of 401/);
    await page.browserContext().deleteCookie(...await page.browserContext().cookies());
    await window.hash("#/failures");
    await window.until("the form", () => document.getElementById("token"));
    await signIn(window);
    await window.says("main", /No item is retried/);
    same(await place(), "#/failures", "the place");
  });

  await step("signing out leads to the form, and the session is over", async () => {
    await window.press("#leave");
    await window.until("the form", () => document.getElementById("token"));
    same(await page.evaluate(async () => (await fetch("/api/v1/items")).status), 401, "the answer to a request");
  });
});
