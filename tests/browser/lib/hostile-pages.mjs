// Hostile texts in everything that people outside can write, and the pages that show them.

import { openConsole, signIn, visit } from "./console.mjs";
import { HOSTILE } from "./hostile.mjs";
import { answerVendor, paneShows } from "./pane.mjs";
import { check, holds } from "./program.mjs";
import { call, clara, createRecord, deliver, encodedWord, eventually, trackedName, user } from "./server.mjs";

const box = user(clara);

/** A category's name has no comma or semicolon and no line. */
const categoryOf = (text) => text.replace(/[,;\p{Cc}\u2028\u2029]/gu, " ").trim().slice(0, 255);

/** Puts every text into every place. */
export async function deliverHostile() {
  await check(`${HOSTILE.length} hostile texts are delivered as subject, sender, body, file, category, location, task and account`, async () => {
    const { value } = await call("GET", `${box}/todo/lists`);
    const list = encodeURIComponent(value[0].id);
    await call("POST", "/sandbox/v1/users", { mail: "mallory@lindengrove.example", displayName: HOSTILE[0], kind: "user", systemUser: true });
    for (const [index, text] of HOSTILE.entries()) {
      const line = text.replace(/[\t\p{Cc}]/gu, " ");
      const from = `${/^[ -~]*$/.test(line) ? `=?UTF-8?B?${Buffer.from(line).toString("base64")}?=` : encodedWord(line)} <m${index}@hostile.example>`;
      const body = index % 2 === 0 ? { html: `<p>Hello</p>${text}<p>bye</p>` } : { text };
      await deliver({ from, to: clara, subject: line, file: `${text}.txt`, ...body });
      await call("POST", `${box}/outlook/masterCategories`, { displayName: categoryOf(text), color: "preset3" }).catch(refusedTwice);
      await call("POST", `${box}/events`, { ...slot(index), subject: text, location: { displayName: text }, body: { contentType: "html", content: text }, categories: [categoryOf(text)] });
      await call("POST", `${box}/todo/lists/${list}/tasks`, { title: text, categories: [categoryOf(text)] });
      await createRecord("accounts", { name: text.slice(0, 160) });
    }
    await call("POST", `${box}/mailFolders/inbox/messageRules`, {
      displayName: HOSTILE[0], sequence: 1, isEnabled: true, conditions: { subjectContains: [HOSTILE[5]] }, actions: { assignCategories: [categoryOf(HOSTILE[2])] },
    });
    for (const message of await messages()) {
      await call("PATCH", `${box}/messages/${message.id}`, { categories: [trackedName, categoryOf(message.subject)] });
    }
    await eventually("the tracking of all", async () => {
      let count = 0;
      let path = `/api/v1/items?mailbox=${clara}&state=tracked`;
      while (path) {
        const page = await call("GET", path);
        count += page.items.length;
        path = page.next && `/api/v1/items?mailbox=${clara}&state=tracked&cursor=${encodeURIComponent(page.next)}`;
      }
      return count >= HOSTILE.length;
    }, 60_000);
  });
}

/** Names that differ in letters' case alone are one category. */
function refusedTwice(error) {
  if (!/answered 409/.test(error.message)) throw error;
}

/** A quarter of an hour of this week. */
function slot(index) {
  const monday = new Date();
  monday.setUTCHours(8, 0, 0, 0);
  monday.setUTCDate(monday.getUTCDate() - ((monday.getUTCDay() + 6) % 7));
  const at = monday.getTime() + (index % 5) * 86_400_000 + Math.floor(index / 5) * 1_800_000;
  const time = (plus) => ({ dateTime: new Date(at + plus).toISOString().slice(0, 19), timeZone: "UTC" });
  return { start: time(0), end: time(1_500_000) };
}

/** The hostile messages as Graph has them. */
async function messages() {
  const { value } = await call("GET", `${box}/mailFolders/inbox/messages?$top=200&$select=id,subject,from`);
  return value.filter((one) => one.from.emailAddress.address.endsWith("@hostile.example"));
}

/** What a page makes of spaces is no matter here. */
const plain = (text) => text.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();

/** Holds a page to having run nothing. */
async function ranNothing(window) {
  for (const frame of window.page.frames()) {
    const ran = await frame.evaluate(() => globalThis.__xss ?? null).catch(() => null);
    holds(ran === null, `a script ran in ${frame.url()}`);
  }
}

