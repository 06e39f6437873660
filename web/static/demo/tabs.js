// Tabs as the ARIA practices describe them: arrows, Home and End move between them.

import { by } from "/assets/common/dom.js";

/**
 * Makes the tabs of a list work.
 * @param {Element} list the element with the role `tablist`
 * @param {(panel: Element) => void} opened called with the panel that is shown now
 */
export function startTabs(list, opened) {
  const tabs = [...list.querySelectorAll('[role="tab"]')];

  function open(tab) {
    for (const one of tabs) {
      const isOpen = one === tab;
      one.setAttribute("aria-selected", String(isOpen));
      one.tabIndex = isOpen ? 0 : -1;
      by(one.getAttribute("aria-controls")).hidden = !isOpen;
    }
    opened(by(tab.getAttribute("aria-controls")));
  }

  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) open(tab);
  });
  list.addEventListener("keydown", (event) => {
    const at = tabs.indexOf(document.activeElement);
    const to = {
      ArrowRight: (at + 1) % tabs.length,
      ArrowLeft: (at + tabs.length - 1) % tabs.length,
      Home: 0,
      End: tabs.length - 1,
    }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    tabs[to].focus();
    open(tabs[to]);
  });
}
