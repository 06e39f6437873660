// The switch for category tracking: what it would do, and a confirmation that cannot be given by accident.

import { make, say } from "/assets/common/dom.js";
import { button, fill, mark } from "./parts.js";
import { href } from "./place.js";
import { api, current } from "./session.js";
import { change } from "./setting_edit.js";

const NAME = "TrackCategorizedItems";

/** Lines of the preview about single mailboxes; more are folded away. */
const MAILBOX_LINE = /^\S+@\S+: /;

/** The page of the switch. */
export function openSwitch(_, again) {
  const box = make("div", { class: "stack" });
  const content = make("div", { class: "page" }, make("p", {}, make("a", { href: href("settings"), text: "All settings" })), box);
  return {
    title: "Category tracking",
    content,
    isLive: false,
    async load(_place, signal) {
      const setting = await api(`/settings/${NAME}`, { signal });
      const preview = await api(`/settings/${NAME}?dryRun=true`, { method: "PUT", body: { value: !setting.effective }, signal });
      fill(box, [setting, preview], () => draw(setting, preview, again));
    },
  };
}

function draw(setting, { preview }, again) {
  const isOn = setting.effective === true;
  const verb = isOn ? "Switch off" : "Switch on";
  const environment = current().environment;
  const lines = preview.filter((line) => !line.startsWith("effective value"));
  const perMailbox = lines.filter((line) => MAILBOX_LINE.test(line));
  const typed = make("input", { type: "text", id: "environment-name", autocomplete: "off", autocapitalize: "off", spellcheck: "false", "aria-describedby": "switch-problem" });
  const problem = make("p", { id: "switch-problem", class: "problem", role: "alert" });
  const form = make("form", { class: "stack" },
    make("label", { class: "field", for: "environment-name" }, make("span", {}, "Type ", make("strong", { text: environment }), " to confirm")),
    typed, problem,
    make("p", { class: "actions" }, make("button", { type: "submit", class: isOn ? "danger" : "primary", text: verb }), button("Look again", again)));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (typed.value.trim().toLowerCase() !== environment.toLowerCase()) {
      problem.textContent = `This environment is called “${environment}”. Nothing was changed.`;
      typed.setAttribute("aria-invalid", "true");
      typed.focus();
      return;
    }
    try {
      await change(NAME, !isOn, false);
      say(`Category tracking is ${isOn ? "off" : "on"} now.`, true);
      await again();
    } catch (error) {
      problem.textContent = `Nothing was changed: ${error.message}`;
    }
  });
  return [
    make("p", {}, mark(isOn ? "good" : "wait", isOn ? "on" : "off"), " ", setting.description),
    make("section", { class: "card" },
      make("h3", { text: `What would happen: ${verb.toLowerCase()}` }),
      make("ul", { class: "bullets" }, ...lines.filter((line) => !MAILBOX_LINE.test(line)).map((line) => make("li", { text: line }))),
      make("details", {}, make("summary", { text: `By mailbox (${perMailbox.length})` }),
        make("ul", { class: "lines" }, ...perMailbox.map((line) => make("li", { text: line }))))),
    make("section", { class: "card" }, make("h3", { text: verb }), form),
  ];
}
