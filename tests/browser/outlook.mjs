// The Outlook pages: signing in, folders, the menu of categories, several messages at once,
// conversations, the calendar with a series, tasks, rules, and the mailbox of somebody else.

import { check, holds, program, same, step } from "./lib/program.mjs";
import { meeting } from "./lib/people.mjs";
import { anna, ben, call, clara, deliver, trackedName, user } from "./lib/server.mjs";

const MAYA = "Maya Lindqvist <maya.lindqvist@harbourlight.example>";
/** Makes names of its own for what a second run would meet again. */
const stamp = Date.now().toString(36);
const first = "Timetable for the spring";
const second = "Tickets for the workshop";

await program(async (open) => {
  const begun = await deliver({ from: MAYA, to: anna, subject: first });
  await deliver({ from: MAYA, to: anna, subject: `Re: ${first}`, replyTo: begun });
  await deliver({ from: MAYA, to: anna, subject: second, html: "<p>Hello <b>Anna</b></p>", file: "tickets.csv" });
  const day = new Date();
  const weekday = day.toLocaleDateString("en", { weekday: "long", timeZone: "UTC" }).toLowerCase();
  await call("POST", `${user(anna)}/events`, meeting(`Weekly ${stamp}`, 0, {
    recurrence: {
      pattern: { type: "weekly", interval: 1, daysOfWeek: [weekday] },
      range: { type: "numbered", startDate: day.toISOString().slice(0, 10), numberOfOccurrences: 4 },
    },
  }));
  const window = await open("/outlook/");
  const { page } = window;
  const openMail = async (subject) => {
    await page.waitForFunction((text) => [...document.querySelectorAll("#messages .subject")].some((one) => one.innerText === text), {}, subject);
    await page.evaluate((text) => [...document.querySelectorAll("#messages li")].find((one) => one.querySelector(".subject").innerText === text).querySelector(".message").click(), subject);
    await window.until("the message", (text) => document.getElementById("subject").innerText === text && globalThis.earmarkHost.item?.subject === text, subject);
  };
  const menu = async (entry) => {
    await window.press("#mail-actions button", "Categorize");
    await window.press(".menu button", entry);
  };

  await step("the list of the Inbox is shown for the person who is signed in", async () => {
    await window.until("the rows", () => document.querySelector("#messages .message"));
    await window.says("#person option:checked", /Anna Berger/);
    return `${Math.round(await page.evaluate(() => performance.now()))} ms from navigation`;
  });

  await step("a message opens with its body, its file and without what is unread", async () => {
    await openMail(second);
    await window.until("the body", () => document.getElementById("body").contentDocument.querySelector("b")?.textContent === "Anna");
    await window.says("#attachments", /tickets\.csv/);
    await window.until("it is read", (text) => [...document.querySelectorAll("#messages li")].some((one) => one.innerText.includes(text) && !one.classList.contains("unread")), second);
  });

  await step("a folder is chosen and left again", async () => {
    await window.press("#folders button", "Sent Items");
    await window.says("#mail-title", /^Sent Items$/);
    await window.press("#folders button", "Inbox");
    await window.says("#mail-title", /^Inbox$/);
  });

  await step("a new category is made, assigned and shown in its colour", async () => {
    await openMail(second);
    await menu("New category");
    await window.fill("dialog input", "Ferry fleet");
    await page.keyboard.press("Enter");
    await window.says("#message-chips .chip", /^Ferry fleet$/);
    holds(await page.$eval("#message-chips .chip", (chip) => /preset\d/.test(chip.className)), "the chip has no colour");
  });

  await step("the tracking category is assigned by right click", async () => {
    await window.press("#messages .message", second, "right");
    await window.press(".menu button", trackedName);
    await window.until("the chip", (name) => [...document.querySelectorAll("#message-chips .chip")].some((chip) => chip.innerText === name), trackedName);
  });
  await window.pictures("outlook");

  await step("the menu says what is assigned, and clears all", async () => {
    await window.press("#mail-actions button", "Categorize");
    await window.until("the menu", () => document.querySelector(".menu"));
    const checked = await page.$$eval(".menu [role=menuitemcheckbox][aria-checked=true]", (all) => all.length);
    same(checked, 2, "the number of checked categories");
    await window.press(".menu button", "Clear all");
    await window.until("no chip", () => !document.querySelector("#message-chips .chip"));
  });

  await step("a category is renamed on its items, and deleted", async () => {
    await menu("Ferry fleet");
    await window.says("#message-chips .chip", new RegExp("Ferry fleet"));
    await menu("Manage categories");
    await window.fill('[aria-label="Name of Ferry fleet"]', `Boat ${stamp}`);
    await page.keyboard.press("Enter");
    await window.says("dialog .category .chip", new RegExp(`^Boat ${stamp}$`));
    await page.keyboard.press("Escape");
    await window.says("#message-chips .chip", new RegExp(`^Boat ${stamp}$`));
    await menu("Manage categories");
    await window.press(`dialog [aria-label="Delete Boat ${stamp}"]`);
    await window.press(`dialog [aria-label="Delete now: Boat ${stamp}"]`);
    await window.until("it is gone", (name) => ![...document.querySelectorAll("dialog .category .chip")].some((chip) => chip.innerText === name), `Boat ${stamp}`);
    await page.keyboard.press("Escape");
    await menu("Clear all");
  });

  await step("several messages get a category at once", async () => {
    await openMail(first);
    await page.keyboard.down("Control");
    await window.press("#messages .message", second);
    await page.keyboard.up("Control");
    await window.says("#mail-count", /^2 selected$/);
    await menu(trackedName);
    await window.until("both chips", (texts) => texts.every((text) => [...document.querySelectorAll("#messages li")]
      .some((one) => one.querySelector(".subject").innerText === text && one.querySelector(".chip"))), [first, second]);
    await menu("Clear all");
    await window.until("no chips", (texts) => texts.every((text) => [...document.querySelectorAll("#messages li")]
      .some((one) => one.querySelector(".subject").innerText === text && !one.querySelector(".chip"))), [first, second]);
  });

  await step("a conversation is folded under its newest message", async () => {
    await window.press("#grouping");
    await window.press("#messages li:has(.fold) .fold", "2 messages");
    await window.until("the older one", (text) => [...document.querySelectorAll("#messages li.older .subject")].some((one) => one.innerText === text), first);
    await window.press("#grouping");
  });

  await step("the keyboard walks the list and opens the menu", async () => {
    await page.focus("#messages .message[tabindex='0']");
    await page.keyboard.press("Home");
    await page.keyboard.press("ArrowDown");
    await window.until("the second row, read", () => {
      const row = document.querySelectorAll("#messages > li")[1];
      return row.querySelector(".message") === document.activeElement && !row.classList.contains("unread");
    });
    await page.keyboard.down("Shift");
    await page.keyboard.press("F10");
    await page.keyboard.up("Shift");
    await window.until("the menu", () => document.querySelector(".menu")?.contains(document.activeElement));
    await page.keyboard.press("Escape");
    await window.until("the focus is back", () => document.querySelectorAll("#messages .message")[1] === document.activeElement);
  });

  await step("the focus is back as well where the row was drawn anew under its menu", async () => {
    await page.keyboard.down("Shift");
    await page.keyboard.press("F10");
    await page.keyboard.up("Shift");
    await window.until("the menu", () => document.querySelector(".menu")?.contains(document.activeElement));
    const id = await page.$$eval("#messages > li", (rows) => rows[1].dataset.id);
    await call("PATCH", `${user(anna)}/messages/${id}`, { isRead: false });
    await window.until("the row, unread", () => document.querySelectorAll("#messages > li")[1].classList.contains("unread"));
    holds(await page.$(".menu"), "the menu was closed");
    await page.keyboard.press("Escape");
    await window.until("the focus is back", () => document.querySelectorAll("#messages .message")[1] === document.activeElement);
  });

  await step("the calendar shows an occurrence, which is categorized alone or with its series", async () => {
    await window.hash("#calendar");
    await window.press("button.event", `Weekly ${stamp}`);
    await window.says("#event .state", /Occurrence of a series/);
    await window.press("#event [data-part=categorize]");
    await window.press(".menu button", trackedName);
    await window.says("#event .chips .chip", new RegExp(trackedName));
    await window.until("the week", (text) => [...document.querySelectorAll("button.event")].some((one) => one.innerText.includes(text) && one.querySelector(".chip")), `Weekly ${stamp}`);
    await window.press("#event [value=series]");
    await window.until("the series has none", () => !document.querySelector("#event [aria-label='Categories of the series'] .chip"));
    await window.press("#event [data-part=close]");
    await window.press("#calendar button", "Week after");
    await window.until("the next occurrence", (text) => [...document.querySelectorAll("button.event")].some((one) => one.innerText.includes(text) && !one.querySelector(".chip")), `Weekly ${stamp}`);
  });

  await step("a task is made, categorized and completed", async () => {
    await window.hash("#tasks");
    await window.fill("#task-form input", `Call ${stamp}`);
    await page.keyboard.press("Enter");
    await window.press(`[aria-label="Categorize Call ${stamp}"]`);
    await window.press(".menu button", trackedName);
    await window.until("the chip", (text) => [...document.querySelectorAll(".task")].some((one) => one.innerText.includes(text) && one.querySelector(".chip")), `Call ${stamp}`);
    await window.press(`[aria-label="Complete Call ${stamp}"]`);
    await window.until("it is done", (text) => [...document.querySelectorAll(".task.done")].some((one) => one.innerText.includes(text)), `Call ${stamp}`);
  });

  await step("a rule assigns the category to what is delivered after it", async () => {
    await window.hash("#rules");
    await window.fill("#rules form input", `Regatta ${stamp}`);
    await page.select("#rule-category", trackedName);
    await window.press("#rules form button", "Create rule");
    await window.says(".rule", new RegExp(`Regatta ${stamp}`));
    await deliver({ from: MAYA, to: anna, subject: `Regatta ${stamp}` });
    await window.hash("#mail");
    await window.until("it is marked", (text) => [...document.querySelectorAll("#messages li")].some((one) => one.innerText.includes(text) && one.querySelector(".chip")), `Regatta ${stamp}`);
    await window.hash("#rules");
    await window.press(".rule .danger");
    await window.until("no rule", () => !document.querySelector(".rule"));
  });

  await step("a mailbox that is not shared is refused kindly", async () => {
    await window.hash("#mail");
    // The browser itself notes an answer that refuses.
    window.allow(/status of 40[34]/);
    await window.press("#other");
    await window.fill("dialog input", clara);
    await page.keyboard.press("Enter");
    await window.says("dialog .fault", /shares nothing with you/);
    await page.keyboard.press("Escape");
  });

  await step("a delegate opens it and assigns the category", async () => {
    const subject = `For both ${stamp}`;
    await deliver({ from: MAYA, to: ben, subject });
    await call("PUT", `/sandbox/v1/users/${encodeURIComponent(ben)}/mail-permissions`, { address: anna, role: "editor" });
    await window.press("#other");
    await window.press('dialog [aria-label="Open mail of Ben Okafor"]');
    await window.says("#owner", /mailbox of Ben Okafor/);
    await openMail(subject);
    await menu(trackedName);
    await window.says("#message-chips .chip", new RegExp(trackedName));
    same(await page.evaluate(() => globalThis.earmarkHost.item.owner), ben, "whose the item is");
    await window.press("#owner button");
    await window.until("one's own", () => document.getElementById("owner").hidden);
  });

  await step("somebody else signs in", async () => {
    await page.select("#person", clara);
    await window.says("#status", /Signed in as Clara Novak/);
    await window.until("another mailbox", () => document.querySelector("#messages .message"));
    holds(!(await window.texts("#messages .subject")).includes(first), "the mail is still Anna's");
  });

  await check("a paused page asks for nothing", async () => {
    await window.press("#pause");
    await window.rest(500);
    let asked = 0;
    page.on("request", () => { asked += 1; });
    await window.rest(4000);
    same(asked, 0, "the number of requests");
  });
});
