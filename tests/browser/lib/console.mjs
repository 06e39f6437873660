// The console's sign-in.

import { adminToken } from "./server.mjs";

/** The browser itself notes that nobody is signed in yet when the console asks for its session. */
export const NOT_SIGNED_IN = /status of 401.*\/admin\/api\/session/;

/** Opens the console's form. */
export async function openConsole(open, path = "/admin/", options = {}) {
  const window = await open("", options);
  window.allow(NOT_SIGNED_IN);
  await window.go(path);
  await window.until("the form", () => document.getElementById("token"));
  return window;
}

/** Signs in with the administrator's token. */
export async function signIn(window) {
  await window.fill("#token", adminToken);
  await window.page.keyboard.press("Enter");
  await window.until("the console", () => !document.getElementById("side").hidden);
}

/** Goes to a place of the console and waits for its page. */
export async function visit(window, place) {
  await window.hash(place);
  await window.until(`the page ${place}`, (wanted) => {
    const page = document.querySelector("#side [aria-current=page]")?.hash;
    const isBusy = /Loading|Still loading/.test(document.querySelector("main").innerText);
    return location.hash.startsWith(wanted) && wanted.startsWith(page) && document.querySelector("main h2") && !isBusy;
  }, place);
}
