// A window of the browser that hears everything that must not happen: an error in the console, a
// dialog, a broken policy, a request to another host.

import { mkdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import { origin } from "./server.mjs";

/** The two sizes that every page is looked at in. */
export const WIDE = { width: 1280, height: 800 };
export const NARROW = { width: 320, height: 640 };

/** Units: milliseconds that something on a page may take. */
const LIMIT = 15_000;

export class Window {
  /** Every window that is open. */
  static all = new Set();

  /**
   * Opens a page of the demo.
   * @param {import("puppeteer-core").Browser} browser
   * @param {string} path below the demo's address
   * @param {{size?: object, scheme?: "light"|"dark", before?: (window: Window) => Promise<void>}} [options]
   *   `before` runs before the page is loaded
   */
  static async open(browser, path, { size = WIDE, scheme = "light", before } = {}) {
    // Each window has cookies and storage of its own.
    const context = await browser.createBrowserContext();
    const window = new Window(await context.newPage());
    Window.all.add(window);
    await window.listen();
    await window.look(size, scheme);
    await before?.(window);
    if (path) await window.go(path);
    return window;
  }

  constructor(page) {
    /** The page of the browser. */
    this.page = page;
    this.faults = [];
    this.allowed = [];
    this.hosts = [];
    page.setDefaultTimeout(LIMIT);
  }

  async listen() {
    const { page } = this;
    await page.exposeFunction("__heardViolation", (what) => this.faults.push(`broken policy: ${what}`));
    await page.evaluateOnNewDocument(() => {
      document.addEventListener("securitypolicyviolation", (event) => {
        globalThis.__heardViolation?.(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`);
      });
    });
    page.on("console", (message) => {
      if (message.type() === "error") this.faults.push(`console: ${message.text()} ${message.location()?.url ?? ""}`);
    });
    page.on("pageerror", (error) => this.faults.push(`error: ${error.stack ?? error.message}`));
    page.on("dialog", async (dialog) => {
      this.faults.push(`dialog: ${dialog.message()}`);
      await dialog.dismiss();
    });
    page.on("request", (request) => {
      const { protocol, origin: from } = new URL(request.url());
      const isOwn = ["data:", "about:", "blob:"].includes(protocol) || from === origin || this.hosts.includes(from);
      if (!isOwn) this.faults.push(`request to another host: ${request.url()}`);
    });
  }

  /** Lets an error pass that a step brings about on purpose. */
  allow(pattern) {
    this.allowed.push(pattern);
  }

  /** What was heard since the last time. */
  takeFaults() {
    return this.faults.splice(0).filter((fault) => !this.allowed.some((pattern) => pattern.test(fault)));
  }

  /** Throws where something was heard. */
  holdClean() {
    const faults = this.takeFaults();
    if (faults.length > 0) throw new Error(faults.join("\n  "));
  }

  /** Changes the size and the colours. */
  async look(size, scheme) {
    await this.page.setViewport(size);
    await this.page.emulateMediaFeatures([
      { name: "prefers-color-scheme", value: scheme },
      { name: "prefers-reduced-motion", value: "reduce" },
    ]);
  }

  /** Loads a page of the demo. */
  go(path) {
    return this.page.goto(origin + path, { waitUntil: "load" });
  }

  /** Changes what stands behind the `#`, as a link of the page does. */
  hash(hash) {
    return this.page.evaluate((to) => { location.hash = to; }, hash);
  }

  /** Waits until a function, run in the page, answers something true; answers that. */
  async until(what, look, ...parameters) {
    try {
      const found = await this.page.waitForFunction(look, { timeout: LIMIT, polling: 50 }, ...parameters);
      return await found.jsonValue();
    } catch (error) {
      const text = await this.page.evaluate(() => document.body.innerText.slice(0, 600)).catch(() => "");
      throw new Error(`${what} did not come about: ${error.message}\n${text.replaceAll("\n", " | ")}`);
    }
  }

  /** The text of the first element that fits. */
  text(selector) {
    return this.page.$eval(selector, (element) => element.innerText.trim());
  }

  /** The texts of all elements that fit. */
  texts(selector) {
    return this.page.$$eval(selector, (all) => all.map((element) => element.innerText.trim()));
  }

  /** Waits until an element has a text that fits. */
  says(selector, pattern) {
    return this.until(`${selector} says ${pattern}`, (where, source, flags) => {
      const fits = new RegExp(source, flags);
      return [...document.querySelectorAll(where)].map((one) => one.innerText.trim()).find((text) => fits.test(text)) ?? false;
    }, selector, pattern.source, pattern.flags);
  }

  /** Presses the first element that fits and is shown, by its text where one is given. */
  async press(selector, text, button = "left") {
    const end = Date.now() + LIMIT;
    for (;;) {
      const handle = await this.page.waitForFunction((where, words) => [...document.querySelectorAll(where)].find((one) => {
        const name = (one.getAttribute("aria-label") ?? one.textContent).trim();
        return one.checkVisibility() && !one.disabled && (words === null || name.includes(words) || one.textContent.includes(words));
      }), { timeout: LIMIT, polling: 50 }, selector, text ?? null).catch(() => {
        throw new Error(`there is no ${selector}${text ? ` “${text}”` : ""} to press`);
      });
      const element = handle.asElement();
      try {
        await element.scrollIntoView();
        await element.click({ button });
        return;
      } catch (error) {
        // The page may have drawn it anew in between.
        if (Date.now() > end) throw error;
      }
    }
  }

  /** Puts a text into a field in the place of what it holds. */
  async fill(selector, text) {
    await this.page.waitForSelector(selector, { visible: true });
    await this.page.$eval(selector, (field) => {
      field.focus();
      field.select?.();
    });
    await this.page.keyboard.press("Backspace");
    await this.page.keyboard.type(text);
  }

  /** What has the focus: its id, or its text. */
  focused() {
    return this.page.evaluate(() => document.activeElement.id || document.activeElement.textContent.trim());
  }

  /** Whether the page is wider than its window. */
  overflows() {
    return this.page.evaluate(() => document.documentElement.scrollWidth > document.documentElement.clientWidth);
  }

  /** The frame whose address has a path. */
  async frame(path) {
    const found = await this.page.waitForFrame((frame) => frame.url().includes(path), { timeout: LIMIT });
    await found.waitForFunction(() => document.readyState === "complete", { timeout: LIMIT });
    return found;
  }

  /** Waits a little: for things that must not happen. */
  rest(milliseconds) {
    return new Promise((done) => setTimeout(done, milliseconds));
  }

  /** Writes pictures, light and dark, where they are asked for. */
  async pictures(name) {
    if (!process.env.EARMARK_SCREENSHOTS) return;
    for (const [scheme, file] of [["dark", `${name}-dark`], ["light", name]]) {
      await this.look(WIDE, scheme);
      await this.rest(300);
      await this.picture(file);
    }
  }

  /** Writes one picture where pictures are asked for. */
  async picture(name) {
    const folder = process.env.EARMARK_SCREENSHOTS;
    if (!folder) return;
    const path = join(folder, `${name}.png`);
    await mkdir(dirname(path), { recursive: true });
    await this.page.screenshot({ path });
  }

  async close() {
    Window.all.delete(this);
    await this.page.browserContext().close();
  }
}
