// The place where people sign in: its addresses by discovery, and the authorization code flow with
// PKCE in a page of our own.

const KEPT = "earmark-sign-in";

/** Whether people sign in at this very server: the sandbox. */
export const isSandbox = (settings) => !settings.authority || new URL(settings.authority, location.origin).origin === location.origin;

/** The addresses of an authority; they must be of its own site and encrypted. */
export async function endpoints(authority) {
  const base = authority.replace(/\/(v2\.0\/?)?$/, "");
  const response = await fetch(`${base}/v2.0/.well-known/openid-configuration`);
  if (!response.ok) throw new Error("the sign-in service does not answer");
  const { authorization_endpoint: authorize, token_endpoint: token } = await response.json();
  for (const address of [authorize, token]) {
    const { protocol, origin } = new URL(address);
    if (protocol !== "https:" || origin !== new URL(base).origin) throw new Error("the sign-in service names addresses that are not its own");
  }
  return { authorize, token };
}

const encode = (bytes) => btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
const random = () => encode(crypto.getRandomValues(new Uint8Array(32)));
/** The one address that answers come to: never one that the page was given. */
const redirect = () => location.origin + location.pathname;

/** Sends the window to the authority. What the answer must match is kept until it comes, once. */
export async function leave(settings) {
  const { authorize } = await endpoints(settings.authority);
  const sent = { verifier: random(), state: random(), nonce: random() };
  sessionStorage.setItem(KEPT, JSON.stringify(sent));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(sent.verifier));
  const address = new URL(authorize);
  address.search = new URLSearchParams({
    client_id: settings.clientId,
    response_type: "code",
    response_mode: "fragment",
    redirect_uri: redirect(),
    scope: `openid profile offline_access ${settings.scope}`,
    state: sent.state,
    nonce: sent.nonce,
    code_challenge: encode(new Uint8Array(digest)),
    code_challenge_method: "S256",
  });
  location.replace(address);
}

/** What the authority sent back in the address, taken out of it; null where it sent nothing. */
export function answered() {
  const answer = new URLSearchParams(location.hash.slice(1));
  if (!answer.has("state")) return null;
  // Office takes the history away from pages, so the address is emptied this way.
  location.hash = "";
  return answer;
}

/** The token for an answer, after everything in it was checked. */
export async function redeem(answer, settings) {
  const sent = JSON.parse(sessionStorage.getItem(KEPT) ?? "{}");
  sessionStorage.removeItem(KEPT);
  if (!sent.state || answer.get("state") !== sent.state) throw new Error("the answer is not for this window; start again");
  if (!answer.get("code")) throw new Error(answer.get("error_description") ?? "the sign-in service refused");
  const { token } = await endpoints(settings.authority);
  const response = await fetch(token, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: settings.clientId,
      code: answer.get("code"),
      redirect_uri: redirect(),
      code_verifier: sent.verifier,
      scope: settings.scope,
    }),
  });
  const given = await response.json();
  if (!response.ok) throw new Error(given.error_description ?? "the sign-in service refused");
  const claims = JSON.parse(atob((given.id_token ?? "").split(".")[1]?.replaceAll("-", "+").replaceAll("_", "/") ?? ""));
  if (claims.nonce !== sent.nonce) throw new Error("the answer is not for this window; start again");
  return given;
}
