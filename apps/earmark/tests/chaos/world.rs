//! The world of one run: a pretend Exchange, two workers that share a data folder, mailboxes.

use super::{
    options::Options,
    process::{Process, SECRET},
};
use reqwest::{Client, Method, StatusCode, header};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

/// The administrator's token of every process.
pub const ADMIN: &str = "chaos-admin-token";

/// Units: workers.
pub const WORKERS: usize = 2;

/// The category before anybody renames it.
pub const CATEGORY: &str = "Tracked to Dynamics 365";

/// How long one request may take.
const ANSWER_WITHIN: Duration = Duration::from_secs(30);

/// What the person of a mailbox wants of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wish {
    /// It is to be tracked.
    Tracked,
    /// It is not to be tracked any more.
    Untracked,
    /// Nobody said: a copy of a message that others may track.
    Open,
}

/// One message of one mailbox.
#[derive(Debug)]
pub struct Item {
    /// `Message-ID` without brackets.
    pub message_id: String,
    /// What its person wants.
    pub wish: Wish,
    /// The wish was a request, which the service may still have to carry out: its category says
    /// nothing until then, so that a person who means it asks again.
    pub is_request: bool,
    /// What was done to it, with milliseconds since the start.
    pub story: Vec<String>,
}

/// What the service still has to do in one mailbox.
#[derive(Debug, Clone, Copy, Default)]
pub struct Behind {
    /// Units: items that are to be tracked and are not.
    pub to_track: usize,
    /// Units: items that are tracked and are not to be.
    pub to_untrack: usize,
}

impl Book {
    /// How far the service is behind, with `linked` in the CRM.
    pub fn behind(&self, linked: &BTreeSet<String>) -> Behind {
        Behind {
            to_track: self.tracked.iter().filter(|id| !linked.contains(*id)).count(),
            to_untrack: self.untracked.iter().filter(|id| linked.contains(*id)).count(),
        }
    }
}

/// What the person of a mailbox knows.
#[derive(Debug)]
pub struct Book {
    /// The category's name, and those that it had before.
    pub names: Vec<String>,
    /// The messages by immutable id.
    pub items: BTreeMap<String, Item>,
    /// Ids of items that are to be tracked, the oldest first.
    pub tracked: Vec<String>,
    /// Ids of items that are not to be tracked any more.
    pub untracked: Vec<String>,
}

/// One mailbox.
pub struct Mailbox {
    /// Its address.
    pub address: String,
    /// What its person knows; locked while the person acts.
    pub book: tokio::sync::Mutex<Book>,
}

/// Everything.
pub struct World {
    /// What was asked for.
    pub options: Options,
    /// The shared data folder of the workers.
    pub data: PathBuf,
    /// The mailboxes.
    pub mailboxes: Vec<Mailbox>,
    /// The items that the CRM has linked, as of the last look.
    pub linked: Mutex<Arc<BTreeSet<String>>>,
    /// What must never be seen and was.
    pub seen: Mutex<Vec<String>>,
    started: std::time::Instant,
    client: Client,
    folder: tempfile::TempDir,
    sandbox: Process,
    roots: Mutex<[Option<String>; WORKERS]>,
}

