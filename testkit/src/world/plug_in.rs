//! A pretend plug-in: the endpoint of every step, which answers as it is told.

use super::{World, http::literal, records::ROOT};
use crate::VirtualClock;
use anyhow::{Context, Result, bail};
use async_trait::async_trait;
use bytes::Bytes;
use earmark_http::{SendError, SendOptions, Transport};
use earmark_model::{Clock, Instant};
use http::{Method, Request, Response, header};
use serde_json::{Value, json};
use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

/// Where it listens; nothing is resolved.
const ENDPOINT: &str = "http://127.0.0.1:9/plug-in";

/// How long a late answer takes: longer than the CRM waits.
const LATE: Duration = Duration::from_secs(70);

/// What the plug-in does when it is called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// It accepts.
    Accept,
    /// It refuses with this text; where a subject is given, only rows that have it.
    Refuse {
        /// What it says.
        text: String,
        /// The subject.
        subject: Option<String>,
    },
    /// It answers with this status and no text.
    Status(u16),
    /// It accepts after the CRM stopped waiting.
    Late,
    /// Nothing listens.
    Silence,
}

/// A step to be registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewStep {
    /// Its message: `Create`.
    pub message: String,
    /// Its table: `email`.
    pub table: String,
    /// `stage`.
    pub stage: i64,
    /// The columns that an update must name.
    pub columns: Option<String>,
    /// Whether it is enabled.
    pub enabled: bool,
}

/// One call.
#[derive(Debug, Clone)]
struct Call {
    at: Instant,
    body: Value,
}

/// The endpoint.
pub(super) struct PlugIn {
    clock: Arc<VirtualClock>,
    state: Mutex<State>,
}

struct State {
    answer: Answer,
    calls: Vec<Call>,
    /// The calls before this one are not counted.
    counted_from: usize,
}

