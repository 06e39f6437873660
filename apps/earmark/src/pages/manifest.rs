//! The add-in's manifests: XML for every Outlook, and the unified package for tenants that use it.
//!
//! Both are made from the address under which the service is reached. Their ids are made from it
//! too, so that a manifest that is downloaded again updates the add-in instead of adding another.

use askama::Template;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use std::io::{Cursor, Write};
use uuid::Uuid;

const DESCRIPTION: &str = "Track mail and meetings in your CRM.";
const TIP: &str = "See whether this is tracked, track it, and say what it is about.";
const VERSION: &str = env!("CARGO_PKG_VERSION");

/// Units: pixels. The widths of the buttons' icons on the desktop.
const DESKTOP_SIZES: [u32; 3] = [16, 32, 80];
/// Units: points, each at the scales 1 to 3.
const MOBILE_SIZES: [u32; 3] = [25, 32, 48];

/// A place in Outlook that gets the button.
struct Surface {
    point: &'static str,
    prefix: &'static str,
    context: &'static str,
    /// The pane may stay open while another item is selected.
    pins: bool,
    /// It works on several items, and on none.
    selects_many: bool,
}

const SURFACES: [Surface; 4] = [
    Surface {
        point: "MessageReadCommandSurface",
        prefix: "read",
        context: "mailRead",
        pins: true,
        selects_many: true,
    },
    Surface {
        point: "MessageComposeCommandSurface",
        prefix: "compose",
        context: "mailCompose",
        pins: true,
        selects_many: false,
    },
    Surface {
        point: "AppointmentAttendeeCommandSurface",
        prefix: "attendee",
        context: "meetingDetailsAttendee",
        pins: false,
        selects_many: false,
    },
    Surface {
        point: "AppointmentOrganizerCommandSurface",
        prefix: "organizer",
        context: "meetingDetailsOrganizer",
        pins: false,
        selects_many: false,
    },
];

#[derive(Template)]
#[template(path = "manifest.xml")]
struct Xml<'a> {
    origin: &'a str,
    id: Uuid,
    version: &'a str,
    description: &'a str,
    tip: &'a str,
    surfaces: &'a [Surface],
    mobile_sizes: &'a [u32],
    all_sizes: Vec<u32>,
}

/// The application with which people sign in.
#[derive(Debug, Clone)]
pub struct Application {
    /// Its client id.
    pub client_id: String,
    /// The address under which it offers the scope.
    pub audience: String,
    /// The scope.
    pub scope: String,
}

/// The XML manifest for the service at `origin`, such as `https://sync.contoso.example`.
pub fn xml(origin: &str) -> askama::Result<String> {
    let scaled = MOBILE_SIZES.iter().flat_map(|size| (1..=3).map(move |scale| size * scale));
    let mut all_sizes: Vec<u32> = DESKTOP_SIZES.into_iter().chain(scaled).collect();
    all_sizes.sort_unstable();
    all_sizes.dedup();
    Xml {
        origin,
        id: id(origin, "xml"),
        version: VERSION,
        description: DESCRIPTION,
        tip: TIP,
        surfaces: &SURFACES,
        mobile_sizes: &MOBILE_SIZES,
        all_sizes,
    }
    .render()
}

