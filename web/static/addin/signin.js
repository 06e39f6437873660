// The window in which people sign in where Outlook has no sign-in of its own. What it learns it gives
// to the pane that opened it, and to nobody else.

import { by, request, say } from "/assets/common/dom.js";
import { answered, isSandbox, leave, redeem } from "./authority.js";
import { start } from "./host.js";
import { loadSettings } from "./session.js";

const SANDBOX_TOKEN = "/login/demo/oauth2/v2.0/token";

/** Gives the pane a token. */
function give({ access_token: token, expires_in: expiresIn, refresh_token: refreshToken }) {
  const message = JSON.stringify({ type: "earmark-sign-in", token, expiresIn, refreshToken });
  Office.context.ui.messageParent(message, { targetOrigin: location.origin });
  say("You are signed in. This window closes by itself.", true);
}

function tell(error) {
  by("problem").hidden = false;
  by("problem").textContent = `Signing in did not work: ${error.message}`;
  by("again").hidden = !by("form").hidden;
}

/** The sandbox's people sign in with a password. */
function askForPassword(settings) {
  by("form").hidden = false;
  by("username").focus();
  by("form").addEventListener("submit", async (event) => {
    event.preventDefault();
    by("problem").hidden = true;
    say("Signing in…", true);
    const form = new URLSearchParams({
      grant_type: "password",
      client_id: "demo",
      username: by("username").value.trim(),
      password: by("password").value,
      scope: settings.scope,
    });
    try {
      const headers = { "Content-Type": "application/x-www-form-urlencoded" };
      give(await request(SANDBOX_TOKEN, { method: "POST", headers, body: form.toString() }));
    } catch (error) {
      say("", true);
      const isWrong = error.status === 400 || error.status === 401;
      tell(isWrong ? new Error("the address or the password is not right.") : error);
      by("password").focus();
      by("password").select();
    }
  });
}

async function begin() {
  try {
    const settings = await loadSettings();
    const answer = answered();
    await start();
    if (isSandbox(settings)) askForPassword(settings);
    else if (answer) give(await redeem(answer, settings));
    else await leave(settings);
  } catch (error) {
    tell(error);
  }
}

by("again").querySelector("button").addEventListener("click", async () => {
  by("problem").hidden = true;
  await loadSettings().then(leave).catch(tell);
});
begin();