impl PlugIn {
    pub(super) fn new(clock: Arc<VirtualClock>) -> Self {
        let state = State { answer: Answer::Accept, calls: Vec::new(), counted_from: 0 };
        Self { clock, state: Mutex::new(state) }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Transport for PlugIn {
    async fn send(
        &self,
        request: Request<Bytes>,
        options: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        let began = self.clock.now();
        let body: Value = serde_json::from_slice(request.body())
            .map_err(|error| SendError::Bug { detail: error.to_string() })?;
        let answer = {
            let mut state = self.lock();
            state.calls.push(Call { at: began, body: body.clone() });
            state.answer.clone()
        };
        // As on a network, others get their turn between a request and its answer.
        tokio::task::yield_now().await;
        match answer {
            Answer::Accept => Ok(Response::new(Bytes::new())),
            Answer::Refuse { text, subject } => match subject {
                Some(subject) if target(&body, "subject") != json!(subject) => {
                    Ok(Response::new(Bytes::new()))
                }
                _ => problem(&text),
            },
            Answer::Status(status) => with_status(status),
            Answer::Silence => Err(SendError::Connect { detail: "nobody listens".to_owned() }),
            Answer::Late => {
                let waited = LATE.min(options.timeout);
                tokio::time::sleep(waited).await;
                self.clock.advance_to(began.plus(waited));
                if LATE > options.timeout {
                    return Err(SendError::Timeout);
                }
                Ok(Response::new(Bytes::new()))
            }
        }
    }
}

fn problem(text: &str) -> Result<Response<Bytes>, SendError> {
    let body = json!({"title": "Refused", "detail": text}).to_string();
    Response::builder()
        .status(400)
        .header(header::CONTENT_TYPE, "application/problem+json")
        .body(Bytes::from(body))
        .map_err(|error| SendError::Bug { detail: error.to_string() })
}

fn with_status(status: u16) -> Result<Response<Bytes>, SendError> {
    Response::builder()
        .status(status)
        .body(Bytes::new())
        .map_err(|error| SendError::Bug { detail: error.to_string() })
}

/// An attribute of the row that a call is about.
fn target(body: &Value, attribute: &str) -> Value {
    let attributes = body["InputParameters"][0]["value"]["Attributes"].as_array();
    let mut found = attributes.into_iter().flatten().filter(|pair| pair["key"] == attribute);
    found.next().map_or(Value::Null, |pair| pair["value"].clone())
}

impl World {
    /// What the plug-in does from now on.
    pub fn answer_steps(&self, answer: Answer) {
        self.outside.plug_in.lock().answer = answer;
    }

    /// Starts counting the plug-in's calls anew.
    pub(super) fn clear_calls(&self) {
        let mut state = self.outside.plug_in.lock();
        state.counted_from = state.calls.len();
    }

    /// When the plug-in was called since counting started.
    pub fn calls(&self) -> Vec<Instant> {
        let state = self.outside.plug_in.lock();
        state.calls[state.counted_from..].iter().map(|call| call.at).collect()
    }

    /// The time from one cycle to the next.
    pub fn cycle_length(&self) -> Duration {
        self.settings.cycle
    }

    /// The addresses that the last call named as `from`, `to`, `cc` or `bcc`, in order.
    pub fn seen_parties(&self, attribute: &str) -> Result<Vec<String>> {
        let state = self.outside.plug_in.lock();
        let last = state.calls.last().context("the plug-in was never called")?;
        let list = target(&last.body, attribute);
        let parties = list["Entities"].as_array().cloned().unwrap_or_default();
        let mut addresses: Vec<String> = parties
            .iter()
            .filter_map(|party| {
                let pairs = party["Attributes"].as_array()?;
                let pair = pairs.iter().find(|pair| pair["key"] == "addressused")?;
                pair["value"].as_str().map(str::to_owned)
            })
            .collect();
        addresses.sort();
        Ok(addresses)
    }

    /// An administrator registers a step as registration tools do: endpoint, message, filter,
    /// step.
    pub async fn register_step(&self, step: &NewStep) -> Result<()> {
        self.act();
        let endpoint = json!({
            "name": "Plug-in", "url": ENDPOINT, "contract": 8, "authtype": 4, "authvalue": "key",
        });
        let endpoints = format!("{ROOT}/serviceendpoints");
        self.admin(Method::POST, &endpoints, Some(endpoint)).await?;
        let made = self.rows(&format!("{endpoints}?$select=serviceendpointid")).await?;
        let endpoint = made.last().context("no endpoint")?["serviceendpointid"].clone();
        let (message, filter) = self.filter_of(&step.message, &step.table).await?;
        let mut body = json!({
            "name": format!("{} of {}", step.message, step.table),
            "mode": 0,
            "stage": step.stage,
            "rank": 1,
            "supporteddeployment": 0,
            "sdkmessageid@odata.bind": format!("/sdkmessages({message})"),
            "sdkmessagefilterid@odata.bind": format!("/sdkmessagefilters({filter})"),
            "eventhandler_serviceendpoint@odata.bind":
                format!("/serviceendpoints({})", endpoint.as_str().unwrap_or_default()),
        });
        if let Some(columns) = &step.columns {
            body["filteringattributes"] = json!(columns);
        }
        if !step.enabled {
            body["statecode"] = json!(1);
        }
        let steps = format!("{ROOT}/sdkmessageprocessingsteps");
        self.admin(Method::POST, &steps, Some(body)).await.map(drop)
    }

    /// An administrator enables or disables every step.
    pub async fn enable_steps(&self, enabled: bool) -> Result<()> {
        self.act();
        let steps = format!("{ROOT}/sdkmessageprocessingsteps");
        let select = "sdkmessageprocessingstepid";
        for row in self.rows(&format!("{steps}?$select={select}")).await? {
            let id = row[select].as_str().unwrap_or_default();
            let body = json!({"statecode": i32::from(!enabled)});
            self.admin(Method::PATCH, &format!("{steps}({id})"), Some(body)).await?;
        }
        Ok(())
    }

    async fn filter_of(&self, message: &str, table: &str) -> Result<(String, String)> {
        let filter = format!(
            "primaryobjecttypecode%20eq%20{}%20and%20sdkmessageid/name%20eq%20{}",
            literal(table),
            literal(message)
        );
        let path = format!("{ROOT}/sdkmessagefilters?$filter={filter}");
        match self.rows(&path).await?.as_slice() {
            [row] => {
                let id = |name: &str| row[name].as_str().unwrap_or_default().to_owned();
                Ok((id("_sdkmessageid_value"), id("sdkmessagefilterid")))
            }
            rows => bail!("{} filters are for {message} of {table}, not one", rows.len()),
        }
    }
}
