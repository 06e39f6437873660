// The sixty seconds of the demo's page: track a message, look at it in the pane, take the category
// off, let it fail and mend it, import a file, and play every scenario.

import { writeFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { holds, program, same, step } from "./lib/program.mjs";
import { paneRegarding, paneShows, paneText } from "./lib/pane.mjs";
import { deliver, trackedName } from "./lib/server.mjs";

const STATE = /^tracked$/;
let subject = "";

await program(async (open) => {
  const window = await open("/");
  const { page } = window;
  const cards = () => page.$$eval("#timeline > li", (all) => all.length);

  await step("the page is usable", async () => {
    await window.until("a row and a record's place", () => document.querySelector("#list .row") && document.getElementById("tour-title"));
    return `${Math.round(await page.evaluate(() => performance.now()))} ms from navigation`;
  });

  await step("the coach mark points at a customer's message, and choosing it marks the Assign button", async () => {
    holds(await page.$("#list [data-coached] .row, #list li[data-coached]"), "no row is marked");
    await window.press("#tour-action button");
    await window.until("the button is marked", () => document.getElementById("assign").hasAttribute("data-coached"));
    same(await window.focused(), "assign", "the focus");
    subject = await window.text("#subject");
  });

  await step("assigning the category slides a record into the timeline", async () => {
    const before = await cards();
    // The mark of a new record goes with the next look, so it is watched for.
    await page.evaluate(() => {
      const list = document.getElementById("timeline");
      const watch = new MutationObserver(() => {
        if (!list.querySelector(".fresh")) return;
        watch.disconnect();
        list.dataset.slid = "";
      });
      watch.observe(list, { subtree: true, childList: true, attributes: true });
    });
    const pressed = performance.now();
    await page.keyboard.press("Enter");
    await window.says("#state", STATE);
    const took = Math.round(performance.now() - pressed);
    await window.until("a record", (count) => document.querySelectorAll("#timeline > li").length > count, before);
    holds(await page.$("#timeline[data-slid]"), "the record did not slide in");
    holds((await window.texts("#timeline .subject")).includes(subject), `the timeline has no “${subject}”`);
    await window.says("#chips .chip", new RegExp(`^${trackedName}$`));
    await window.says("#list [aria-current=true] .state", STATE);
    await window.says("#events .chain", /tracked/);
    return `tracked ${took} ms after the key`;
  });
  await window.pictures("demo");

  await step("the tour goes on to the Outlook pages, whose pane says that the message is tracked", async () => {
    await window.press("#tour-next");
    same(await page.$eval("#tour-action a", (link) => link.getAttribute("href")), "/outlook/", "the tour's link");
    await window.press("#tour-action a");
    await window.press("#messages .message", subject);
    await window.says("#subject", new RegExp(escaped(subject)));
    await window.press("#earmark");
    const pane = await window.frame("/addin/taskpane.html");
    await paneShows(pane, "tracked", "tracked_regarding");
    same(await paneText(pane, "#title"), "Tracked", "what the pane says");
  });

  await step("a regarding record is found and set in the pane", async () => {
    return `regarding ${await paneRegarding(window, await window.frame("/addin/taskpane.html"), "tide")}`;
  });

  await step("without the category the record stays, and the message is untracked", async () => {
    await window.go("/");
    await window.until("the rows", () => document.querySelector("#list .row"));
    await choose(window, subject);
    const before = await cards();
    await window.press("#remove");
    await window.says("#state", /^untracked by user$/);
    same(await cards(), before, "the number of records");
    holds((await window.texts("#timeline .subject")).includes(subject), "the record is gone");
  });

  const failing = `Please call me back ${Date.now()}`;
  await step("while it fails on purpose a message ends undeliverable", async () => {
    await deliver({ from: "Maya Lindqvist <maya.lindqvist@harbourlight.example>", to: "anna.berger@lindengrove.example", subject: failing });
    await window.press("#fail");
    await window.until("it says that it fails", () => document.getElementById("fail").getAttribute("aria-pressed") === "true");
    await choose(window, failing);
    await window.press("#assign");
    await window.says("#state", /^retrying$/);
    await window.press("#hurry");
    await window.says("#state", /^undeliverable$/);
    await window.says("#chips .chip", /undeliverable/i);
    holds((await window.text("#explanation")).length > 10, "nothing explains it");
  });

  await step("mended and assigned again it is tracked", async () => {
    await window.press("#fail");
    await window.until("it says that it is mended", () => document.getElementById("fail").getAttribute("aria-pressed") === "false");
    if (await page.$eval("#assign", (button) => button.disabled)) await window.press("#remove");
    await window.press("#assign");
    await window.says("#state", STATE);
    holds((await window.texts("#timeline .subject")).includes(failing), "there is no record");
  });

  await step("a file is imported by the button", async () => {
    const folder = await mkdtemp(join(tmpdir(), "earmark-"));
    try {
      const name = `Imported ${Date.now()}`;
      const file = join(folder, "one.eml");
      await writeFile(file, `From: Rupert Osei <rupert.osei@quillon.example>\r\nTo: anna.berger@lindengrove.example\r\nSubject: ${name}\r\nMessage-ID: <${Date.now()}@quillon.example>\r\nDate: ${new Date().toUTCString()}\r\n\r\nHello\r\n`);
      const [chooser] = await Promise.all([page.waitForFileChooser(), window.press("#import")]);
      await chooser.accept([file]);
      await window.says("#imports li", /Imported 1, skipped 0/);
      await window.says("#list .row", new RegExp(name));
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  await window.press("#tab-scenarios");
  await window.until("the scenarios", () => document.querySelector("#scenarios .card"));
  const titles = await window.texts("#scenarios .card h3");
  for (const title of titles) {
    await step(`the scenario “${title}” passes`, async () => {
      await window.press("#scenarios .card button", `Run ${title}`);
      const outcome = await window.until("an outcome", (wanted) => {
        const card = [...document.querySelectorAll("#scenarios .card")].find((one) => one.querySelector("h3").innerText.trim() === wanted);
        const said = card.querySelector(".outcome").innerText.trim();
        return /passed|failed|did not run/.test(said) && { said, lines: [...card.querySelectorAll(".assertions > li")].map((line) => line.innerText) };
      }, title);
      same(outcome.said, "passed", `the outcome of ${outcome.lines.join(" / ")}`);
      holds(outcome.lines.length > 0, "it has no assertion");
      return `${outcome.lines.length} assertions`;
    });
  }
  await step("there are scenarios", async () => {
    holds(titles.length >= 6, `there are ${titles.length}`);
  });
});

/** Chooses a message of the list by its subject. */
async function choose(window, wanted) {
  await window.press("#list .row", wanted);
  await window.until("it is shown", (text) => document.getElementById("subject").innerText.trim() === text, wanted);
  await window.until("its buttons", () => !document.getElementById("assign").disabled || !document.getElementById("remove").disabled);
}

function escaped(text) {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
