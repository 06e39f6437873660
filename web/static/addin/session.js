// Who asks: a token for the service, in this page's memory alone. Outlook's own sign-in comes first,
// a window of ours last.

import { isSupported } from "./host.js";

/** Nobody is signed in, and only a person can change that. */
export class SignedOut extends Error {}

/** The window of ours is rarely needed, so it is loaded when it is. */
const signInWindow = () => import("./dialog.js");

/** A token is renewed this long before it ends. */
const EARLY_MS = 2 * 60 * 1000;
/** How long a token is used that does not say when it ends. */
const UNKNOWN_MS = 5 * 60 * 1000;

const DEFAULTS = { clientId: "demo", authority: null, scope: "api://earmark/Tracking.ReadWrite", msal: null, help: "/help/" };
let asked = null;
let settings = null;
let application = null;
let kept = null;
let underWay = null;

/** How people sign in here, as the server says. */
export async function loadSettings() {
  asked ??= fetch("/addin/settings.json").then(async (response) => {
    settings = { ...DEFAULTS, ...(response.ok ? await response.json() : {}) };
  }).catch((error) => {
    asked = null;
    throw error;
  });
  await asked;
  return settings;
}

/** A token; `isRefused` says that the last one was not accepted. */
export async function token(isRefused = false) {
  if (isRefused && kept) kept.endsAt = 0;
  if (kept && kept.endsAt - EARLY_MS > Date.now()) return kept.token;
  underWay ??= silently(isRefused).finally(() => { underWay = null; });
  return (await underWay).token;
}

/** Asks the person to sign in. Call it from a click: it may open a window. */
export async function signIn() {
  if (application) {
    try {
      kept = fromLibrary(await application.acquireTokenPopup(scopes()));
      return;
    } catch (error) {
      if (error?.errorCode === "user_cancelled") throw new SignedOut("You closed the sign-in window.");
    }
  }
  const { askInDialog } = await signInWindow();
  kept = fromDialog(await askInDialog());
}

const scopes = () => ({ scopes: [settings.scope] });

/** Renews without anybody noticing, by the first way that works. */
async function silently(isRefused) {
  await loadSettings();
  for (const way of [byLibrary, byOutlook, byRefresh]) {
    const found = await way(isRefused);
    if (found) {
      kept = found;
      return kept;
    }
  }
  kept = null;
  throw new SignedOut("");
}

async function byLibrary(isRefused) {
  if (!settings.msal || !settings.clientId || !isSupported("NestedAppAuth", "1.1")) return null;
  try {
    if (!application) {
      const loaded = await import(settings.msal);
      const { createNestablePublicClientApplication } = loaded.createNestablePublicClientApplication ? loaded : globalThis.msal;
      application = await createNestablePublicClientApplication({
        auth: { clientId: settings.clientId, authority: settings.authority ?? undefined },
        cache: { cacheLocation: "memoryStorage" },
      });
    }
    return fromLibrary(await application.acquireTokenSilent({ ...scopes(), forceRefresh: isRefused }));
  } catch (error) {
    // A click can mend this; everything else may go better by another way.
    if (error?.name === "InteractionRequiredAuthError") throw new SignedOut("");
    return null;
  }
}

async function byOutlook() {
  const auth = globalThis.Office?.auth;
  // Elsewhere its tokens are for Outlook's own application, which the server does not accept.
  if (!settings.password || !auth?.getAccessToken || !isSupported("IdentityAPI", "1.3")) return null;
  try {
    const text = await auth.getAccessToken({ allowSignInPrompt: false });
    return text ? { token: text, endsAt: endOf(text) } : null;
  } catch {
    return null;
  }
}

async function byRefresh() {
  if (!kept?.refresh) return null;
  const { refresh } = await signInWindow();
  return refresh(kept.refresh, settings).then(fromDialog).catch(() => null);
}

const fromLibrary = (result) => ({ token: result.accessToken, endsAt: Number(result.expiresOn) || endOf(result.accessToken) });

const fromDialog = ({ token: text, expiresIn, refreshToken }) => ({
  token: text,
  endsAt: Date.now() + (Number(expiresIn) > 0 ? Number(expiresIn) * 1000 : UNKNOWN_MS),
  refresh: refreshToken ?? null,
});

/** When a token ends, as far as it says so. Only the server judges a token. */
function endOf(text) {
  try {
    const claims = JSON.parse(atob(text.split(".")[1].replaceAll("-", "+").replaceAll("_", "/")));
    if (claims.exp > 0) return claims.exp * 1000;
  } catch {
    // Not every token can be read by its holder.
  }
  return Date.now() + UNKNOWN_MS;
}
