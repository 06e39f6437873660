// The demo that the programs run against, asked directly.

/** Where the demo is, without a slash at its end. */
export const origin = (process.env.EARMARK_DEMO ?? "").replace(/\/$/, "");

/** The administrator's token. */
export const adminToken = process.env.EARMARK_DEMO_TOKEN ?? "";

/** The domain of the organization's own people. */
export const domain = "lindengrove.example";

/** The people that every program finds. */
export const anna = `anna.berger@${domain}`;
export const ben = `ben.okafor@${domain}`;
export const clara = `clara.novak@${domain}`;
export const support = `support@${domain}`;

/** The name that the tracking category has at first. */
export const trackedName = "Tracked to Dynamics 365";

/**
 * One request; answers the JSON, or the text where it is none.
 * @param {string} method
 * @param {string} path below the demo's address
 * @param {unknown} [body] sent as JSON, or as it is where `type` is given
 * @param {{type?: string, token?: string}} [options]
 */
export async function call(method, path, body, options) {
  const { text } = await answered(method, path, body, options);
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function answered(method, path, body, { type, token = adminToken } = {}) {
  const headers = { Authorization: `Bearer ${token}` };
  if (body !== undefined) headers["Content-Type"] = type ?? "application/json";
  const sent = body === undefined || type ? body : JSON.stringify(body);
  const response = await fetch(origin + path, { method, headers, body: sent });
  const text = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${text.slice(0, 400)}`);
  return { text, headers: response.headers };
}

/** Makes a record of the CRM and answers its id. */
export async function createRecord(set, row) {
  const { headers } = await answered("POST", `/api/data/v9.2/${set}`, row);
  return /\(([^)]+)\)$/.exec(headers.get("OData-EntityId"))[1];
}

/** The Graph path of a person. */
export const user = (address) => `/graph/v1.0/users/${encodeURIComponent(address)}`;

/** A token of a person for one of the faces. */
export async function userToken(address, scope = "https://graph.microsoft.com/.default") {
  const form = new URLSearchParams({ grant_type: "password", client_id: "demo", username: address, password: "demo", scope });
  const answer = await call("POST", "/login/demo/oauth2/v2.0/token", form.toString(), { type: "application/x-www-form-urlencoded" });
  return answer.access_token;
}

let delivered = 0;

/**
 * Delivers a message from outside.
 * @param {{from: string, to: string, subject: string, text?: string, html?: string, file?: string,
 *   replyTo?: string, headers?: string[]}} message `from` and `to` as they stand in the header,
 *   `replyTo` the Message-ID it answers
 * @returns {Promise<string>} its Message-ID
 */
export async function deliver({ from, to, subject, text = "Hello,\r\n\r\nkind regards\r\n", html, file, replyTo, headers = [] }) {
  delivered += 1;
  const id = `<browser-${process.pid}-${Date.now()}-${delivered}@harbourlight.example>`;
  const lines = [
    `From: ${from}`, `To: ${to}`, `Subject: ${encodedWord(subject)}`, `Date: ${new Date().toUTCString()}`,
    `Message-ID: ${id}`, "MIME-Version: 1.0", ...headers,
  ];
  if (replyTo) lines.push(`In-Reply-To: ${replyTo}`, `References: ${replyTo}`);
  lines.push('Content-Type: multipart/mixed; boundary="part"', "", "--part");
  lines.push(`Content-Type: text/${html ? "html" : "plain"}; charset=utf-8`, "Content-Transfer-Encoding: base64", "", base64(html ?? text));
  if (file) {
    const name = `UTF-8''${encodeURIComponent(file).replace(/['()*!]/g, (one) => `%${one.charCodeAt(0).toString(16)}`)}`;
    lines.push("--part", "Content-Type: application/octet-stream", `Content-Disposition: attachment; filename*=${name}`);
    lines.push("Content-Transfer-Encoding: base64", "", base64("content"));
  }
  lines.push("--part--", "");
  await call("POST", "/sandbox/v1/deliver", lines.join("\r\n"), { type: "message/rfc822" });
  return id;
}

const base64 = (text) => Buffer.from(text, "utf8").toString("base64").replace(/.{76}/g, "$&\r\n");

/** A header's text as RFC 2047 writes what is not plain ASCII. */
export function encodedWord(text) {
  if (/^[ -~]*$/.test(text) && !text.includes("=?")) return text;
  const words = [];
  let word = "";
  for (const letter of text) {
    if (Buffer.byteLength(word + letter) > 40) {
      words.push(word);
      word = "";
    }
    word += letter;
  }
  return [...words, word].map((one) => `=?UTF-8?B?${Buffer.from(one).toString("base64")}?=`).join("\r\n ");
}

/** The message of a person with that subject, as Graph has it. */
export async function messageOf(address, subject) {
  const select = "$select=id,subject,categories,internetMessageId,conversationId";
  const { value } = await call("GET", `${user(address)}/messages?$top=100&$orderby=receivedDateTime%20desc&${select}`);
  const found = value.find((one) => one.subject === subject);
  if (!found) throw new Error(`${address} has no message “${subject}”`);
  return found;
}

/** Waits until `look` answers something true, and answers that. */
export async function eventually(what, look, limit = 20_000) {
  const end = Date.now() + limit;
  let last = "";
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
      last = "";
    } catch (error) {
      last = `: ${error.message}`;
    }
    if (Date.now() > end) throw new Error(`${what} did not come about${last}`);
    await new Promise((done) => setTimeout(done, 100));
  }
}
