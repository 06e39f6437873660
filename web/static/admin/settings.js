// Every setting of the organization: what it does, its range, its default, and what holds.

import { keyed, make } from "/assets/common/dom.js";
import { afterTyping, button, choice, field, fill, mark, nothing } from "./parts.js";
import { href, refine } from "./place.js";
import { api } from "./session.js";
import { editSetting } from "./setting_edit.js";
import { counted, rangeOf, valueWord } from "./words.js";

const SWITCH = "TrackCategorizedItems";
const SHOWN = [["", "With effect here, or changed"], ["changed", "Changed"], ["all", "All"]];

/** The page of settings. */
export function openSettings(_, again) {
  let all = [];
  const search = make("input", { type: "search", placeholder: "Part of a name or of what it does", size: 34 });
  search.addEventListener("input", afterTyping(() => refine({ q: search.value.trim() })));
  const which = choice(SHOWN, "", (value) => refine({ show: value }));
  const count = make("p", { class: "quiet" });
  const list = make("ul", { class: "stack" });
  const empty = make("div");
  const content = make("div", { class: "page" },
    make("div", { class: "filters", role: "search" }, field("Search", search), field("Show", which)), count, list, empty);
  return {
    title: "Settings",
    content,
    isLive: false,
    async load({ query }, signal) {
      if (document.activeElement !== search) search.value = query.q ?? "";
      which.value = query.show ?? "";
      all = (await api("/settings", { signal })).items;
      const shown = all.filter((setting) => fits(setting, query)).sort(byWeight);
      count.textContent = `${shown.length} of ${counted(all.length, "setting")}. Settings without effect here are kept for the CRM's sake.`;
      keyed(list, shown, ({ name }) => name, (element, setting) => drawSetting(element, setting, again));
      fill(empty, [shown.length, query], () => [shown.length === 0 && nothing("No setting fits.",
        make("p", { class: "actions" }, button("Search all settings", () => refine({ show: "all" })), button("Clear", () => refine({ q: "", show: "" }))))]);
    },
  };
}

function fits(setting, { q = "", show = "" }) {
  const isChanged = setting.source !== "default";
  if (show === "changed" && !isChanged) return false;
  if (show === "" && !setting.hasEffect && !isChanged) return false;
  return `${setting.name} ${setting.description ?? ""}`.toLowerCase().includes(q.toLowerCase());
}

const byWeight = (one, other) => weight(other) - weight(one) || one.name.localeCompare(other.name);
const weight = ({ name, hasEffect, source }) => (name === SWITCH ? 4 : 0) + (hasEffect ? 2 : 0) + (source === "default" ? 0 : 1);

function drawSetting(element, setting, again) {
  const isSwitch = setting.name === SWITCH;
  const isChanged = setting.source !== "default";
  const edit = isSwitch
    ? make("a", { class: "step row", href: href("settings", setting.name), text: "Switch, with a preview" })
    : button("Edit", async () => (await editSetting(setting)) && again(), { class: "row", "aria-label": `Edit ${setting.name}` });
  element.className = "card setting";
  element.replaceChildren(
    make("div", { class: "head" }, make("h3", { text: setting.name }), mark(isChanged ? "wait" : "none", isChanged ? "set here" : "default"),
      !setting.hasEffect && mark("none", "no effect here"), edit),
    make("p", { text: setting.description ?? "Kept for the CRM; Earmark does not act on it." }),
    make("p", { class: "quiet" }, "Holds: ", make("strong", { class: "value", text: valueWord(setting.effective) }),
      `. Default: ${valueWord(setting.default)}. Takes: ${rangeOf(setting)}.`),
  );
}
