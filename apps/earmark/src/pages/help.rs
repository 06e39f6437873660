//! `/help/`: the documents for people who run the service, as they stand in `docs/`, and a page for
//! each code.

use crate::api::problem::Problem;
use askama::Template;
use axum::{
    Router,
    extract::Path,
    response::{Html, IntoResponse, Redirect, Response},
    routing::get,
};
use earmark_tracking::{Reason, enabling::TestCause};
use pulldown_cmark::{CowStr, Event, Options, Parser, Tag, TagEnd, html};
use rust_embed::RustEmbed;

/// The documents, compiled in.
#[derive(RustEmbed)]
#[folder = "../../docs"]
#[include = "*.md"]
#[include = "images/*"]
#[exclude = "decisions/*"]
struct Documents;

/// The documents in the order of the page's list: name and title.
pub const PAGES: [(&str, &str); 12] = [
    ("quickstart", "Quickstart"),
    ("user-guide", "User guide"),
    ("concepts", "Concepts"),
    ("connect-microsoft-365", "Connect Microsoft 365"),
    ("add-in", "Outlook add-in"),
    ("configuration", "Configuration"),
    ("command-line", "Command line"),
    ("backup", "Backup"),
    ("api", "API"),
    ("plug-in-steps", "Plug-in steps"),
    ("troubleshooting", "Troubleshooting by code"),
    ("licences", "Licences"),
];

#[derive(Template)]
#[template(path = "help.html")]
struct HelpPage<'a> {
    title: &'a str,
    current: &'a str,
    pages: &'a [(&'a str, &'a str)],
    is_demo: bool,
    /// Made from our own documents; nothing from outside is in it.
    body: &'a str,
}

/// The documents' addresses.
pub fn router(is_demo: bool) -> Router {
    Router::new()
        .route("/help", get(async || Redirect::permanent("/help/")))
        .route("/help/", get(async move || document("quickstart", is_demo)))
        .route("/help/images/{name}", get(image))
        .route("/help/{name}", get(async move |Path(name): Path<String>| page(&name, is_demo)))
}

fn page(name: &str, is_demo: bool) -> Response {
    if PAGES.iter().any(|(known, _)| *known == name) {
        return document(name, is_demo);
    }
    match explained(name) {
        Some((explanation, advice)) => code(name, explanation, &advice, is_demo),
        None => Problem::missing("help", "there is no such page")
            .hint("/help/troubleshooting lists every code")
            .into_response(),
    }
}

/// What a code means in one sentence, where it is one of ours, and what the troubleshooting document
/// says about it; `None` where nobody explains it.
pub fn explained(code: &str) -> Option<(&'static str, Vec<String>)> {
    let explanation = Reason::from_code(code)
        .map(Reason::explanation)
        .or_else(|| TestCause::from_code(code).map(TestCause::text));
    let advice = advice(code);
    (explanation.is_some() || !advice.is_empty()).then(|| (explanation.unwrap_or_default(), advice))
}

fn document(name: &str, is_demo: bool) -> Response {
    let title = PAGES.iter().find(|(known, _)| *known == name).map_or("Help", |(_, title)| title);
    match text(name) {
        Some(text) => rendered(title, name, &markdown(&text), is_demo),
        None => Problem::missing("help", "there is no such page").into_response(),
    }
}

fn code(code: &str, explanation: &str, advice: &[String], is_demo: bool) -> Response {
    let advice = advice.join("\n\n");
    let body =
        format!("# {code}\n\n{explanation}\n\n{advice}\n\n[All codes](/help/troubleshooting)\n");
    rendered(code, "troubleshooting", &markdown(&body), is_demo)
}

/// The paragraphs and rows of the troubleshooting document that name a code; of a row, its cells.
fn advice(code: &str) -> Vec<String> {
    let wanted = format!("`{code}`");
    let Some(text) = text("troubleshooting") else { return Vec::new() };
    text.lines()
        .filter(|line| line.contains(&wanted))
        .map(|line| match line.strip_prefix('|') {
            Some(row) => row
                .trim_end_matches('|')
                .split(" | ")
                .map(str::trim)
                .filter(|cell| !cell.contains(&wanted))
                .collect::<Vec<_>>()
                .join("\n\n"),
            None => line.trim_start_matches("- ").to_owned(),
        })
        .collect()
}

fn text(name: &str) -> Option<String> {
    let file = Documents::get(&format!("{name}.md"))?;
    String::from_utf8(file.data.into_owned()).ok()
}

fn rendered(title: &str, current: &str, body: &str, is_demo: bool) -> Response {
    match (HelpPage { title, current, pages: &PAGES, is_demo, body }).render() {
        Ok(page) => Html(page).into_response(),
        Err(_) => Problem::missing("help", "the page cannot be shown").into_response(),
    }
}

