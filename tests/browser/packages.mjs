// The published packages that the programs use. It is copied beside the packages where they are
// installed, because a module finds its packages from where it lies.

import { createRequire } from "node:module";

export { default as chromium } from "@sparticuz/chromium";
export { default as puppeteer } from "puppeteer-core";

/** The file of axe-core that is run in a page. */
export const axeFile = createRequire(import.meta.url).resolve("axe-core/axe.min.js");
