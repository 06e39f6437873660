// The frame of every program: one browser, steps that say what they proved, and the end.

import { chromium, puppeteer } from "./packages.mjs";
import { Window } from "./window.mjs";
import { meetPeople } from "./people.mjs";
import { adminToken, origin } from "./server.mjs";

let passed = 0;
let failed = 0;

/** What a step found to be otherwise than it should be. */
export class Otherwise extends Error {}

/** Ends a program whose step failed and was told. */
class Ended extends Error {}

/** Holds a step to something. */
export function holds(isSo, what) {
  if (!isSo) throw new Otherwise(what);
}

/** Holds a step to a value. */
export function same(found, wanted, what) {
  const [left, right] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (left !== right) throw new Otherwise(`${what} is ${left} and not ${right}`);
}

/**
 * One step: prints that it held, and the figure that it answers where it answers one. The first one
 * that fails ends the program.
 * @param {string} title a sentence that the step proves
 * @param {() => Promise<string|void>} prove
 */
export async function step(title, prove) {
  if (!await check(title, prove)) throw new Ended(title);
}

/** A step after which the program goes on even where it failed. */
export async function check(title, prove) {
  try {
    const figure = await prove();
    Window.all.forEach((window) => window.holdClean());
    passed += 1;
    console.log(`ok ${title}${figure ? ` (${figure})` : ""}`);
    return true;
  } catch (error) {
    failed += 1;
    const why = error instanceof Otherwise ? error.message : error.stack;
    console.log(`FAILED ${title}: ${why}`);
    for (const window of Window.all) for (const fault of window.takeFaults()) console.log(`  also: ${fault}`);
    return false;
  }
}

/**
 * Runs a program: `tell` gets a function that opens a window.
 * @param {(open: (path: string, options?: object) => Promise<Window>) => Promise<void>} tell
 */
export async function program(tell) {
  if (!origin || !adminToken) {
    console.error("EARMARK_DEMO and EARMARK_DEMO_TOKEN say which demo this runs against");
    process.exit(2);
  }
  let browser;
  try {
    await meetPeople();
    const own = process.env.EARMARK_BROWSER;
    browser = await puppeteer.launch({
      executablePath: own || await chromium.executablePath(),
      // One process for all cannot keep windows apart.
      args: own ? ["--no-sandbox"] : chromium.args.filter((argument) => argument !== "--single-process"),
      headless: "shell",
      // The demo's authority is its own; only the demo is ever asked.
      acceptInsecureCerts: true,
    });
    await tell((path, options) => Window.open(browser, path, options));
    if (failed === 0) console.log(`done ${passed}`);
  } catch (error) {
    if (!(error instanceof Ended)) {
      failed += 1;
      console.log(`FAILED between two steps: ${error.stack}`);
    }
    for (const window of Window.all) await window.picture("failed").catch(() => {});
  } finally {
    await browser?.close();
  }
  process.exitCode = failed === 0 ? 0 : 1;
}
