// Edits a setting: a value or none, what would change, and only then the change.

import { make, say } from "/assets/common/dom.js";
import { dialog } from "./dialog.js";
import { button } from "./parts.js";
import { api } from "./session.js";
import { rangeOf, valueWord } from "./words.js";

const WORDS = { MeetingUpdatesFromCrm: ["ask", "send"] };

/** Opens the editor. Answers whether something was saved. */
export function editSetting(setting) {
  return dialog(setting.name, (close) => {
    const control = controlOf(setting);
    const problem = make("p", { id: "value-problem", class: "problem", role: "alert" });
    const difference = make("div", { class: "stack", "aria-live": "polite" });
    const save = button("Save", () => attempt(false), { class: "primary", disabled: true });
    let wanted;

    /** Asks the server what a change would do, or does it. */
    async function attempt(isPreview) {
      problem.textContent = "";
      control.removeAttribute("aria-invalid");
      try {
        const answer = await change(setting.name, wanted, isPreview);
        if (isPreview) {
          difference.replaceChildren(...shown(setting, answer));
          save.disabled = isSame(setting, answer);
          if (save.disabled) problem.textContent = "Nothing would change.";
          return;
        }
        say(`${setting.name} is ${valueWord(answer.effective)} now.`, true);
        close(true);
      } catch (error) {
        save.disabled = true;
        difference.replaceChildren();
        problem.textContent = error.status === 422 ? capitalized(error.message) : `It was not saved: ${error.message}`;
        control.setAttribute("aria-invalid", "true");
        control.focus();
      }
    }

    const review = (value) => {
      wanted = value;
      return attempt(true);
    };
    control.addEventListener("input", () => {
      save.disabled = true;
      difference.replaceChildren();
    });
    const form = make("form", { class: "stack" },
      make("p", { text: setting.description ?? "Kept for the CRM; Earmark does not act on it." }),
      make("label", { class: "field", for: "value" }, make("span", { text: `Value (${rangeOf(setting)}; default ${valueWord(setting.default)})` })),
      control, problem, difference,
      make("div", { class: "actions" },
        make("button", { type: "submit", text: "Show what changes" }),
        setting.source !== "default" && button("Go back to the default", () => review(null)),
        save, button("Cancel", () => close(false))));
    form.noValidate = true;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      review(valueOf(setting, control));
    });
    return [form];
  });
}

/** Sets a setting, or takes its value away where `value` is null; `isPreview` only says what would change. */
export function change(name, value, isPreview) {
  const path = `/settings/${encodeURIComponent(name)}${isPreview ? "?dryRun=true" : ""}`;
  return value === null ? api(path, { method: "DELETE" }) : api(path, { method: "PUT", body: { value } });
}

function controlOf(setting) {
  const attributes = { id: "value", "aria-describedby": "value-problem" };
  const words = setting.type === "boolean" ? ["true", "false"] : WORDS[setting.name];
  if (words) {
    return make("select", attributes, ...words.map((word) => make("option", {
      value: word, text: setting.type === "boolean" ? valueWord(word === "true") : word, selected: String(setting.effective) === word,
    })));
  }
  const isNumber = setting.type === "number" || setting.type === "double";
  return make("input", { ...attributes, type: "text", inputmode: isNumber ? "numeric" : null, value: setting.effective ?? "", autocomplete: "off" });
}

/** Numbers go as they were typed, so that the server says what is wrong with them. */
const valueOf = (setting, control) => (setting.type === "boolean" ? control.value === "true" : control.value.trim());

const isSame = (setting, answer) => setting.effective === answer.effective && setting.source === answer.source;

function shown(setting, answer) {
  const more = (answer.preview ?? []).filter((line) => !line.startsWith("effective value") && line !== "nothing changes");
  return [
    make("dl", { class: "difference" },
      make("div", { data: { part: "before" } }, make("dt", { text: "Before" }), make("dd", { text: `${valueWord(setting.effective)} (${setting.source})` })),
      make("div", { data: { part: "after" } }, make("dt", { text: "After" }), make("dd", { text: `${valueWord(answer.effective)} (${answer.source})` }))),
    more.length > 0 && make("ul", { class: "lines" }, ...more.map((line) => make("li", { text: line }))),
  ].filter(Boolean);
}

const capitalized = (text) => text.charAt(0).toUpperCase() + text.slice(1);
