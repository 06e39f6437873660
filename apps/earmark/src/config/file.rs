//! What `earmark.toml` can say. Unknown keys are refused.

use serde::Deserialize;
use std::path::PathBuf;
use url::Url;

/// The whole file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct File {
    /// Where the service listens. Default `127.0.0.1:8080`. Environment: `EARMARK_LISTEN`.
    #[serde(default = "default_listen")]
    pub listen: String,
    /// The folder of the embedded files. Default `./earmark-data`. Environment:
    /// `EARMARK_DATA_DIR`.
    #[serde(default = "default_data_dir")]
    pub data_dir: PathBuf,
    /// The time between two cycles of a mailbox, at least `1s`. Default `15m`. Environment:
    /// `EARMARK_CYCLE`.
    #[serde(default = "default_cycle")]
    pub cycle: String,
    /// The file that holds the administrator's token, mode 600. Environment:
    /// `EARMARK_ADMIN_TOKEN_FILE`, or the token itself in `EARMARK_ADMIN_TOKEN`.
    #[serde(default)]
    pub admin_token_file: Option<PathBuf>,
    /// Notifications from the mailbox server; without it changes are seen in the regular cycle.
    #[serde(default)]
    pub push: PushFile,
    /// The categories of mailboxes that have none yet.
    #[serde(default)]
    pub category: CategoryFile,
    /// The Outlook add-in; without it nobody signs in with a user's token.
    #[serde(default)]
    pub addin: Option<AddinFile>,
    /// The organizations that are served; at least one.
    #[serde(default, rename = "organization")]
    pub organizations: Vec<OrganizationFile>,
}

/// Where the mailbox server delivers notifications to.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PushFile {
    /// The public address of this service's `/notifications`, https. Environment:
    /// `EARMARK_NOTIFICATION_URL`.
    #[serde(default)]
    pub notification_url: Option<String>,
}

/// The Outlook add-in, and where its users sign in.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddinFile {
    /// The public https address under which Outlook reaches this service, without a path.
    pub url: String,
    /// The root of the directory. Default `https://login.microsoftonline.com`.
    #[serde(default = "default_authority")]
    pub authority: Url,
    /// The tenant's id or domain.
    pub tenant: String,
    /// The client id of the add-in's application.
    pub client_id: String,
    /// The address under which the application offers its scope. Default `api://` and the client
    /// id.
    #[serde(default)]
    pub audience: Option<String>,
    /// The scope. Default `Tracking.ReadWrite`.
    #[serde(default = "default_scope")]
    pub scope: String,
    /// More hosts that may show the pane in a frame, such as Outlook on the web of an own
    /// Exchange: `https://mail.contoso.example`.
    #[serde(default)]
    pub framed_by: Vec<String>,
}

/// Names and colours of the categories, where a mailbox has none yet.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CategoryFile {
    /// The tracking category. Default `Tracked to Dynamics 365`.
    #[serde(default)]
    pub name: Option<String>,
    /// Its colour: `none`, or `preset0` to `preset24`. Default `preset4`.
    #[serde(default)]
    pub color: Option<String>,
    /// The category of what could not be tracked. Default
    /// `Tracked to Dynamics 365 (Undeliverable)`.
    #[serde(default)]
    pub undeliverable_name: Option<String>,
    /// Its colour. Default `preset0`.
    #[serde(default)]
    pub undeliverable_color: Option<String>,
}

/// One organization: a CRM and the mailboxes of its people.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OrganizationFile {
    /// Its short name in addresses and commands: lower case letters, digits and hyphens.
    pub slug: String,
    /// Its name for people. Default: the slug.
    #[serde(default)]
    pub name: Option<String>,
    /// The file of its ledger inside `data_dir`; no two organizations share one. Default
    /// `ledger.db`.
    #[serde(default = "default_ledger")]
    pub ledger: String,
    /// Its CRM.
    pub crm: CrmFile,
    /// The server of its mailboxes.
    pub mailboxes: MailboxesFile,
}

/// The CRM of an organization.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum CrmFile {
    /// The embedded CRM.
    Embedded {
        /// Its file inside `data_dir`; no two organizations share one. Default `crm.db`.
        #[serde(default = "default_crm_database")]
        database: String,
    },
}

/// The server of an organization's mailboxes.
#[derive(Debug, Clone, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum MailboxesFile {
    /// Microsoft Graph, or a server that speaks like it.
    Graph(GraphFile),
}

/// How to reach and sign in to Microsoft Graph.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GraphFile {
    /// The root of the API. Default `https://graph.microsoft.com/v1.0`.
    #[serde(default = "default_graph_root")]
    pub root: Url,
    /// The root of the token endpoint. Default `https://login.microsoftonline.com`.
    #[serde(default = "default_authority")]
    pub authority: Url,
    /// The tenant's id or domain.
    pub tenant: String,
    /// The application's client id.
    pub client_id: String,
    /// The file that holds the client secret, mode 600.
    #[serde(default)]
    pub client_secret_file: Option<PathBuf>,
    /// The environment variable that holds the client secret.
    #[serde(default)]
    pub client_secret_env: Option<String>,
}

fn default_listen() -> String {
    "127.0.0.1:8080".to_owned()
}

fn default_data_dir() -> PathBuf {
    PathBuf::from("./earmark-data")
}

fn default_cycle() -> String {
    "15m".to_owned()
}

fn default_ledger() -> String {
    "ledger.db".to_owned()
}

fn default_crm_database() -> String {
    "crm.db".to_owned()
}

fn default_graph_root() -> Url {
    fixed("https://graph.microsoft.com/v1.0")
}

fn default_scope() -> String {
    "Tracking.ReadWrite".to_owned()
}

fn default_authority() -> Url {
    fixed("https://login.microsoftonline.com")
}

fn fixed(text: &str) -> Url {
    Url::parse(text).expect("a constant address is valid")
}
