// The page: signs in, shows one of the four views, and keeps it up to date.
import { by, make, say } from "/assets/common/dom.js";
import { showCalendar, makeCalendar, refreshCalendar, resetCalendar } from "/outlook/calendar.js";
import { loadMaster } from "/outlook/categories.js";
import { listChanges } from "/outlook/category-dialog.js";
import { graph, wordsOf } from "/outlook/graph.js";
import { makeMail, openByAddress, refreshMail, resetMail, showMail } from "/outlook/mail.js";
import { openOther } from "/outlook/other-mailbox.js";
import { makePane, paneFor, paneView } from "/outlook/pane.js";
import { button, dialog, failure, field } from "/outlook/parts.js";
import { makeRules, refreshRules, resetRules, showRules } from "/outlook/rules.js";
import { firstPerson, session, signIn } from "/outlook/session.js";
import { makeTasks, refreshTasks, resetTasks, showTasks } from "/outlook/tasks.js";

/** Units: milliseconds between two looks at what is shown, and looks between two at the category list. */
const EVERY = 3_000;
const LOOKS = 5;

const VIEWS = {
  mail: { show: showMail, refresh: refreshMail, reset: resetMail },
  calendar: { show: showCalendar, refresh: refreshCalendar, reset: resetCalendar },
  tasks: { show: showTasks, refresh: refreshTasks, reset: resetTasks },
  rules: { show: showRules, refresh: refreshRules, reset: resetRules },
};

let name = "mail";
let paused = false;
let looks = 0;

const wantedView = () => (Object.hasOwn(VIEWS, location.hash.slice(1)) ? location.hash.slice(1) : "mail");

function showView() {
  name = wantedView();
  for (const one of Object.keys(VIEWS)) by(one).hidden = one !== name;
  for (const link of by("rail").children) {
    if (link.hash === `#${name}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.title = `Earmark: Outlook, ${name}`;
  paneView(name);
  return session.user ? VIEWS[name].show() : null;
}

async function look() {
  if (paused || document.hidden || !session.user) return;
  looks += 1;
  try {
    if (looks % LOOKS === 0 && await loadMaster()) listChanges.dispatchEvent(new Event("change"));
    await VIEWS[name].refresh();
    if (by("status").dataset.lost) {
      delete by("status").dataset.lost;
      say("Connected again.", true);
    }
  } catch (error) {
    if (error.name === "AbortError") return;
    by("status").dataset.lost = "yes";
    say(`Not up to date: ${wordsOf(error)}`, true);
  }
}

async function keepLooking() {
  await look();
  setTimeout(keepLooking, EVERY);
}

function drawPeople() {
  const { people, user } = session;
  const known = people.some((one) => one.mail === user.mail) ? people : [user, ...people];
  by("person").replaceChildren(...known.map((one) => make("option", { value: one.mail, text: one.displayName })));
  by("person").value = user.mail;
}

function drawOwner() {
  const { owner, people } = session;
  const called = people.find((one) => one.mail === owner)?.displayName ?? owner;
  by("owner").hidden = !owner;
  by("owner").replaceChildren(...(owner ? [make("span", { text: `This is the mailbox of ${called}. You may do here what the owner allows; colours are those of your own categories. ` }),
    button("Back to my mailbox", () => openMailbox(null, name))] : []));
}

function openMailbox(owner, part) {
  Object.assign(session, { owner, mayEdit: !owner });
  for (const view of Object.values(VIEWS)) view.reset();
  drawOwner();
  if (location.hash !== `#${part}`) location.hash = part;
  else showView();
}

/** Signs somebody in and shows their mailbox. */
async function enter(mail) {
  await signIn(mail);
  for (const view of Object.values(VIEWS)) view.reset();
  drawOwner();
  const asked = graph("/users?$select=mail,displayName&$top=100");
  await loadMaster();
  const shown = showView();
  const people = await asked;
  session.people = people.value.filter((one) => one.mail);
  session.user.displayName = session.people.find((one) => one.mail === mail)?.displayName ?? mail;
  drawPeople();
  await shown;
  paneFor(mail);
  say(`Signed in as ${session.user.displayName}.`, true);
}

/** Asks who signs in, where the first person is not there. */
function askPerson(error) {
  const address = make("input", { type: "email", autocomplete: "username", required: true });
  const fault = make("p", { class: "fault", role: "alert", text: wordsOf(error) });
  const form = make("form", { class: "lines" }, field("Address of a mailbox in the sandbox", address), fault,
    make("div", { class: "actions" }, make("button", { type: "submit", class: "primary", text: "Sign in" })));
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    try {
      await enter(address.value.trim());
      shown.close();
    } catch (refused) {
      fault.textContent = wordsOf(refused);
    }
  });
  const shown = dialog("Sign in", form);
}

async function begin() {
  try {
    await enter(firstPerson());
    await openByAddress();
  } catch (error) {
    if (!session.user) askPerson(error);
    else by("mail-note").replaceChildren(failure("The mailbox could not be opened", error, begin));
  }
}

makeMail();
makeCalendar();
makeTasks();
makeRules();
makePane();
window.addEventListener("hashchange", showView);
document.addEventListener("visibilitychange", look);
listChanges.addEventListener("change", () => VIEWS[name].refresh().catch(() => {}));
by("person").addEventListener("change", (event) => enter(event.target.value).catch((error) => {
  say(wordsOf(error), true);
  drawPeople();
}));
by("other").addEventListener("click", () => openOther(openMailbox));
by("pause").addEventListener("click", (event) => {
  paused = !paused;
  event.currentTarget.setAttribute("aria-pressed", String(paused));
  say(paused ? "Live view paused." : "Live view goes on.", true);
  look();
});
await begin();
setTimeout(keepLooking, EVERY);
