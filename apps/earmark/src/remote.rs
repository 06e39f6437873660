//! The running server as commands reach it: one HTTP call per verb.

use crate::{
    arguments::GlobalArguments,
    failure::{CommandError, Exit},
};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::time::Duration;

/// Longer than the longest answer (`sync --wait`) of a healthy server.
const TIMEOUT: Duration = Duration::from_secs(300);

/// A running server.
pub struct Remote {
    http: reqwest::Client,
    root: String,
    token: Option<SecretString>,
}

impl Remote {
    /// As the flags and the environment name it. Errors: the URL or the token file is unusable.
    pub fn new(global: &GlobalArguments) -> Result<Self, CommandError> {
        let root = global.url.trim_end_matches('/').to_owned();
        if !(root.starts_with("http://") || root.starts_with("https://")) {
            return Err(CommandError::new(
                Exit::Usage,
                "url",
                format!("--url: `{root}` is not an http or https address"),
            )
            .hint("Use for example --url http://127.0.0.1:8080"));
        }
        let http = reqwest::Client::builder()
            .timeout(TIMEOUT)
            .connect_timeout(Duration::from_secs(5))
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .map_err(|error| CommandError::new(Exit::Failure, "client", error.to_string()))?;
        Ok(Self { http, root, token: token(global)? })
    }

    /// Reads.
    pub async fn get(&self, path: &str, query: &[(&str, String)]) -> Result<Value, CommandError> {
        self.call(Method::GET, path, query, None).await
    }

    /// Does something; `body` is JSON.
    pub async fn post(&self, path: &str, body: &Value) -> Result<Value, CommandError> {
        self.call(Method::POST, path, &[], Some(body)).await
    }

    /// Any call of the own API.
    pub async fn call(
        &self,
        method: Method,
        path: &str,
        query: &[(&str, String)],
        body: Option<&Value>,
    ) -> Result<Value, CommandError> {
        let mut request = self.request(method, path).query(query);
        if let Some(body) = body {
            request = request.json(body);
        }
        self.answer(request).await
    }

    /// Sends bytes of a media type.
    pub async fn upload(
        &self,
        path: &str,
        content_type: &str,
        bytes: Vec<u8>,
    ) -> Result<Value, CommandError> {
        let request = self.request(Method::POST, path).header("content-type", content_type);
        self.answer(request.body(bytes)).await
    }

    /// A file of the server as it is, with its headers.
    pub async fn fetch(&self, path: &str) -> Result<Fetched, CommandError> {
        let request = self.request(Method::GET, path);
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let headers = response.headers().clone();
        let body = response.bytes().await.map_err(|error| self.unreachable(&error))?;
        if !(200..300).contains(&status) {
            let problem = serde_json::from_slice(&body).unwrap_or(Value::Null);
            return Err(refusal(status, &problem, None));
        }
        Ok(Fetched { body: body.to_vec(), headers })
    }

    fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        let request = self.http.request(method, format!("{}{path}", self.root));
        match &self.token {
            Some(token) => request.bearer_auth(token.expose_secret()),
            None => request,
        }
    }

    async fn answer(&self, request: reqwest::RequestBuilder) -> Result<Value, CommandError> {
        let response = request.send().await.map_err(|error| self.unreachable(&error))?;
        let status = response.status().as_u16();
        let retry_after = header(&response, "retry-after");
        let text = response.text().await.map_err(|error| self.unreachable(&error))?;
        let value: Value = serde_json::from_str(&text).unwrap_or(Value::Null);
        if (200..300).contains(&status) {
            return Ok(value);
        }
        Err(refusal(status, &value, retry_after.as_deref()))
    }

    fn unreachable(&self, error: &reqwest::Error) -> CommandError {
        let what = if error.is_timeout() { "did not answer in time" } else { "cannot be reached" };
        CommandError::new(Exit::Temporary, "unreachable", format!("{} {what}", self.root))
            .hint("Start it with `earmark demo` or `earmark serve`, or name it with --url")
    }
}

/// A file of the server.
pub struct Fetched {
    /// Its bytes.
    pub body: Vec<u8>,
    headers: reqwest::header::HeaderMap,
}

impl Fetched {
    /// A header, where it is there and text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}

fn header(response: &reqwest::Response, name: &str) -> Option<String> {
    response.headers().get(name).and_then(|value| value.to_str().ok()).map(str::to_owned)
}

fn token(global: &GlobalArguments) -> Result<Option<SecretString>, CommandError> {
    let Some(path) = &global.token_file else {
        let token = std::env::var("EARMARK_TOKEN").ok().filter(|token| !token.is_empty());
        return Ok(token.map(SecretString::from));
    };
    crate::config::secret::read(path)
        .map(Some)
        .map_err(|error| CommandError::new(Exit::Usage, "token_file", error.to_string()))
}

/// A problem document as the command's end.
fn refusal(status: u16, problem: &Value, retry_after: Option<&str>) -> CommandError {
    let exit = match status {
        400 | 405 | 413 | 415 | 422 => Exit::Usage,
        401 | 403 => Exit::Forbidden,
        404 | 410 => Exit::NotFound,
        409 | 412 | 428 => Exit::Refused,
        429 | 502..=504 => Exit::Temporary,
        _ => Exit::Failure,
    };
    let text = |key: &str| problem.get(key).and_then(Value::as_str).map(str::to_owned);
    let refusals: Vec<&str> =
        problem["refusals"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let message = Some(refusals.join("\n"))
        .filter(|refusals| !refusals.is_empty())
        .or_else(|| text("detail"))
        .or_else(|| text("title"))
        .or_else(|| problem.pointer("/error/message").and_then(Value::as_str).map(str::to_owned))
        .unwrap_or_else(|| format!("the server answered {status}"));
    let hint = text("hint").or_else(|| match status {
        401 => Some("Set EARMARK_TOKEN or --token-file to the administrator's token".to_owned()),
        _ => retry_after.map(|seconds| format!("Try again in {seconds} seconds")),
    });
    CommandError {
        exit,
        code: text("code").unwrap_or_else(|| status.to_string()),
        message,
        hint,
        request_id: text("requestId"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_problem_document_becomes_exit_code_message_and_remedy() {
        let problem = json!({"detail": "no such mailbox", "hint": "List them", "code": "mailbox"});
        let error = refusal(404, &problem, None);
        assert_eq!((error.exit.code(), error.message.as_str()), (3, "no such mailbox"));
        assert_eq!(error.hint.as_deref(), Some("List them"));
        assert_eq!(refusal(429, &Value::Null, Some("7")).exit.code(), 5);
        assert_eq!(refusal(401, &Value::Null, None).exit.code(), 4);
    }
}
