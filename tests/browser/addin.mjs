// The add-in's pane beside the sandbox's Outlook, and as Outlook itself loads it, with a stand-in
// for the vendor's library.

import { holds, program, same, step } from "./lib/program.mjs";
import { answerVendor, paneAct, paneRegarding, paneShows, paneText } from "./lib/pane.mjs";
import { anna, call, deliver, eventually, messageOf, trackedName, user, userToken } from "./lib/server.mjs";

const MAYA = "Maya Lindqvist <maya.lindqvist@harbourlight.example>";
const stamp = Date.now().toString(36);
const [subject, second, third] = ["Service book of the Aurora", "Crew list for Friday", "Fuel figures"];

await program(async (open) => {
  for (const text of [subject, second, third]) await deliver({ from: MAYA, to: anna, subject: text });
  const categories = async () => (await messageOf(anna, subject)).categories;
  const window = await open("/outlook/");
  const { page } = window;
  await window.press("#earmark");
  const pane = await window.frame("/addin/taskpane.html");

  await step("without an item the pane asks for one", async () => {
    await paneShows(pane, "no_item");
  });

  await step("a message that nobody tracked is tracked by the pane's button", async () => {
    await window.press("#messages .message", third);
    await paneShows(pane, "not_tracked");
    await page.evaluate((text) => [...document.querySelectorAll("#messages li")].find((one) => one.querySelector(".subject").innerText === text).querySelector(".message").click(), subject);
    await pane.waitForFunction((text) => document.getElementById("subject").innerText === text, {}, subject);
    await paneShows(pane, "not_tracked");
    const pressed = performance.now();
    await paneAct(pane, "track");
    await paneShows(pane, "tracked");
    const took = Math.round(performance.now() - pressed);
    same(await categories(), [trackedName], "the categories");
    holds(/^\/crm\/#email\//.test(await pane.$eval("#actions a", (link) => link.getAttribute("href"))), "the record has no link");
    return `${took} ms`;
  });

  await step("the keyboard alone finds a record and sets it as regarding", async () => {
    await pane.focus("#title");
    for (let presses = 0; presses < 8; presses += 1) {
      if (await pane.evaluate(() => document.activeElement.id === "query")) break;
      await page.keyboard.press("Tab");
    }
    same(await pane.evaluate(() => document.activeElement.id), "query", "where Tab leads");
    return `regarding ${await paneRegarding(window, pane, "tide")}`;
  });
  await window.until("the category in the list", (text) => [...document.querySelectorAll("#messages li")]
    .some((one) => one.innerText.includes(text) && one.querySelector(".chip")), subject);
  await window.pictures("add-in");

  await step("the regarding is taken off again", async () => {
    await (await pane.waitForSelector('[aria-label="Remove regarding"]', { visible: true })).click();
    await paneShows(pane, "tracked");
  });

  await step("untracking takes the category off, and tracking again puts it back", async () => {
    await paneAct(pane, "untrack");
    await paneShows(pane, "untracked_by_user");
    same(await categories(), [], "the categories");
    await paneAct(pane, "track_again");
    await paneShows(pane, "tracked");
  });

  await step("a category that is taken off in Outlook is seen by the pane", async () => {
    const message = await messageOf(anna, subject);
    await call("PATCH", `${user(anna)}/messages/${message.id}`, { categories: [] });
    await pane.waitForFunction(() => document.documentElement.dataset.view === "untracked_by_user", { timeout: 40_000, polling: 200 });
  });

  await step("several messages are tracked at once", async () => {
    await page.keyboard.down("Control");
    await window.press("#messages .message", second);
    await page.keyboard.up("Control");
    await paneShows(pane, "multi");
    same(await pane.$$eval("#rows li", (rows) => rows.length), 2, "the number of rows");
    await paneAct(pane, "track_all");
    await pane.waitForFunction(() => /2 of 2 tracked/.test(document.getElementById("text").innerText), { timeout: 20_000 });
  });

  await step("the pane follows to an appointment", async () => {
    const start = new Date().toISOString().slice(0, 10);
    await call("POST", `${user(anna)}/events`, {
      subject: `Visit ${stamp}`, start: { dateTime: `${start}T09:00:00`, timeZone: "UTC" }, end: { dateTime: `${start}T10:00:00`, timeZone: "UTC" },
    });
    await window.hash("#calendar");
    await window.press("button.event", `Visit ${stamp}`);
    await paneShows(pane, "not_tracked");
    await paneAct(pane, "track");
    await paneShows(pane, "tracked");
    holds(/^\/crm\/#appointment\//.test(await pane.$eval("#actions a", (link) => link.getAttribute("href"))), "the record has no link");
  });
  await window.close();

  await step("a token that is refused leads to the sign-in, which refuses a wrong password", async () => {
    const refused = await open("/outlook/");
    // The browser itself notes an answer that refuses.
    refused.allow(/status of 40[01]/);
    await refused.press("#messages .message", subject);
    await refused.until("the item", () => globalThis.earmarkHost.item);
    await refused.page.evaluate(() => {
      const { earmarkHost } = globalThis;
      const granted = earmarkHost.accessToken;
      earmarkHost.accessToken = async () => "not-a-token";
      earmarkHost.mend = () => { earmarkHost.accessToken = granted; };
    });
    await refused.press("#earmark");
    const signedOut = await refused.frame("/addin/taskpane.html");
    await paneShows(signedOut, "signed_out");
    same(await paneText(signedOut, '[data-action="sign_in"]'), "Sign in", "the button");
    await refused.page.evaluate(() => globalThis.earmarkHost.mend());
    await paneAct(signedOut, "sign_in");
    const form = await refused.frame("/addin/signin.html");
    await form.waitForSelector("#username", { visible: true });
    await form.type("#username", anna);
    await form.type("#password", "wrong");
    await refused.page.keyboard.press("Enter");
    await form.waitForFunction(() => /not right/.test(document.getElementById("problem").innerText));
    await form.type("#password", "demo");
    await refused.page.keyboard.press("Enter");
    await paneShows(signedOut, "tracked", "not_tracked", "untracked_by_user");
    await refused.close();
  });

  await step("the page of the sign-in says what is wrong where nobody asked for it", async () => {
    const alone = await open("/addin/signin.html", { before: answerVendor });
    await alone.until("some words", () => document.querySelector("main").innerText.trim().length > 10);
    await alone.close();
  });

  await step("the pane as Outlook loads it asks the vendor for the library and nobody for anything else", async () => {
    let asked = [];
    const before = async (one) => { asked = await answerVendor(one); };
    const outlook = await open("/addin/taskpane.html", { before, size: { width: 320, height: 640 } });
    await paneShows(outlook.page.mainFrame(), "no_item");
    same(asked, ["https://appsforoffice.microsoft.com/lib/1/hosted/office.js"], "what was asked for");
    const token = await userToken(anna, "api://earmark/Tracking.ReadWrite");
    const message = await messageOf(anna, third);
    await outlook.page.evaluate((given, address, item) => {
      globalThis.__host.token(given);
      globalThis.__host.setUser(address);
      globalThis.__host.select(item);
    }, token, anna, { itemType: "message", mode: "read", itemId: message.id, subject: message.subject, internetMessageId: message.internetMessageId });
    await paneShows(outlook.page.mainFrame(), "not_tracked");
    await paneAct(outlook.page, "track");
    await paneShows(outlook.page.mainFrame(), "tracked");
    await eventually("the category", async () => (await messageOf(anna, message.subject)).categories.includes(trackedName));
    await outlook.close();
  });
});
