// The add-in's pane, in whichever frame it is.

import { Otherwise } from "./program.mjs";
import { origin } from "./server.mjs";

/** Where Outlook's own library comes from. */
const VENDOR = "https://appsforoffice.microsoft.com";

/** Units: milliseconds that the pane may take. */
const LIMIT = 20_000;

/** Waits until the pane shows one of the views. */
export async function paneShows(pane, ...views) {
  try {
    await pane.waitForFunction((wanted) => wanted.includes(document.documentElement.dataset.view), { timeout: LIMIT, polling: 50 }, views);
  } catch {
    const [view, text] = await pane.evaluate(() => [document.documentElement.dataset.view, document.body.innerText.slice(0, 300)]);
    throw new Otherwise(`the pane shows ${view} and not ${views.join(" or ")}: ${text.replaceAll("\n", " | ")}`);
  }
}

/** What a part of the pane says. */
export const paneText = (pane, selector) => pane.$eval(selector, (element) => element.innerText.trim());

/** Presses one of the pane's actions. */
export async function paneAct(pane, action) {
  const button = await pane.waitForSelector(`[data-action="${action}"]`, { visible: true, timeout: LIMIT });
  await button.click();
}

/** Searches a record by the keyboard alone and takes the first one found; answers its name. */
export async function paneRegarding(window, pane, text) {
  const change = await pane.$("#change");
  if (change) await change.click();
  await pane.waitForSelector("#query", { visible: true });
  await pane.focus("#query");
  await window.page.keyboard.type(text, { delay: 20 });
  await pane.waitForFunction((typed) => {
    const option = document.querySelector('#found [role="option"] mark');
    return option?.checkVisibility() && option.textContent.toLowerCase() === typed.toLowerCase();
  }, { timeout: LIMIT, polling: 50 }, text);
  await window.page.keyboard.press("ArrowDown");
  const name = await pane.evaluate(() => {
    const id = document.getElementById("query").getAttribute("aria-activedescendant");
    return document.getElementById(id).firstElementChild.nextElementSibling.firstChild.parentElement.innerText.split(",")[0].trim();
  });
  await window.page.keyboard.press("Enter");
  await paneShows(pane, "tracked_regarding");
  const card = await paneText(pane, "#record");
  if (!card.includes(name)) throw new Otherwise(`the pane says “${card}” and not “${name}”`);
  return name;
}

/**
 * Answers what a window asks of the vendor with the sandbox's stand-in.
 * @returns {Promise<string[]>} every address that is asked for, as it comes
 */
export async function answerVendor(window) {
  const asked = [];
  const body = await (await fetch(`${origin}/addin/host/office.js`)).text();
  window.hosts.push(VENDOR);
  await window.page.setRequestInterception(true);
  window.page.on("request", (request) => {
    if (!request.url().startsWith(VENDOR)) return request.continue();
    asked.push(request.url());
    return request.respond({ contentType: "text/javascript", body });
  });
  return asked;
}
