// Who is signed in, whose mailbox is shown, and the tokens. Tokens live in this module alone.
import { RequestFailed } from "/assets/common/dom.js";

const TOKEN = "/login/demo/oauth2/v2.0/token";
const GRAPH = "https://graph.microsoft.com/.default https://graph.microsoft.com/User.ReadBasic.All";
const CHOSEN = "earmark.outlook.person";
/** Who is signed in where nobody was chosen: the first person of the sample organization. */
const FIRST = "anna.berger@lindengrove.example";
/** Units: milliseconds before its end at which a token is renewed. */
const EARLY = 60_000;

const tokens = new Map();

/** The person, the people to choose from, and the owner of the mailbox where it is another's. */
export const session = { user: null, people: [], owner: null, mayEdit: true };

/** Below which address the shown mailbox is. */
export const box = () => (session.owner ? `/users/${encodeURIComponent(session.owner)}` : "/me");

async function granted(mail, scope) {
  const body = new URLSearchParams({ grant_type: "password", client_id: "demo", username: mail, password: "demo", scope });
  const response = await fetch(TOKEN, { method: "POST", body });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) {
    // What follows the first sentence is for the people who run the server.
    const [why] = (answer.error_description ?? "The sign-in was refused").split(" Trace ID:");
    throw new RequestFailed(response.status, answer.error ?? "signin", why);
  }
  return { text: answer.access_token, until: Date.now() + answer.expires_in * 1000 };
}

async function tokenFor(scope) {
  const known = await tokens.get(scope);
  if (known && known.until - EARLY > Date.now()) return known.text;
  const asked = granted(session.user.mail, scope);
  tokens.set(scope, asked);
  try {
    return (await asked).text;
  } catch (error) {
    tokens.delete(scope);
    throw error;
  }
}

/** A token for Graph, renewed before it ends. */
export const graphToken = () => tokenFor(GRAPH);

/** A token for Earmark's own API. */
export const earmarkToken = () => tokenFor("api://earmark/Tracking.ReadWrite");

/** Forgets the token that Graph refused, so that the next request gets a new one. */
export const forgetGraphToken = () => tokens.delete(GRAPH);

/** Signs a person in; the mailbox shown becomes their own. */
export async function signIn(mail) {
  const token = await granted(mail, GRAPH);
  tokens.clear();
  tokens.set(GRAPH, Promise.resolve(token));
  Object.assign(session, { user: { mail, displayName: mail }, owner: null, mayEdit: true });
  try {
    sessionStorage.setItem(CHOSEN, mail);
  } catch {
    // Without storage the next visit starts with the first person again.
  }
}

/** Who is to be signed in at first: of the address, of the last visit, or the sample's first. */
export function firstPerson() {
  const asked = new URLSearchParams(location.search).get("user");
  if (asked) return asked;
  try {
    return sessionStorage.getItem(CHOSEN) ?? FIRST;
  } catch {
    return FIRST;
  }
}
