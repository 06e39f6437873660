// Signing in through a window of our own, for every Outlook that has no sign-in to offer.

import { call } from "./host.js";
import { SignedOut } from "./session.js";
import { endpoints } from "./authority.js";

/** What the codes of Office's dialogs mean. */
const WHY = {
  12006: "You closed the sign-in window.",
  12007: "A window of this pane is open already.",
  12009: "The window was not allowed to open.",
  12011: "The browser blocked the window. Allow pop-ups for Outlook and try again.",
};

/** Opens the window and waits for its token. */
export async function askInDialog() {
  const { ui } = Office.context;
  const address = new URL("/addin/signin.html" + location.search, location.origin).href;
  const options = { height: 60, width: 30, promptBeforeOpen: false };
  const dialog = await call(ui, "displayDialogAsync", address, options).catch((error) => {
    throw new SignedOut(WHY[error.code] ?? error.message);
  });
  return new Promise((resolve, reject) => {
    dialog.addEventHandler("dialogMessageReceived", ({ message, origin }) => {
      // Old clients do not tell the origin; they take messages from our own site only.
      if (origin !== undefined && origin !== location.origin) return;
      const told = read(message);
      if (!told) return;
      dialog.close();
      if (told.token) resolve(told);
      else reject(new SignedOut(String(told.error)));
    });
    dialog.addEventHandler("dialogEventReceived", ({ error }) => reject(new SignedOut(WHY[error] ?? "Signing in did not end well.")));
  });
}

/** The window's message, where it is one. */
function read(message) {
  try {
    const told = JSON.parse(message);
    return told?.type === "earmark-sign-in" && (typeof told.token === "string" || told.error) ? told : null;
  } catch {
    return null;
  }
}

/** A new token for the refresh token that the window brought. */
export async function refresh(refreshToken, settings) {
  const { token } = await endpoints(settings.authority);
  const form = { grant_type: "refresh_token", client_id: settings.clientId, refresh_token: refreshToken, scope: settings.scope };
  const response = await fetch(token, { method: "POST", body: new URLSearchParams(form) });
  if (!response.ok) throw new SignedOut("");
  const answer = await response.json();
  return { token: answer.access_token, expiresIn: answer.expires_in, refreshToken: answer.refresh_token ?? refreshToken };
}
