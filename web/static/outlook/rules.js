// The rules of the Inbox: the list, and a simple new one that assigns a category.
import { by, keyed, make, say } from "/assets/common/dom.js";
import { chip, master } from "/outlook/categories.js";
import { graph, key, wordsOf } from "/outlook/graph.js";
import { button, failure, field, note, redrawn } from "/outlook/parts.js";
import { session } from "/outlook/session.js";

const PATH = "/me/mailFolders/inbox/messageRules";
/** Where rules run, for the person. */
const WHERE = ["These rules run on the server, when a message is delivered to the Inbox and before anything else sees it, whether Outlook is open or not.",
  "They leave alone what is there already.",
  "They keep the name of a category: after a rename they assign the old name."].join(" ");
let rules = [];

const CONDITIONS = {
  subjectContains: "the subject contains", bodyContains: "the text contains", bodyOrSubjectContains: "subject or text contain",
  senderContains: "the sender contains", recipientContains: "a recipient contains", headerContains: "a header contains", categories: "it has the category",
};
const ACTIONS = {
  assignCategories: "assign", moveToFolder: "move to a folder", copyToFolder: "copy to a folder", delete: "delete", markAsRead: "mark read",
  markImportance: "set importance", forwardTo: "forward", redirectTo: "redirect", stopProcessingRules: "stop",
};

const spoken = (name) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

/** What a rule waits for, in words. */
function conditions(rule) {
  const parts = Object.entries(rule.conditions ?? {}).map(([name, value]) => {
    const words = CONDITIONS[name] ?? spoken(name);
    if (Array.isArray(value)) return `${words} ${value.map((one) => `“${one.emailAddress?.address ?? one}”`).join(" or ")}`;
    return typeof value === "object" || value === true ? words : `${words}: ${value}`;
  });
  return parts.length ? `When ${parts.join(", and ")}: ` : "For every message: ";
}

function actions(rule) {
  return Object.entries(rule.actions ?? {}).filter(([, value]) => value !== false).flatMap(([name, value], index) => [
    index ? ", " : "", ACTIONS[name] ?? spoken(name), " ",
    ...(name === "assignCategories" ? value.map(chip) : []),
  ]);
}

async function change(rule, options, words) {
  try {
    await graph(`${PATH}/${key(rule.id)}`, options);
    say(words, true);
  } catch (error) {
    say(wordsOf(error), true);
  }
  await refreshRules().catch(() => {});
}

function drawRule(place, { rule }) {
  const on = make("input", { type: "checkbox", "data-part": "on" });
  on.checked = rule.isEnabled;
  on.addEventListener("change", () => change(rule, { method: "PATCH", body: { isEnabled: on.checked } }, on.checked ? "Rule on." : "Rule off."));
  place.className = "card rule";
  redrawn(place, [
    make("h3", { text: rule.displayName }),
    make("p", {}, conditions(rule), ...actions(rule)),
    rule.hasError ? make("p", { class: "state", data: { mood: "bad" }, text: "This rule has an error" }) : "",
    make("div", { class: "actions" }, make("label", { class: "choice" }, on, "On"),
      button("Delete", () => change(rule, { method: "DELETE" }, `Rule “${rule.displayName}” deleted.`), { class: "danger", "aria-label": `Delete rule ${rule.displayName}`, "data-part": "delete" }))]);
}

function draw() {
  const colors = master.map((one) => `${one.displayName}:${one.color}`).join();
  keyed(by("rule-rows"), rules.map((rule) => ({ rule, colors })), ({ rule }) => rule.id, drawRule);
  const select = by("rule-category");
  const names = master.map((one) => one.displayName);
  if ([...select.options].map((one) => one.value).join("\n") !== names.join("\n")) {
    const chosen = select.value;
    select.replaceChildren(...names.map((value) => make("option", { value, text: value })));
    if (names.includes(chosen)) select.value = chosen;
  }
}

/** Reads the rules again. */
export async function refreshRules() {
  if (session.owner) return;
  rules = (await graph(PATH)).value;
  by("rules-note").replaceChildren(...(rules.length ? [] : [note("No rules yet. Make one above.")]));
  draw();
}

/** Shows the rules; called when the view comes up and when the mailbox is another. */
export async function showRules() {
  by("rules-of-mine").hidden = Boolean(session.owner);
  if (session.owner) {
    by("rules-note").replaceChildren(note("Rules stay with their owner. Go back to your own mailbox to see yours."));
    return;
  }
  try {
    await refreshRules();
  } catch (error) {
    by("rules-note").replaceChildren(failure("The rules could not be read", error, showRules));
  }
}

/** Forgets what is shown, for another mailbox. */
export function resetRules() {
  rules = [];
  draw();
}

/** Makes the parts of the view. */
export function makeRules() {
  const text = make("input", { autocomplete: "off", required: true, maxlength: 255 });
  const category = make("select", { id: "rule-category" });
  const form = make("form", { class: "inline" }, field("When the subject contains", text), field("assign the category", category),
    make("button", { type: "submit", class: "primary", text: "Create rule" }));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const wanted = text.value.trim();
    if (!wanted || !category.value) {
      say(wanted ? "Make a category first." : "Say what the subject contains.", true);
      return;
    }
    try {
      await graph(PATH, {
        method: "POST",
        body: {
          displayName: `“${wanted}” in the subject`, sequence: rules.length + 1, isEnabled: true,
          conditions: { subjectContains: [wanted] }, actions: { assignCategories: [category.value] },
        },
      });
      text.value = "";
      say("Rule created.", true);
      await refreshRules();
    } catch (error) {
      say(wordsOf(error), true);
    }
  });
  by("rules").replaceChildren(
    make("div", { class: "head" }, make("h2", { id: "rules-title", text: "Rules" })),
    make("p", { class: "quiet said", text: WHERE }),
    make("div", { id: "rules-of-mine", class: "said" }, form, make("ul", { id: "rule-rows", class: "rule-rows", "aria-label": "Rules" })),
    make("div", { id: "rules-note" }));
}
