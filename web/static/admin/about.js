// The program itself: its version, its health, and what to send when asking for help.

import { make } from "/assets/common/dom.js";
import { copyButton, facts, fill, mark, section } from "./parts.js";
import { api, current } from "./session.js";
import { counted } from "./words.js";

const MOODS = { ok: "good", warn: "wait", fail: "bad" };
const ORDER = ["fail", "warn", "ok"];

/** The page about the program. */
export function openAbout() {
  const [version, health, support] = Array.from({ length: 3 }, () => make("div", { class: "stack" }));
  const content = make("div", { class: "page" }, section("Program", version), section("Health", health), section("Support text", support));
  return {
    title: "About",
    content,
    isLive: false,
    async load(_, signal) {
      const [program, doctor] = await Promise.all([api("/version", { signal }), api("/doctor", { signal })]);
      fill(version, program, () => [facts([
        ["Version", `${program.name} ${program.version}`],
        ["Environment", current()?.environment],
        ["Interface", make("a", { href: "/api/v1/openapi.json", text: "OpenAPI description" })],
        ["Licences", make("a", { href: "/help/licences", text: "MIT or Apache-2.0, and those of its parts" })],
      ])]);
      fill(health, doctor, () => checks(doctor));
      fill(support, [program, doctor], () => supportText(program, doctor));
    },
  };
}

function checks({ result, items }) {
  const sorted = [...items].sort((one, other) => ORDER.indexOf(one.result) - ORDER.indexOf(other.result));
  const count = (word) => items.filter((item) => item.result === word).length;
  return [
    make("p", {}, mark(MOODS[result], result), ` ${counted(items.length, "check")}: ${count("ok")} ok, ${count("warn")} warn, ${count("fail")} fail`),
    make("ul", { class: "lines" }, ...sorted.map((check) => make("li", {},
      make("p", {}, mark(MOODS[check.result], check.result), " ", make("strong", { text: check.name }), ` ${check.detail}`),
      check.remedy && make("p", {}, make("strong", { text: "What to do: " }), check.remedy)))),
  ];
}

function supportText(program, doctor) {
  const addresses = new Map();
  const text = [
    `${program.name} ${program.version} (${current()?.environment})`,
    `written ${new Date().toISOString()}`,
    `health: ${doctor.result}`,
    ...doctor.items.map(({ name, result, detail }) => redacted(`${result}  ${name}: ${detail}`, addresses)),
    `browser: ${navigator.userAgent}`,
  ].join("\n");
  return [
    make("p", { class: "quiet", text: "Addresses and folders are replaced. It holds no token, subject or content." }),
    make("pre", { class: "card", tabindex: "0", "aria-label": "Support text", text }),
    make("p", { class: "actions" }, copyButton(() => text, "the support text")),
  ];
}

/** The same address gets the same stand-in, so that lines can still be compared. */
function redacted(line, addresses) {
  return line
    .replace(/[^\s:"<>]+@[^\s:"<>]+/g, (address) => {
      if (!addresses.has(address)) addresses.set(address, `mailbox-${addresses.size + 1}`);
      return addresses.get(address);
    })
    .replace(/https?:\/\/\S+/g, "(address)")
    .replace(/(^|\s)\/\S+/g, "$1(folder)");
}
