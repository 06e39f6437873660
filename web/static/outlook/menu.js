// A menu that opens beside a button or at the pointer: arrows, first letters, Escape.
import { by, make } from "/assets/common/dom.js";

let current = null;

/** What stands in the place of an element after the list around it was drawn anew. */
function successor({ part, key, list }) {
  const place = key === undefined ? list : list?.querySelector(`:scope > [data-key="${CSS.escape(key)}"]`);
  return place?.querySelector(`[data-part="${part}"]`) ?? list?.querySelector("button:not([tabindex='-1'])");
}

/** How to find an element again that is drawn anew: the list or part of the page, the row in it, the part of that. */
function whereabouts(element) {
  const row = element.closest("[data-key]");
  return { part: element.dataset.part, key: row?.dataset.key, list: row ? row.parentElement : element.closest("[id]:not(button)") };
}

/** Closes the menu that is open; the focus goes back to where it came from. */
function closeMenu(returns = true) {
  if (!current) return;
  const { element, anchor, where, away, again } = current;
  current = null;
  document.removeEventListener("pointerdown", away, true);
  removeEventListener("resize", again);
  element.remove();
  if (anchor.getAttribute("aria-haspopup") === "menu") anchor.setAttribute("aria-expanded", "false");
  if (returns) (anchor.isConnected ? anchor : successor(where))?.focus();
}

function item(entry) {
  if (entry === null) return make("hr", { role: "separator" });
  const { text, role = "menuitem", checked, mark, disabled = false, run } = entry;
  const choice = make("button", {
    type: "button", role, tabindex: "-1", "aria-checked": checked, "aria-disabled": disabled ? "true" : null,
    on: {
      click: () => {
        if (disabled) return;
        closeMenu();
        run();
      },
    },
  }, checked && make("span", { class: "tick", "aria-hidden": "true", text: { true: "✓", mixed: "–" }[checked] ?? "" }),
  mark, make("span", { class: "clip", text }));
  return choice;
}

function move(element, event) {
  const choices = [...element.querySelectorAll("button")];
  const at = choices.indexOf(document.activeElement);
  const to = {
    ArrowDown: (at + 1) % choices.length,
    ArrowUp: (at - 1 + choices.length) % choices.length,
    Home: 0,
    End: choices.length - 1,
  }[event.key];
  if (to !== undefined) {
    choices[to].focus();
  } else if (event.key === "Escape" || event.key === "Tab") {
    closeMenu();
  } else if (event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey) {
    const letter = event.key.toLowerCase();
    [...choices.slice(at + 1), ...choices.slice(0, at + 1)]
      .find((one) => one.querySelector(".clip").textContent.toLowerCase().startsWith(letter))?.focus();
  } else {
    return;
  }
  event.preventDefault();
  event.stopPropagation();
}

/**
 * Opens a menu.
 * @param {HTMLElement} anchor
 * @param {string} name what it is called
 * @param {(null|{text: string, run: () => void, role?: string, checked?: string, mark?: Node, disabled?: boolean})[]} entries
 *   null is a line
 * @param {{x: number, y: number}} [point] where the pointer was
 */
export function openMenu(anchor, name, entries, point) {
  closeMenu(false);
  const element = make("div", { class: "menu floating", role: "menu", "aria-label": name }, ...entries.map(item));
  element.addEventListener("keydown", (event) => move(element, event));
  element.addEventListener("contextmenu", (event) => event.preventDefault());
  by("main").append(element);
  const box = anchor.getBoundingClientRect();
  const put = () => {
    const { offsetWidth: width, offsetHeight: height } = element;
    const left = point?.x ?? box.left;
    const top = point?.y ?? (box.bottom + height > innerHeight && box.top > height ? box.top - height : box.bottom);
    element.style.left = `${Math.max(8, Math.min(left, innerWidth - width - 8))}px`;
    element.style.top = `${Math.max(8, Math.min(top, innerHeight - height - 8))}px`;
  };
  put();
  addEventListener("resize", put);
  const away = (event) => !element.contains(event.target) && closeMenu(false);
  document.addEventListener("pointerdown", away, true);
  current = { element, anchor, where: whereabouts(anchor), away, again: put };
  if (anchor.getAttribute("aria-haspopup") === "menu") anchor.setAttribute("aria-expanded", "true");
  element.querySelector("button")?.focus();
}
