//! Asking a server of ours over a socket, as its administrator.

use anyhow::{Context, Result, bail};
use reqwest::{Client, Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

/// The administrator's token of every server that is started here.
pub const ADMIN: &str = "benchmark-administrator";

/// The name of the category that tracks.
pub const TRACKED: &str = "Tracked to Dynamics 365";

/// The route of a request that holds others.
pub const BATCH: &str = "/$batch";

/// One server, asked with the administrator's token, which is neither faulted nor counted.
#[derive(Clone)]
pub struct Face {
    root: String,
    client: Client,
}

/// A message of a mailbox.
#[derive(Debug, Clone)]
pub struct Message {
    /// Whose it is.
    pub owner: String,
    /// Its id in Graph.
    pub id: String,
    /// Its `Message-ID` without brackets.
    pub message_id: String,
}

impl Face {
    /// The server at this address.
    ///
    /// Errors: no client can be made.
    pub fn new(root: &str) -> Result<Self> {
        // What is on this machine is reached without going round by another.
        let client = Client::builder().no_proxy().build().context("make a client")?;
        Ok(Self { root: root.to_owned(), client })
    }

    /// Sends JSON. Answers the JSON of the answer, or null where it has none.
    ///
    /// Errors: the server refused, with what it said.
    pub async fn ask(&self, method: Method, path: &str, body: Option<Value>) -> Result<Value> {
        let mut request = self.request(method, path);
        if let Some(body) = body {
            request = request.json(&body);
        }
        let (status, text) = answer(request).await.with_context(|| format!("ask {path}"))?;
        if !status.is_success() {
            bail!("{path} was answered {status}: {text}");
        }
        Ok(serde_json::from_str(&text).unwrap_or_default())
    }

    /// The text of a page.
    ///
    /// Errors: as [`Face::ask`].
    pub async fn text(&self, path: &str) -> Result<String> {
        let (status, text) = answer(self.request(Method::GET, path)).await?;
        if !status.is_success() {
            bail!("{path} was answered {status}: {text}");
        }
        Ok(text)
    }

    /// Whether there is something at a path.
    ///
    /// Errors: the server did not answer, or neither 200 nor 404.
    pub async fn is_there(&self, path: &str) -> Result<bool> {
        match answer(self.request(Method::GET, path)).await? {
            (StatusCode::OK, _) => Ok(true),
            (StatusCode::NOT_FOUND, _) => Ok(false),
            (status, text) => bail!("{path} was answered {status}: {text}"),
        }
    }

    /// Makes a person; with `is_served` also the user and the mailbox of the CRM.
    ///
    /// Errors: as [`Face::ask`].
    pub async fn add_person(&self, mail: &str, is_served: bool) -> Result<()> {
        let body = json!({
            "mail": mail, "displayName": mail, "kind": "user", "systemUser": is_served,
        });
        self.ask(Method::POST, "/sandbox/v1/users", Some(body)).await.map(drop)
    }

    /// Delivers messages of 4 KB to a person and answers everything in the mailbox.
    ///
    /// Errors: as [`Face::ask`].
    pub async fn deliver(&self, mail: &str, count: usize) -> Result<Vec<Message>> {
        for number in 0..count {
            let text = rfc5322(mail, number);
            let request = self.request(Method::POST, "/sandbox/v1/deliver");
            let request = request.header("content-type", "message/rfc822").body(text);
            let (status, text) = answer(request).await?;
            if !status.is_success() {
                bail!("a message was refused with {status}: {text}");
            }
        }
        let path =
            format!("/graph/v1.0/users/{mail}/messages?$select=id,internetMessageId&$top=1000");
        let page = self.ask(Method::GET, &path, None).await?;
        let rows = page["value"].as_array().context("a list of messages")?;
        let text = |row: &Value, name: &str| row[name].as_str().unwrap_or_default().to_owned();
        let message = |row: &Value| Message {
            owner: mail.to_owned(),
            id: text(row, "id"),
            message_id: text(row, "internetMessageId").trim_matches(['<', '>']).to_owned(),
        };
        Ok(rows.iter().map(message).collect())
    }

    /// A person puts the category on a message.
    ///
    /// Errors: as [`Face::ask`].
    pub async fn assign(&self, message: &Message) -> Result<()> {
        let path = format!("/graph/v1.0/users/{}/messages/{}", message.owner, message.id);
        let body = json!({"categories": [TRACKED]});
        self.ask(Method::PATCH, &path, Some(body)).await.map(drop)
    }

    /// Units: requests to the Graph face since the last call, each inside a `$batch` and not the
    /// batch itself.
    ///
    /// Errors: as [`Face::ask`].
    pub async fn take_requests(&self) -> Result<u64> {
        let answer = self.ask(Method::GET, "/sandbox/v1/requests", None).await?;
        self.ask(Method::DELETE, "/sandbox/v1/requests", None).await?;
        let rows = answer["requests"].as_array().context("a list of requests")?;
        let graph = rows.iter().filter(|row| row["target"] == "graph" && row["route"] != BATCH);
        Ok(graph.filter_map(|row| row["count"].as_u64()).sum())
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("{}{path}", self.root)).bearer_auth(ADMIN)
    }
}

async fn answer(request: RequestBuilder) -> Result<(StatusCode, String)> {
    let answer = request.send().await.context("ask a server")?;
    let status = answer.status();
    Ok((status, answer.text().await.context("read an answer")?))
}

fn rfc5322(to: &str, number: usize) -> String {
    let line = "The quick brown fox jumps over the lazy dog and comes back.\r\n";
    format!(
        "From: Kim Lee <kim@contoso.test>\r\nTo: <{to}>\r\nSubject: Offer {number}\r\n\
         Message-ID: <offer-{number}-{to}>\r\nDate: Mon, 23 Nov 2026 09:00:00 +0000\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n{}",
        line.repeat(4_096 / line.len())
    )
}
