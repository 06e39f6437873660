//! Reads the file, puts the environment over it, and checks the whole.

use super::file::{CrmFile, File, GraphFile, MailboxesFile};
use super::{
    addin::{self, AddinConfiguration},
    category::{self, Categories},
    cycle, secret,
};
use secrecy::SecretString;
use std::{
    collections::BTreeSet,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};
use url::Url;

/// A configuration that was checked as a whole.
#[derive(Debug, Clone)]
pub struct Configuration {
    /// Where the service listens.
    pub listen: SocketAddr,
    /// The folder of the embedded files.
    pub data_dir: PathBuf,
    /// The time between two cycles of a mailbox.
    pub cycle: Duration,
    /// The administrator's token.
    pub admin_token: SecretString,
    /// Where notifications are delivered to; without it none are asked for.
    pub notification_url: Option<Url>,
    /// The categories of mailboxes that have none yet.
    pub categories: Categories,
    /// The Outlook add-in, where there is one.
    pub addin: Option<AddinConfiguration>,
    /// The organizations, at least one.
    pub organizations: Vec<Organization>,
}

/// One organization.
#[derive(Debug, Clone)]
pub struct Organization {
    /// Its short name.
    pub slug: String,
    /// Its name for people.
    pub name: String,
    /// The file of its ledger, inside the data folder.
    pub ledger: String,
    /// The file of its embedded CRM, inside the data folder.
    pub crm_database: String,
    /// Its Microsoft Graph.
    pub graph: GraphFile,
    /// The client secret for it.
    pub client_secret: SecretString,
}

/// A mistake in the configuration: one line that names file, key and remedy.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {key}: {problem}; {remedy}")]
pub struct ConfigurationError {
    /// The file, or `environment`.
    pub file: String,
    /// The key.
    pub key: String,
    /// What is wrong with it.
    pub problem: String,
    /// What to do.
    pub remedy: String,
}

/// How an environment variable is looked up; tests pass their own.
pub type Environment<'a> = &'a dyn Fn(&str) -> Option<String>;

/// Reads and checks the configuration at `path`.
pub fn load(
    path: &Path,
    environment: Environment<'_>,
) -> Result<Configuration, ConfigurationError> {
    let shown = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| ConfigurationError {
        file: shown.clone(),
        key: "(file)".to_owned(),
        problem: format!("cannot be read ({error})"),
        remedy: "name another with --config, or copy docs/earmark.example.toml".to_owned(),
    })?;
    let mut file = parse(&shown, &text)?;
    overlay(&mut file, environment);
    check(&shown, file, environment)
}

/// Parses the text of a file called `shown`.
pub fn parse(shown: &str, text: &str) -> Result<File, ConfigurationError> {
    toml::from_str(text).map_err(|error| {
        let line = error.span().map(|span| line_of(text, span.start));
        let key = line.map_or_else(|| "(file)".to_owned(), |line| format!("line {line}"));
        let problem = one_line(error.message());
        let remedy = "compare it with docs/earmark.example.toml".to_owned();
        ConfigurationError { file: shown.to_owned(), key, problem, remedy }
    })
}

