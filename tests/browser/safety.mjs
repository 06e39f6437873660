// What must hold on every page: no fault of accessibility in both colour schemes and both sizes, no
// scrolling sideways, no script out of what people write, the headers that keep pages apart.

import { allViolations } from "./lib/accessibility.mjs";
import { openConsole, signIn, visit } from "./lib/console.mjs";
import { answerVendor, paneShows } from "./lib/pane.mjs";
import { check, holds, program, same } from "./lib/program.mjs";
import { anna, call, origin, trackedName, user } from "./lib/server.mjs";
import { deliverHostile, holdsHostile } from "./lib/hostile-pages.mjs";

/** Every page that a browser can ask for, and what else answers. */
const ANSWERS = [
  "/", "/outlook/", "/crm/", "/admin/", "/help/", "/help/troubleshooting", "/addin/taskpane.html", "/addin/taskpane.html?host=sandbox",
  "/addin/signin.html", "/outlook/message-frame.html", "/assets/common/dom.js", "/api/v1/items", "/graph/v1.0/me",
  "/api/data/v9.2/accounts", "/nothing", "/admin/nothing",
];

await program(async (open) => {
  await headers();
  await accessibility(open);
  await deliverHostile();
  await holdsHostile(open);
});

async function headers() {
  for (const path of ANSWERS) {
    await check(`the headers of ${path} keep it apart`, async () => {
      const answer = await fetch(origin + path, { redirect: "manual" });
      const policy = directives(answer.headers.get("Content-Security-Policy") ?? "");
      same(policy["default-src"], "'none'", "default-src");
      holds(!/unsafe-inline|unsafe-eval|\*|data:|http:/.test(policy["script-src"] ?? ""), `script-src is ${policy["script-src"]}`);
      same(policy["base-uri"], "'none'", "base-uri");
      same(answer.headers.get("X-Content-Type-Options"), "nosniff", "X-Content-Type-Options");
      same(answer.headers.get("Referrer-Policy"), "no-referrer", "Referrer-Policy");
      const ancestors = policy["frame-ancestors"];
      if (path.startsWith("/addin/")) {
        holds(ancestors.includes("'self'") && ancestors.includes("https://outlook.office.com"), `frame-ancestors is ${ancestors}`);
        same(answer.headers.get("X-Frame-Options"), null, "X-Frame-Options");
      } else {
        const isOwnFrame = path === "/outlook/message-frame.html";
        same(ancestors, isOwnFrame ? "'self'" : "'none'", "frame-ancestors");
        same(answer.headers.get("X-Frame-Options"), isOwnFrame ? "SAMEORIGIN" : "DENY", "X-Frame-Options");
      }
      if (path.endsWith("nothing")) same(answer.status, 404, "the status");
    });
  }
}

function directives(policy) {
  return Object.fromEntries(policy.split(";").map((one) => one.trim().split(/\s+/)).map(([name, ...values]) => [name, values.join(" ")]));
}

async function accessibility(open) {
  const clean = (title, window, frame) => check(`${title} has no fault of accessibility in light and dark, wide and narrow`, async () => {
    const name = title.toLowerCase().replaceAll(/[^a-z0-9]+/g, " ").trim().replaceAll(" ", "-");
    const found = await allViolations(window, name, frame);
    holds(found.length === 0, found.join("\n  "));
  });

  const page = await open("/");
  await page.press("#tour-action button");
  await page.until("an entry", () => !document.getElementById("assign").disabled);
  await page.press("#assign");
  await page.says("#state", /^tracked$/);
  await clean("the demo's page", page);
  await page.press("#tab-scenarios");
  await page.until("the scenarios", () => document.querySelector("#scenarios .card"));
  await clean("its list of scenarios", page);
  const { items } = await call("GET", "/api/v1/items?state=tracked");
  await page.close();

  const outlook = await open("/outlook/");
  await outlook.press("#messages .message");
  await outlook.until("the message", () => !document.getElementById("message").hidden);
  await clean("the mail", outlook);
  await outlook.press("#mail-actions button", "Categorize");
  await outlook.until("the menu", () => document.querySelector(".menu"));
  await clean("the menu of categories", outlook);
  await outlook.page.keyboard.press("Escape");
  await outlook.press("#earmark");
  const pane = await outlook.frame("/addin/taskpane.html");
  await paneShows(pane, "tracked", "not_tracked", "untracked_by_user", "tracked_regarding");
  await clean("the mail with the pane", outlook);
  await clean("the pane", outlook, pane);
  await outlook.press("#earmark");
  await outlook.hash("#calendar");
  await outlook.until("the week", () => document.querySelector("#week .day"));
  await clean("the calendar", outlook);
  await outlook.hash("#tasks");
  await outlook.until("the tasks", () => document.getElementById("task-form"));
  await clean("the tasks", outlook);
  await outlook.hash("#rules");
  await outlook.until("the rules", () => document.getElementById("rule-category"));
  await clean("the rules", outlook);
  await outlook.close();

  const crm = await open("/crm/");
  await crm.until("the accounts", () => document.querySelector("main tbody a"));
  await clean("the CRM's list", crm);
  await crm.press("main tbody a");
  await crm.until("a record", () => location.hash.includes("/") && document.querySelector("main h2") && !/Loading/.test(document.querySelector("main").innerText));
  await clean("a record of the CRM", crm);
  await crm.hash(`#activitypointer/${items[0].activityId}`);
  await crm.until("an activity", () => /^#(email|appointment|task)\//.test(location.hash) && !/Loading/.test(document.querySelector("main").innerText));
  await clean("an activity of the CRM", crm);
  await crm.close();

  const console_ = await openConsole(open);
  await clean("the console's sign-in", console_);
  await signIn(console_);
  const places = [
    "#/overview", "#/mailboxes", `#/mailboxes/${encodeURIComponent(anna)}`, "#/items", `#/items/${items[0].id}`, "#/failures",
    "#/alerts", "#/settings", "#/settings/TrackCategorizedItems", "#/about",
  ];
  for (const place of places) {
    await visit(console_, place);
    await clean(`the console's page ${place.replace(items[0].id, "of one")}`, console_);
  }
  await console_.close();

  for (const path of ["/addin/taskpane.html?host=sandbox", "/addin/signin.html", "/help/", "/help/troubleshooting"]) {
    const one = await open(path, { before: path.includes("signin") ? answerVendor : undefined });
    if (path.includes("taskpane")) await paneShows(one.page.mainFrame(), "no_item", "outside", "signed_out");
    await clean(path, one);
    await one.close();
  }
  // What was tracked for this is let go again.
  const { value } = await call("GET", `${user(anna)}/messages?$filter=${encodeURIComponent(`categories/any(a:a eq '${trackedName}')`)}`);
  for (const one of value) await call("PATCH", `${user(anna)}/messages/${one.id}`, { categories: [] });
}
