// The console: signs in, then shows the page that the address names.

import { by, make, say } from "/assets/common/dom.js";
import { openAbout } from "./about.js";
import { openAlerts } from "./alerts.js";
import { openFailures } from "./failures.js";
import { openItem } from "./item.js";
import { openItems } from "./items.js";
import { listenToKeys, showKeys } from "./keys.js";
import { openMailbox } from "./mailbox.js";
import { openMailboxes } from "./mailboxes.js";
import { openOverview } from "./overview.js";
import { href, place } from "./place.js";
import { current, onLost, restore, signOut } from "./session.js";
import { openSettings } from "./settings.js";
import { signInForm } from "./signin.js";
import { Stage } from "./stage.js";
import { openSwitch } from "./switch.js";

const PAGES = [
  ["overview", "Overview"],
  ["mailboxes", "Mailboxes"],
  ["items", "Items"],
  ["failures", "Failures"],
  ["alerts", "Alerts"],
  ["settings", "Settings"],
  ["about", "About"],
];

const OPENERS = {
  overview: openOverview,
  mailboxes: (id, again) => (id ? openMailbox(id, again) : openMailboxes(again)),
  items: (id, again) => (id ? openItem(id, again) : openItems()),
  failures: openFailures,
  alerts: openAlerts,
  settings: (id, again) => (id === "TrackCategorizedItems" ? openSwitch(id, again) : openSettings(id, again)),
  about: openAbout,
};

const main = by("main");
const side = by("side");
const stage = new Stage(main, ({ page, id }) => (OPENERS[page] ?? openOverview)(id, () => stage.again()));

side.append(make("ul", {}, ...PAGES.map(([page, name]) =>
  make("li", {}, make("a", { href: href(page), text: name, data: { page } })))));

function showPage() {
  const here = place();
  for (const link of side.querySelectorAll("a")) {
    if (link.dataset.page === here.page) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  stage.show(here);
}

/** Shows the console to somebody who is signed in, or else the form. */
function enter(note) {
  const session = current();
  side.hidden = !session;
  by("tools").hidden = !session;
  if (!session) {
    stage.clear();
    main.replaceChildren(signInForm(() => enter(), note));
    main.querySelector("input[type=password]").focus();
    return;
  }
  showPage();
}

function pause() {
  stage.isPaused = !stage.isPaused;
  const button = by("pause");
  button.setAttribute("aria-pressed", String(stage.isPaused));
  say(stage.isPaused ? "Updates are paused." : "Updates go on.", true);
  stage.refresh();
}

async function leave() {
  try {
    await signOut();
    say("You are signed out.", true);
  } catch (error) {
    say(`You are signed out here; the server did not confirm it: ${error.message}`, true);
  }
  enter();
}

async function start() {
  try {
    await restore();
  } catch (error) {
    enter(`The server does not answer: ${error.message}`);
    return;
  }
  enter();
}

document.querySelector(".skip").addEventListener("click", (event) => {
  event.preventDefault();
  main.focus();
});
by("pause").addEventListener("click", pause);
by("keys").addEventListener("click", showKeys);
by("leave").addEventListener("click", leave);
onLost(() => enter("The session has ended. Sign in to go on where you were."));
addEventListener("hashchange", () => current() && showPage());
listenToKeys();
start();
