// axe-core over a page, in both colour schemes and both sizes.

import { readFile } from "node:fs/promises";
import { axeFile } from "./packages.mjs";
import { NARROW, WIDE } from "./window.mjs";

const source = await readFile(axeFile, "utf8");

const RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/** What axe-core finds wrong in a page or a frame; one line each. */
export async function violations(page) {
  if (!await page.evaluate(() => Boolean(globalThis.axe))) await page.evaluate(source);
  return page.evaluate(async (rules) => {
    // A frame is looked at by itself.
    const { violations } = await globalThis.axe.run(document, { runOnly: rules, iframes: false, resultTypes: ["violations"] });
    return violations.map((one) => `${one.id}: ${one.nodes.slice(0, 3)
      .map((node) => `${node.target.join(" ")} ${[...node.any, ...node.all, ...node.none][0]?.message ?? ""}`).join("; ")}`);
  }, RULES);
}

/**
 * Every fault of a window in both schemes and both sizes: of axe-core, and whether it has to be
 * scrolled sideways when it is narrow. Where pictures are asked for, there is one of each, named `name`.
 * @param {import("./window.mjs").Window} window
 * @param {string} name
 * @param {import("puppeteer-core").Frame} [frame] looked at in the window's place
 */
export async function allViolations(window, name, frame) {
  const found = [];
  for (const size of [WIDE, NARROW]) {
    for (const scheme of ["light", "dark"]) {
      await window.look(size, scheme);
      await window.rest(150);
      const tag = `${scheme} ${size.width}`;
      if (!frame) await window.picture(`pages/${name}-${size.width}-${scheme}`);
      for (const one of await violations(frame ?? window.page)) found.push(`${tag}: ${one}`);
    }
    if (!frame && await window.overflows()) found.push(`${size.width}: it has to be scrolled sideways`);
  }
  await window.look(WIDE, "light");
  return found;
}
