//! The bar at the top of the pages, and the pages that are nothing but a bar and scripts. It stands
//! in `web/templates/bar.html` once and is in the page when that arrives, so that nothing moves.

use super::files;
use askama::Template;
use axum::Router;

/// The pages that the bar leads to: address and name.
pub fn links(is_demo: &bool) -> &'static [(&'static str, &'static str)] {
    const DEMO: &[(&str, &str)] = &[
        ("/", "Demo"),
        ("/outlook/", "Outlook"),
        ("/crm/", "CRM"),
        ("/admin/", "Console"),
        ("/help/", "Help"),
    ];
    const SERVICE: &[(&str, &str)] = &[("/", "Start"), ("/admin/", "Console"), ("/help/", "Help")];
    if *is_demo { DEMO } else { SERVICE }
}

#[derive(Template)]
#[template(path = "console.html")]
struct ConsolePage {
    is_demo: bool,
}

#[derive(Template)]
#[template(path = "outlook.html")]
struct OutlookPage;

#[derive(Template)]
#[template(path = "crm.html")]
struct CrmPage;

/// The console's page at `/admin/`.
pub fn console(is_demo: bool) -> Router {
    files::page("admin", ConsolePage { is_demo }.render())
}

/// The demo's Outlook at `/outlook/`.
pub fn outlook() -> Router {
    files::page("outlook", OutlookPage.render())
}

/// The demo's CRM at `/crm/`.
pub fn crm() -> Router {
    files::page("crm", CrmPage.render())
}
