// Where the installed packages come from.

import { join } from "node:path";
import { pathToFileURL } from "node:url";

const folder = process.env.EARMARK_BROWSER_PACKAGES ?? join(import.meta.dirname, "..");

export const { chromium, puppeteer, axeFile } = await import(pathToFileURL(join(folder, "packages.mjs")));