/** Holds a page to having every text in one of the elements, as it is. */
async function shows(window, selector, wanted) {
  const missing = await window.until(`all texts in ${selector}`, (where, texts) => {
    const clean = (text) => text.replace(/[\s\p{Cc}\p{Cf}]+/gu, " ").trim();
    const there = [...document.querySelectorAll(where)].map((one) => clean(one.textContent));
    const gone = texts.filter((text) => !there.some((one) => one.includes(text)));
    return gone.length === 0 ? { gone } : false;
  }, selector, wanted.map(plain)).catch(async (error) => {
    const there = (await window.page.$$eval(selector, (all) => all.map((one) => one.textContent))).map(plain);
    const gone = wanted.map(plain).filter((text) => !there.some((one) => one.includes(text)));
    return { gone, error };
  });
  holds(missing.gone.length === 0, `${selector} does not show ${missing.gone.length} of them: ${missing.gone.slice(0, 4).join("   ")}`);
}

/** Opens every page that shows them. */
export async function holdsHostile(open) {
  const subjects = (await messages()).map((one) => one.subject);
  const inPlace = (title, prove) => check(`${title} shows hostile texts as they are and runs none`, prove);

  await inPlace("the demo's page", async () => {
    const window = await open("/");
    await window.until("the mailboxes", () => document.querySelector("#mailbox option"));
    await window.page.select("#mailbox", clara);
    await window.until("the list", () => document.querySelectorAll("#list .row").length > 20);
    const rows = await window.texts("#list .row");
    for (let index = 0; index < rows.length; index += 1) {
      await window.page.evaluate((at) => document.querySelectorAll("#list .row")[at]?.click(), index);
      await window.rest(20);
    }
    await window.until("the last one", () => document.getElementById("subject").innerText !== "Nothing selected");
    await ranNothing(window);
    const listed = (await window.page.$$eval("#list .row", (all) => all.map((one) => one.textContent))).map(plain);
    holds(subjects.some((text) => listed.some((row) => row.includes(plain(text)))), "no hostile subject is in the list");
    for (const kind of ["appointment", "task"]) {
      await window.press(`#kinds [data-kind=${kind}]`);
      await window.until("the list", () => document.querySelectorAll("#list .row").length > 20);
      await window.press("#list .row");
      await window.rest(300);
    }
    await ranNothing(window);
    await window.close();
  });

  await inPlace("the mail, each message opened,", async () => {
    const window = await open(`/outlook/?user=${clara}`);
    await window.until("the list", () => document.querySelector("#messages .message"));
    for (;;) {
      const before = await window.page.$$eval("#messages > li", (all) => all.length);
      if (await window.page.$eval("#more", (more) => more.hidden)) break;
      await window.press("#more");
      await window.until("more", (count) => document.querySelectorAll("#messages > li").length > count || document.getElementById("more").hidden, before);
    }
    await shows(window, "#messages .subject", subjects);
    await shows(window, "#messages .who", (await messages()).map((one) => one.from.emailAddress.name));
    const ids = await window.page.$$eval("#messages > li", (all) => all.map((one) => one.dataset.id));
    for (const id of ids) {
      await window.page.evaluate((wanted) => [...document.querySelectorAll("#messages > li")].find((one) => one.dataset.id === wanted)?.querySelector(".message").click(), id);
      await window.until("the message", (wanted) => globalThis.earmarkHost.item?.itemId === wanted, id);
    }
    await window.rest(300);
    await ranNothing(window);
    await window.press("#mail-actions button", "Categorize");
    await window.until("the menu", () => document.querySelectorAll(".menu button").length > 20);
    await window.press(".menu button", "Manage categories");
    await window.until("the categories", () => document.querySelectorAll("dialog .category").length > 20);
    await ranNothing(window);
    await window.close();
  });

  await inPlace("the calendar", async () => {
    const window = await open(`/outlook/?user=${clara}#calendar`);
    await shows(window, "button.event .title", HOSTILE);
    await shows(window, "button.event .where", HOSTILE);
    for (let index = 0; index < HOSTILE.length; index += 8) {
      await window.page.evaluate((at) => document.querySelectorAll("button.event")[at].click(), index);
      await window.until("the event", () => document.querySelector("#event h3"));
      await window.rest(50);
    }
    await ranNothing(window);
    await window.close();
  });

  await inPlace("the tasks and rules", async () => {
    const window = await open(`/outlook/?user=${clara}#tasks`);
    await shows(window, ".task .name", HOSTILE);
    await window.hash("#rules");
    await shows(window, ".rule h3", [HOSTILE[0]]);
    await ranNothing(window);
    await window.close();
  });

  await inPlace("the pane, with a hostile subject and hostile records,", async () => {
    const window = await open(`/outlook/?user=${clara}`);
    await window.press("#messages .message");
    await window.press("#earmark");
    const pane = await window.frame("/addin/taskpane.html");
    await paneShows(pane, "tracked", "not_tracked", "tracked_regarding");
    if (await pane.$("#change")) await pane.click("#change");
    await pane.waitForSelector("#query", { visible: true });
    await pane.type("#query", "__xss");
    await pane.waitForFunction(() => document.querySelectorAll('#found [role="option"]').length > 3);
    const found = await pane.$$eval('#found [role="option"]', (all) => all.map((one) => one.textContent));
    holds(found.some((text) => text.includes("<") && text.includes("window.__xss=1")), `found ${found[0]}`);
    await window.page.keyboard.press("ArrowDown");
    await window.page.keyboard.press("Enter");
    await paneShows(pane, "tracked_regarding");
    holds((await pane.$eval("#record", (one) => one.textContent)).includes("__xss"), "the card has no record");
    await ranNothing(window);
    await window.close();
  });

  await inPlace("the CRM", async () => {
    const window = await open("/crm/");
    await window.until("the accounts", () => document.querySelector("main tbody a"));
    await all(window);
    await shows(window, "main tbody a", HOSTILE.map((text) => text.slice(0, 160)));
    const hashes = await window.page.$$eval("main tbody a", (links) => links.map((link) => link.hash));
    await each(window, hashes.filter((_, index) => index % 12 === 0));
    await window.hash("#email");
    await window.until("the emails", () => location.hash === "#email" && document.querySelector('main tbody a[href^="#email/"]'));
    await all(window);
    await shows(window, "main tbody a", subjects);
    await each(window, await window.page.$$eval("main tbody a", (links) => links.map((link) => link.hash)));
    await window.close();
  });

  await inPlace("the console", async () => {
    const window = await openConsole(open);
    await signIn(window);
    await visit(window, `#/items?mailbox=${encodeURIComponent(clara)}`);
    await window.until("the items", () => document.querySelector("main tbody a"));
    const hashes = await window.page.$$eval("main tbody a", (links) => [...new Set(links.map((link) => link.hash))].filter((hash) => /^#\/items\/./.test(hash)));
    for (const hash of hashes.slice(0, 8)) {
      await visit(window, hash);
      await window.rest(200);
    }
    for (const place of ["#/mailboxes", `#/mailboxes/${encodeURIComponent(clara)}`, "#/overview", "#/alerts", "#/about"]) await visit(window, place);
    await ranNothing(window);
    await window.close();
  });

  await check("a hostile address runs nothing", async () => {
    const tail = encodeURIComponent("\"><img src=x onerror=window.__xss=1>");
    const places = [
      `/?${tail}#${tail}`, `/outlook/?user=${tail}#${tail}`, `/outlook/?ItemID=${tail}`, `/crm/#${tail}`, `/crm/#account/${tail}`, `/admin/#/items/${tail}`, `/help/${tail}`,
      `/addin/taskpane.html?host=sandbox&x=${tail}#${tail}`, `/addin/signin.html?error=${tail}&error_description=${tail}#${tail}`,
    ];
    for (const place of places) {
      const window = await open("", { before: answerVendor });
      // What is asked for is not there, and the browser notes that.
      window.allow(/Failed to load resource/);
      await window.go(place);
      await window.rest(400);
      await ranNothing(window);
      window.holdClean();
      await window.close();
    }
  });
}

/** Shows every row of a list. */
async function all(window) {
  for (;;) {
    const more = await window.page.evaluateHandle(() => [...document.querySelectorAll("main button")].find((one) => /more/i.test(one.textContent) && one.checkVisibility() && !one.disabled));
    const button = more.asElement();
    if (!button) return;
    await button.click();
    await window.rest(400);
  }
}

/** Visits pages of the CRM one after another. */
async function each(window, hashes) {
  for (const hash of hashes) {
    await window.hash(hash);
    await window.until("the page", (wanted) => location.hash === wanted && document.querySelector("main h2") && !/Loading/.test(document.querySelector("main").innerText), hash);
  }
  await ranNothing(window);
}
