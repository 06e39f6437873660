// The CRM's pages: lists, a record with its timeline, an activity.

import { holds, program, same, step } from "./lib/program.mjs";
import { anna, call, createRecord, deliver, eventually, messageOf, trackedName, user } from "./lib/server.mjs";

const stamp = Date.now().toString(36);
const name = `Ångström & Søn ${stamp}`;
const subject = `Offer ${stamp}`;

await program(async (open) => {
  const account = await createRecord("accounts", { name });
  await createRecord("contacts", {
    firstname: "Ida", lastname: `Søn ${stamp}`, emailaddress1: `ida.${stamp}@soen.example`, "parentcustomerid_account@odata.bind": `/accounts(${account})`,
  });
  const window = await open("/crm/");
  const { page } = window;

  await step("the accounts are listed", async () => {
    await window.until("the rows", () => document.querySelector("main tbody a"));
    return `${Math.round(await page.evaluate(() => performance.now()))} ms from navigation`;
  });

  await step("every table has a list", async () => {
    const hashes = await page.$$eval("#tables a", (links) => links.map((link) => link.hash));
    holds(hashes.length >= 8, `there are ${hashes.length} tables`);
    for (const hash of hashes) {
      await window.hash(hash);
      await window.until(`the list ${hash}`, (wanted) => location.hash === wanted && document.querySelector("#tables [aria-current=page]")?.hash === wanted
        && document.querySelector("main h2") && [...document.querySelectorAll("main table, main .empty")].some((one) => one.checkVisibility() && !/Loading/.test(one.innerText)), hash);
    }
    return `${hashes.length} tables`;
  });

  await step("the search finds a record by a part of its name", async () => {
    await window.hash("#account");
    await window.fill("main input[type=search]", `søn ${stamp}`);
    await window.until("one row", (wanted) => {
      const rows = [...document.querySelectorAll("main tbody a")].map((link) => link.innerText);
      return rows.length === 1 && rows[0] === wanted;
    }, name);
  });

  await step("an email that is tracked slides into the timeline of the account that it is about", async () => {
    await window.press("main tbody a", name);
    await window.says("main h2", new RegExp(stamp));
    await deliver({ from: `Ida Søn <ida.${stamp}@soen.example>`.replace("ø", "o"), to: anna, subject, html: "<p>Dear <i>Anna</i></p>", file: "offer.csv" });
    const message = await messageOf(anna, subject);
    await call("PATCH", `${user(anna)}/messages/${message.id}`, { categories: [trackedName] });
    const item = await eventually("its record", async () => {
      const { items } = await call("GET", `/api/v1/items?mailbox=${anna}&messageId=${encodeURIComponent(message.internetMessageId)}`);
      return items.find((one) => one.activityId);
    });
    await call("PATCH", `/api/data/v9.2/emails(${item.activityId})`, { "regardingobjectid_account_email@odata.bind": `/accounts(${account})` });
    await window.until("it is in the timeline", (text) => document.querySelector("main").innerText.includes(text), subject);
  });

  await step("the activity has its parties, what they resolved to, its text, its file and its origin", async () => {
    await window.press("main a", subject);
    await window.says("main h2", new RegExp(subject));
    await window.until("its parts", () => !/Loading/.test(document.querySelector("main").innerText) && /Anna Berger/.test(document.querySelector("main").innerText));
    const text = await window.text("main");
    for (const part of [name, "Anna Berger", "Ida", "Dear Anna", "offer.csv"]) holds(text.includes(part), `the page has no “${part}”: ${text}`);
    holds(/contact/i.test(text), "it does not say that the sender is a contact");
  });

  await step("an account's timeline has what its contacts wrote", async () => {
    const maya = "Maya Lindqvist <maya.lindqvist@harbourlight.example>";
    for (const text of ["Drawings of the new quay", "Second workshop in March", "Offer for nine service books"]) {
      await deliver({ from: maya, to: anna, subject: text });
      const message = await messageOf(anna, text);
      await call("PATCH", `${user(anna)}/messages/${message.id}`, { categories: [trackedName] });
    }
    const other = await open("/crm/");
    await other.press("main tbody a", "Harbourlight Ferries");
    await other.until("three activities", () => ["Drawings", "Second workshop", "Offer for nine"].every((text) => document.querySelector("main").innerText.includes(text)));
    await other.pictures("crm");
    await other.close();
  });

  await step("Back leads to the record, and another user is chosen", async () => {
    await page.goBack();
    await window.says("main h2", new RegExp(stamp));
    await page.select("#user", await page.$$eval("#user option", (all) => all.find((one) => /Ben/.test(one.text)).value));
    await window.until("it is shown to the other one", (wanted) => document.querySelector("main h2")?.innerText.includes(wanted) && document.getElementById("user").selectedOptions[0].text.includes("Ben"), stamp);
  });

  await step("what is not there is said, with a way on", async () => {
    window.allow(/status of 404/);
    await window.hash("#account/00000000-0000-0000-0000-000000000001");
    await window.says("main", /cannot be shown|not there|does not exist/i);
    await window.hash("#nothing");
    await window.says("main h2", /^Nothing here$/);
    same(await page.$eval("#tables", (nav) => nav.checkVisibility()), true, "the tables are shown");
  });
});