impl World {
    /// Starts the pretend Exchange with its people. No worker runs yet.
    pub async fn start(options: Options) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let sandbox = Process::sandbox(folder.path());
        let client = Client::builder().timeout(ANSWER_WITHIN).build().expect("a client");
        let mailboxes = (0..options.mailboxes).map(|number| {
            let book = Book {
                names: vec![CATEGORY.to_owned()],
                items: BTreeMap::new(),
                tracked: Vec::new(),
                untracked: Vec::new(),
            };
            let address = format!("person{number}@fabrikam.test");
            Mailbox { address, book: tokio::sync::Mutex::new(book) }
        });
        let world = Self {
            mailboxes: mailboxes.collect(),
            data: folder.path().join("data"),
            linked: Mutex::default(),
            seen: Mutex::default(),
            started: std::time::Instant::now(),
            roots: Mutex::default(),
            options,
            client,
            folder,
            sandbox,
        };
        // The documented limits over time would decide the throughput in place of the kills.
        world.control(Method::PUT, "/quirks", json!({"throttling": false})).await;
        let client = json!({"clientId": "earmark", "secret": SECRET});
        world.control(Method::POST, "/clients", client).await;
        for mailbox in &world.mailboxes {
            let user = json!({"mail": mailbox.address, "displayName": mailbox.address});
            world.control(Method::POST, "/users", user).await;
        }
        world
    }

    /// Writes the configuration of the workers.
    pub fn config(&self) -> PathBuf {
        let file = self.folder.path().join("earmark.toml");
        let sandbox = &self.sandbox.root;
        let text = format!(
            "listen = \"127.0.0.1:0\"\ncycle = \"1s\"\ndata_dir = {:?}\n[[organization]]\n\
             slug = \"fabrikam\"\ncrm = {{ kind = \"embedded\" }}\n[organization.mailboxes]\n\
             kind = \"graph\"\nroot = \"{sandbox}/graph/v1.0\"\nauthority = \"{sandbox}/login\"\n\
             tenant = \"demo\"\nclient_id = \"earmark\"\nclient_secret_env = \"CHAOS_GRAPH_SECRET\"\n",
            self.data
        );
        std::fs::write(&file, text).expect("written");
        file
    }

    /// The log of worker number `slot`.
    pub fn log(&self, slot: usize) -> PathBuf {
        self.folder.path().join(format!("worker-{slot}.log"))
    }

    /// A file of the shared data folder.
    pub fn file(&self, name: &str) -> PathBuf {
        Path::new(&self.data).join(name)
    }

    /// The files stay for somebody who wants to look.
    pub fn keep(self) -> PathBuf {
        self.folder.keep()
    }

    /// See [`World::linked`].
    pub fn linked(&self) -> Arc<BTreeSet<String>> {
        Arc::clone(&self.linked.lock().expect("not poisoned"))
    }

    /// Where worker number `slot` is from now on; `None`: it is gone.
    pub fn place(&self, slot: usize, root: Option<String>) {
        self.roots.lock().expect("not poisoned")[slot] = root;
    }

    /// Milliseconds since the start.
    pub fn elapsed(&self) -> u128 {
        self.started.elapsed().as_millis()
    }

    /// Something was seen that must never be.
    pub fn violated(&self, what: String) {
        self.seen.lock().expect("not poisoned").push(what);
    }

    /// Something that the sandbox's control must do.
    pub async fn control(&self, method: Method, path: &str, body: Value) -> Value {
        let path = format!("/sandbox/v1{path}");
        let (status, answer) = self.sandbox(method, &path, Some(body)).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    /// Puts raw text into the sandbox: a delivery or an import.
    pub async fn put_mail(&self, path: &str, media_type: &str, body: String) -> Value {
        let answer = self
            .client
            .post(format!("{}/sandbox/v1{path}", self.sandbox.root))
            .bearer_auth(ADMIN)
            .header(header::CONTENT_TYPE, media_type)
            .body(body)
            .send()
            .await
            .expect("the sandbox answers");
        let status = answer.status();
        let text = answer.text().await.expect("a body");
        assert!(status.is_success(), "{path}: {status} {text}");
        serde_json::from_str(&text).expect("JSON")
    }

    /// Something that the Graph face must do, with immutable ids.
    pub async fn graph(&self, method: Method, path: &str, body: Option<Value>) -> Value {
        let path = format!("/graph/v1.0{path}");
        let (status, answer) = self.sandbox(method, &path, body).await;
        assert!(status.is_success(), "{path}: {status} {answer}");
        answer
    }

    async fn sandbox(
        &self,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> (StatusCode, Value) {
        self.ask(method, &self.sandbox.root, path, body).await.expect("the sandbox answers")
    }

    /// A request to whichever worker answers, `first` first; `None` where none does.
    pub async fn worker(
        &self,
        first: usize,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Option<(StatusCode, Value)> {
        for slot in [first % WORKERS, (first + 1) % WORKERS] {
            let root = self.roots.lock().expect("not poisoned")[slot].clone();
            let Some(root) = root else { continue };
            if let Some(answer) = self.ask(method.clone(), &root, path, body.clone()).await {
                return Some(answer);
            }
        }
        None
    }

    /// Repeats a request to the workers until one of them has answered well.
    pub async fn insist(
        &self,
        first: usize,
        method: Method,
        path: &str,
        body: Option<Value>,
    ) -> Value {
        let mut pace = tokio::time::interval(Duration::from_millis(100));
        let mut last = None;
        for attempt in first..first + 300 {
            pace.tick().await;
            match self.worker(attempt, method.clone(), path, body.clone()).await {
                Some((status, answer)) if status.is_success() => return answer,
                other => last = other.or(last),
            }
        }
        panic!("{method} {path}: no worker did it; the last answer was {last:?}");
    }

    async fn ask(
        &self,
        method: Method,
        root: &str,
        path: &str,
        body: Option<Value>,
    ) -> Option<(StatusCode, Value)> {
        let mut request = self
            .client
            .request(
                method,
                if path.starts_with("http") { path.to_owned() } else { format!("{root}{path}") },
            )
            .bearer_auth(ADMIN)
            .header("prefer", "IdType=\"ImmutableId\"");
        if let Some(body) = body {
            request = request.json(&body);
        }
        let answer = request.send().await.ok()?;
        let status = answer.status();
        let text = answer.text().await.ok()?;
        Some((status, serde_json::from_str(&text).unwrap_or(Value::String(text))))
    }
}