async fn image(Path(name): Path<String>) -> Response {
    match Documents::get(&format!("images/{name}")) {
        Some(file) if name.ends_with(".png") => {
            ([(axum::http::header::CONTENT_TYPE, "image/png")], file.data).into_response()
        }
        _ => Problem::missing("path", "there is nothing at this address").into_response(),
    }
}

/// A document as HTML: links to other documents lead to their pages, headings have addresses, and
/// HTML within it is shown as text.
fn markdown(text: &str) -> String {
    let mut events: Vec<Event<'_>> = Vec::new();
    let mut heading: Option<usize> = None;
    for event in Parser::new_ext(text, Options::ENABLE_TABLES) {
        match event {
            Event::Html(raw) | Event::InlineHtml(raw) => events.push(Event::Text(raw)),
            Event::Start(Tag::Link { link_type, dest_url, title, id }) => {
                let dest_url = address(&dest_url);
                events.push(Event::Start(Tag::Link { link_type, dest_url, title, id }));
            }
            Event::Start(Tag::Heading { .. }) => {
                heading = Some(events.len());
                events.push(event);
            }
            Event::End(TagEnd::Heading(_)) => {
                if let Some(start) = heading.take() {
                    let anchor = anchor(&events[start + 1..]);
                    if let Event::Start(Tag::Heading { id, .. }) = &mut events[start] {
                        *id = Some(CowStr::from(anchor));
                    }
                }
                events.push(event);
            }
            other => events.push(other),
        }
    }
    let mut page = String::new();
    html::push_html(&mut page, events.into_iter());
    // What scrolls must be reachable by keyboard.
    page.replace("<pre>", "<pre tabindex=\"0\">")
}

/// Where a link of a document leads on the served pages.
fn address(link: &str) -> CowStr<'static> {
    if link.contains("://") || link.starts_with('#') || link.starts_with('/') {
        return CowStr::from(link.to_owned());
    }
    let (path, fragment) = link.split_once('#').map_or((link, ""), |(path, part)| (path, part));
    let name = path.trim_start_matches("docs/").trim_end_matches(".md");
    let target = match PAGES.iter().any(|(known, _)| *known == name) {
        true => format!("/help/{name}"),
        // Not among the pages: it stands in the repository only.
        false => "/help/".to_owned(),
    };
    let hash = if fragment.is_empty() { "" } else { "#" };
    CowStr::from(format!("{target}{hash}{fragment}"))
}

/// The address of a heading, as code hosts make it.
fn anchor(events: &[Event<'_>]) -> String {
    let mut anchor = String::new();
    for event in events {
        if let Event::Text(text) | Event::Code(text) = event {
            for c in text.chars() {
                match c {
                    ' ' | '-' => anchor.push('-'),
                    c if c.is_alphanumeric() || c == '_' => anchor.extend(c.to_lowercase()),
                    _ => {}
                }
            }
        }
    }
    anchor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_page_of_the_list_is_there_and_so_is_every_link() {
        let known = |link: &str| link.contains("://") || link.starts_with('#');
        for (name, _) in PAGES {
            let text = text(name).unwrap_or_else(|| panic!("docs/{name}.md is missing"));
            for event in Parser::new_ext(&text, Options::ENABLE_TABLES) {
                let Event::Start(Tag::Link { dest_url, .. }) = event else { continue };
                if !known(&dest_url) {
                    let path = dest_url.split('#').next().unwrap_or_default();
                    let file = std::path::Path::new("../../docs").join(path);
                    assert!(file.exists(), "docs/{name}.md links to {path}");
                }
            }
        }
    }

    #[test]
    fn every_code_has_a_page_with_advice() {
        let causes = TestCause::ALL.iter().map(|cause| cause.code());
        for code in Reason::ALL.iter().map(|reason| reason.code()).chain(causes) {
            assert!(!advice(code).is_empty(), "{code} is explained nowhere");
        }
        assert!(explained("throttled").is_some(), "a failure class");
        assert!(explained("no_such_code").is_none());
    }

    #[test]
    fn html_in_a_document_is_text_and_links_lead_to_pages() {
        let page = markdown(
            "## The *first* `step`\n\n<b>x</b> [c](concepts.md#links) [d](https://a.example/)",
        );
        assert!(page.contains("<h2 id=\"the-first-step\">"), "{page}");
        assert!(page.contains("&lt;b&gt;x"), "{page}");
        assert!(page.contains("href=\"/help/concepts#links\""), "{page}");
        assert!(page.contains("href=\"https://a.example/\""), "{page}");
    }
}