/// The unified manifest for the service at `origin`. It hides the XML one where both are there.
pub fn unified(origin: &str, application: Option<&Application>) -> Value {
    let host = origin.split_once("://").map_or(origin, |(_, host)| host);
    let page = format!("{origin}/addin/taskpane.html");
    let mut manifest = json!({
        "$schema": "https://developer.microsoft.com/json-schemas/teams/v1.30/MicrosoftTeams.schema.json",
        "manifestVersion": "1.30",
        "version": VERSION,
        "id": id(origin, "unified"),
        "developer": {
            "name": "Earmark",
            "websiteUrl": origin,
            "privacyUrl": format!("{origin}/help/"),
            "termsOfUseUrl": format!("{origin}/help/"),
        },
        "name": {"short": "Earmark", "full": "Earmark for Outlook"},
        "description": {"short": DESCRIPTION, "full": DESCRIPTION},
        "icons": {"color": "color.png", "outline": "outline.png"},
        "accentColor": "#4F52B2",
        "validDomains": [host],
        "authorization": {"permissions": {"resourceSpecific": [
            {"name": "Mailbox.ReadWrite.User", "type": "Delegated"},
            {"name": "Mailbox.SharedFolder", "type": "Delegated"},
        ]}},
        "extensions": [{
            "requirements": {
                "scopes": ["mail"],
                "capabilities": [{"name": "Mailbox", "minVersion": "1.5"}],
            },
            "runtimes": [
                {
                    "id": "paneForMany", "type": "general", "lifetime": "short",
                    "requirements": {"capabilities": [{"name": "Mailbox", "minVersion": "1.13"}]},
                    "code": {"page": page},
                    "actions": [{
                        "id": "showPaneForMany", "type": "openPage", "view": "paneForMany",
                        "pinnable": true, "multiselect": true, "supportsNoItemContext": true,
                    }],
                },
                {
                    "id": "pane", "type": "general", "lifetime": "short",
                    "code": {"page": page},
                    "actions": [
                        {"id": "showPane", "type": "openPage", "view": "pane", "pinnable": true},
                    ],
                },
            ],
            "ribbons": ribbons(origin),
            "alternates": [{
                "hide": {"customOfficeAddin": {"officeAddinId": id(origin, "xml")}},
            }],
        }],
    });
    if let Some(application) = application.filter(|one| Uuid::parse_str(&one.client_id).is_ok()) {
        manifest["webApplicationInfo"] = json!({
            "id": application.client_id,
            "resource": application.audience,
            "nestedAppAuthInfo": [{
                "redirectUri": format!("brk-multihub://{host}"),
                "scopes": [format!("{}/{}", application.audience, application.scope)],
            }],
        });
    }
    manifest
}

fn ribbons(origin: &str) -> Vec<Value> {
    let icons: Vec<Value> = DESKTOP_SIZES.iter().map(|size| icon(origin, *size)).collect();
    let group = |prefix: &str, action: &str| {
        json!([{"builtInTabId": "TabDefault", "groups": [{
            "id": format!("{prefix}Group"), "label": "Earmark", "icons": icons,
            "controls": [{
                "id": format!("{prefix}Button"), "type": "button", "label": "Track",
                "icons": icons, "supertip": {"title": "Track", "description": TIP},
                "actionId": action,
            }],
        }]}])
    };
    let mut ribbons: Vec<Value> = SURFACES
        .iter()
        .map(|surface| {
            let action = if surface.selects_many { "showPaneForMany" } else { "showPane" };
            json!({"contexts": [surface.context], "tabs": group(surface.prefix, action)})
        })
        .collect();
    let mut log = json!({
        "requirements": {"formFactors": ["mobile", "desktop"]},
        "contexts": ["logEventMeetingDetailsAttendee"],
        "tabs": group("log", "showPane"),
    });
    let scaled: Vec<Value> = MOBILE_SIZES
        .iter()
        .flat_map(|size| (1..=3).map(move |scale| (*size, scale)))
        .map(|(size, scale)| {
            let mut icon = icon(origin, size * scale);
            icon["size"] = json!(size);
            icon["scale"] = json!(scale);
            icon
        })
        .collect();
    log["tabs"][0]["customMobileRibbonGroups"] = json!([{
        "id": "mobileLogGroup", "label": "Earmark",
        "controls": [{
            "id": "mobileLogButton", "type": "mobileButton", "label": "Track",
            "icons": scaled, "actionId": "showPane",
        }],
    }]);
    ribbons.push(log);
    ribbons
}

fn icon(origin: &str, pixels: u32) -> Value {
    json!({"size": pixels, "url": format!("{origin}/addin/icons/{pixels}.png")})
}

/// The unified package: the manifest with its two icons, as a zip file.
///
/// Errors: an icon is missing from the program.
pub fn package(
    origin: &str,
    application: Option<&Application>,
    icons: [(&str, &[u8]); 2],
) -> zip::result::ZipResult<Vec<u8>> {
    let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
    // Without a time of its own, the same manifest is the same file.
    let options = zip::write::SimpleFileOptions::default()
        .compression_method(zip::CompressionMethod::Stored)
        .last_modified_time(zip::DateTime::default());
    archive.start_file("manifest.json", options)?;
    archive.write_all(format!("{:#}\n", unified(origin, application)).as_bytes())?;
    for (name, bytes) in icons {
        archive.start_file(name, options)?;
        archive.write_all(bytes)?;
    }
    Ok(archive.finish()?.into_inner())
}

/// The same id for the same address, another for each kind of manifest.
fn id(origin: &str, kind: &str) -> Uuid {
    let digest = Sha256::digest(format!("earmark-manifest\0{kind}\0{origin}"));
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(bytes).into_uuid()
}
