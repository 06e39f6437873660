// Shows one page at a time: loads it, keeps it fresh, and says what went wrong.

import { make, say } from "/assets/common/dom.js";
import { failed } from "./parts.js";
import { isAbort } from "./session.js";

const REFRESH_MS = 5000;
const STILL_LOADING_MS = 1000;

/**
 * @typedef {object} Page
 * @property {string} title its heading
 * @property {Element} content what it shows once it is loaded
 * @property {(place: import("./place.js").Place, signal: AbortSignal) => Promise<void>} load
 * @property {boolean} [isLive] whether it is cheap enough to be loaded again and again
 */

/** The part of the screen in which pages are shown. */
export class Stage {
  constructor(main, open) {
    this.main = main;
    this.open = open;
    this.isPaused = false;
    setInterval(() => this.refresh(), REFRESH_MS);
    document.addEventListener("visibilitychange", () => this.refresh());
  }

  /** Shows a place; the same page goes on with its new filters. */
  async show(place) {
    this.abort?.abort();
    this.abort = new AbortController();
    const key = `${place.page}/${place.id}`;
    const isNew = key !== this.key;
    this.place = place;
    if (isNew) {
      const wasShown = this.key !== undefined;
      this.key = key;
      this.page = this.open(place);
      this.build();
      if (wasShown) this.heading.focus();
    }
    await this.load();
  }

  /** Leaves the page, for example to sign in. */
  clear() {
    this.abort?.abort();
    this.page = null;
    this.key = undefined;
    this.main.replaceChildren();
  }

  /** Loads the page again, if it is live and somebody looks. */
  async refresh() {
    if (!this.page?.isLive || this.isPaused || document.hidden || this.isLoading || !this.isLoaded) return;
    await this.load(true);
  }

  /** Loads the page again because something was changed. */
  async again() {
    if (this.page) await this.load(true);
  }

  build() {
    this.isLoaded = false;
    this.heading = make("h2", { class: "title", tabindex: "-1", text: this.page.title });
    this.trouble = make("div", { class: "trouble" });
    this.waiting = make("p", { class: "empty", text: "Loading…" });
    this.page.content.hidden = true;
    this.main.replaceChildren(this.heading, this.trouble, this.waiting, this.page.content);
    document.title = `${this.page.title} – Earmark Console`;
  }

  async load(isQuiet = false) {
    const { page, abort, place } = this;
    this.isLoading = true;
    const began = Date.now();
    const clock = setInterval(() => {
      const seconds = Math.round((Date.now() - began) / 1000);
      this.waiting.textContent = `Still loading, ${seconds} s`;
    }, STILL_LOADING_MS);
    try {
      await page.load(place, abort.signal);
      if (abort.signal.aborted) return;
      this.loadedAt = Date.now();
      this.isLoaded = true;
      this.waiting.hidden = true;
      page.content.hidden = false;
      this.trouble.replaceChildren();
    } catch (error) {
      if (isAbort(error) || abort.signal.aborted) return;
      this.waiting.hidden = true;
      this.complain(error, isQuiet);
    } finally {
      clearInterval(clock);
      if (this.abort === abort) this.isLoading = false;
    }
  }

  complain(error, isQuiet) {
    const at = new Date(this.loadedAt ?? 0).toLocaleTimeString();
    const what = this.isLoaded && isQuiet
      ? `Live updates are interrupted. What you see is of ${at}; it is tried again every ${REFRESH_MS / 1000} seconds.`
      : `${this.page.title} cannot be shown.`;
    if (!this.isLoaded) this.page.content.hidden = true;
    this.trouble.replaceChildren(failed(what, error, () => this.load()));
    say(what, true);
  }
}