/// A value that an error repeats may hold line breaks and other signs that terminals obey.
fn one_line(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn line_of(text: &str, offset: usize) -> usize {
    text.bytes().take(offset).filter(|byte| *byte == b'\n').count() + 1
}

/// Flags come over the environment, the environment over the file.
fn overlay(file: &mut File, environment: Environment<'_>) {
    if let Some(listen) = environment("EARMARK_LISTEN") {
        file.listen = listen;
    }
    if let Some(data_dir) = environment("EARMARK_DATA_DIR") {
        file.data_dir = PathBuf::from(data_dir);
    }
    if let Some(cycle) = environment("EARMARK_CYCLE") {
        file.cycle = cycle;
    }
    if let Some(path) = environment("EARMARK_ADMIN_TOKEN_FILE") {
        file.admin_token_file = Some(PathBuf::from(path));
    }
    if let Some(url) = environment("EARMARK_NOTIFICATION_URL") {
        file.push.notification_url = Some(url);
    }
}

/// Checks a file called `shown` as a whole; secrets are read where it says.
///
/// Errors: the first mistake, one line that names file, key and remedy, and shows no secret.
pub fn check(
    shown: &str,
    file: File,
    environment: Environment<'_>,
) -> Result<Configuration, ConfigurationError> {
    let wrong = |key: &str, problem: String, remedy: &str| ConfigurationError {
        file: shown.to_owned(),
        key: one_line(key),
        problem: one_line(&problem),
        remedy: one_line(remedy),
    };
    let listen = file.listen.parse().map_err(|_| {
        let problem = format!("`{}` is not an address with a port", file.listen);
        wrong("listen", problem, "write for example 127.0.0.1:8080")
    })?;
    let cycle = cycle::parse(&file.cycle)
        .map_err(|problem| wrong("cycle", problem, "leave it out for 15m"))?;
    let admin_token = admin_token(&file, environment)
        .map_err(|(problem, remedy)| wrong("admin_token_file", problem, &remedy))?;
    let notification_url = file.push.notification_url.as_deref().map(notification_url).transpose();
    let notification_url = notification_url
        .map_err(|(problem, remedy)| wrong("push.notification_url", problem, &remedy))?;
    let categories = category::check(&file.category)
        .map_err(|(key, problem, remedy)| wrong(&format!("category.{key}"), problem, remedy))?;
    let addin = file.addin.as_ref().map(addin::check).transpose();
    let addin =
        addin.map_err(|(key, problem, remedy)| wrong(&format!("addin.{key}"), problem, remedy))?;
    if file.organizations.is_empty() {
        let remedy = "add one [[organization]] with slug, crm and mailboxes";
        return Err(wrong("organization", "there is none".to_owned(), remedy));
    }
    let mut taken = BTreeSet::new();
    let mut organizations = Vec::new();
    for organization in file.organizations {
        let slug = organization.slug.clone();
        let key = |name: &str| format!("organization `{slug}` {name}");
        if !is_slug(&slug) {
            let problem = format!("`{slug}` is not a short name");
            return Err(wrong("organization.slug", problem, "use a-z, 0-9 and hyphens"));
        }
        let CrmFile::Embedded { database } = organization.crm;
        if !taken.insert(format!("slug {slug}")) {
            let problem = "is used twice".to_owned();
            return Err(wrong(&key("slug"), problem, "give each organization its own"));
        }
        for (name, file) in [("ledger", &organization.ledger), ("crm.database", &database)] {
            if file.contains(['/', '\\']) || file.is_empty() {
                let problem = format!("`{file}` is not a file name");
                return Err(wrong(&key(name), problem, "give a plain name such as crm.db"));
            }
            if !taken.insert(format!("file {file}")) {
                let problem = format!("`{file}` is used twice");
                return Err(wrong(&key(name), problem, "give each its own file"));
            }
        }
        let MailboxesFile::Graph(graph) = organization.mailboxes;
        let client_secret = client_secret(&graph, environment).map_err(|(problem, remedy)| {
            wrong(&key("mailboxes.client_secret_file"), problem, &remedy)
        })?;
        let name = organization.name.unwrap_or_else(|| slug.clone());
        organizations.push(Organization {
            slug,
            name,
            ledger: organization.ledger,
            crm_database: database,
            graph,
            client_secret,
        });
    }
    Ok(Configuration {
        listen,
        data_dir: file.data_dir,
        cycle,
        admin_token,
        notification_url,
        categories,
        addin,
        organizations,
    })
}

/// What is wrong, and what to do.
type Mistake = (String, String);

fn admin_token(file: &File, environment: Environment<'_>) -> Result<SecretString, Mistake> {
    if let Some(token) = environment("EARMARK_ADMIN_TOKEN").filter(|token| !token.is_empty()) {
        return Ok(SecretString::from(token));
    }
    match &file.admin_token_file {
        Some(path) => secret::read(path).map_err(|error| from_secret(&error)),
        None => Err((
            "no administrator's token".to_owned(),
            "name a file of mode 600, or set EARMARK_ADMIN_TOKEN".to_owned(),
        )),
    }
}

/// The mailbox server delivers to https only, and sends back what stands in the address.
fn notification_url(text: &str) -> Result<Url, Mistake> {
    let remedy = "write for example https://sync.contoso.example/notifications";
    let refused = |problem: String| Err((problem, remedy.to_owned()));
    let Ok(url) = Url::parse(text) else {
        return refused(format!("`{text}` is not an address"));
    };
    if url.scheme() != "https" {
        return refused(format!("`{}` is not https", url.scheme()));
    }
    if url.username() != "" || url.password().is_some() || url.fragment().is_some() {
        return refused("has a user, password or fragment in it".to_owned());
    }
    Ok(url)
}

/// Somebody may have written the secret itself where the name of its variable belongs.
fn unset(name: &str) -> String {
    let is_name = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
    match name.chars().all(is_name) && !name.is_empty() {
        true => format!("{name} is not set"),
        false => "client_secret_env names no variable that is set".to_owned(),
    }
}

fn client_secret(graph: &GraphFile, environment: Environment<'_>) -> Result<SecretString, Mistake> {
    match (&graph.client_secret_file, &graph.client_secret_env) {
        (Some(path), None) => secret::read(path).map_err(|error| from_secret(&error)),
        (None, Some(name)) => environment(name)
            .filter(|value| !value.is_empty())
            .map(SecretString::from)
            .ok_or_else(|| (unset(name), "set it, or use client_secret_file".to_owned())),
        (Some(_), Some(_)) => Err((
            "both client_secret_file and client_secret_env are given".to_owned(),
            "keep one of them".to_owned(),
        )),
        (None, None) => Err((
            "no client secret".to_owned(),
            "name a file of mode 600, or use client_secret_env".to_owned(),
        )),
    }
}

/// A secret's error is a sentence with its remedy after the last semicolon.
fn from_secret(error: &secret::SecretError) -> Mistake {
    let text = error.to_string();
    match text.rsplit_once("; ") {
        Some((problem, remedy)) => (problem.to_owned(), remedy.to_owned()),
        None => (text, "check the file".to_owned()),
    }
}

fn is_slug(slug: &str) -> bool {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    !slug.is_empty() && slug.len() <= 40 && slug.chars().all(allowed) && !slug.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINIMAL: &str = r#"
[[organization]]
slug = "contoso"
crm = { kind = "embedded" }
[organization.mailboxes]
kind = "graph"
tenant = "contoso.example"
client_id = "1b2c"
client_secret_env = "GRAPH_SECRET"
"#;

    fn environment(name: &str) -> Option<String> {
        match name {
            "EARMARK_ADMIN_TOKEN" | "GRAPH_SECRET" => Some("canary".to_owned()),
            _ => None,
        }
    }

    fn load_text(text: &str) -> Result<Configuration, String> {
        let file = parse("earmark.toml", text).map_err(|error| error.to_string())?;
        check("earmark.toml", file, &environment).map_err(|error| error.to_string())
    }

    #[test]
    fn the_example_file_is_valid() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/earmark.example.toml");
        let text = std::fs::read_to_string(path).expect("the example is there");
        let file = parse("earmark.example.toml", &text).expect("it parses");
        assert_eq!(file.organizations.len(), 1);
    }

    #[test]
    fn a_minimal_file_has_documented_defaults() {
        let configuration = load_text(MINIMAL).expect("valid");
        assert_eq!(configuration.cycle, Duration::from_secs(900));
        assert_eq!(configuration.organizations[0].crm_database, "crm.db");
        assert!(!format!("{configuration:?}").contains("canary"), "Debug hides secrets");
    }

    #[test]
    fn each_mistake_is_one_line_that_names_file_key_and_remedy() {
        let unknown = format!("lisen = \"x\"\n{MINIMAL}");
        let port = format!("listen = \"localhost\"\n{MINIMAL}");
        let short = format!("cycle = \"10ms\"\n{MINIMAL}");
        let secret = MINIMAL.replace("GRAPH_SECRET", "NOT_SET");
        let colour = format!("category.color = \"green\"\n{MINIMAL}");
        let addin =
            "[addin]\nurl = \"http://contoso.example\"\ntenant = \"t\"\nclient_id = \"c\"\n";
        let addin = format!("{MINIMAL}{addin}");
        let insecure = format!("push.notification_url = \"http://contoso.example/\"\n{MINIMAL}");
        for (text, key) in [
            (unknown.as_str(), "line 1"),
            (port.as_str(), "listen"),
            (short.as_str(), "cycle"),
            (secret.as_str(), "client_secret"),
            (insecure.as_str(), "push.notification_url"),
            (colour.as_str(), "category.color"),
            (addin.as_str(), "addin.url"),
            ("listen = \"127.0.0.1:1\"", "organization"),
        ] {
            let error = load_text(text).expect_err(key);
            assert!(error.starts_with("earmark.toml: ") && error.contains(key), "{error}");
            assert!(error.contains("; ") && !error.contains('\n'), "{error}");
        }
    }

    #[test]
    fn two_organizations_never_share_a_file() {
        let twice = format!("{MINIMAL}{}", MINIMAL.replace("contoso", "fabrikam"));
        let error = load_text(&twice).expect_err("refused");
        assert!(error.contains("used twice"), "{error}");
    }

    #[test]
    fn the_environment_comes_over_the_file() {
        let mut file = parse("earmark.toml", MINIMAL).expect("valid");
        overlay(&mut file, &|name| (name == "EARMARK_CYCLE").then(|| "2m".to_owned()));
        assert_eq!(file.cycle, "2m");
    }
}
