//! `GET /metrics`: Prometheus text without any address.

use super::{endpoint::Endpoint, problem::Problem};
use crate::service::state::{Organization, Service};
use axum::{extract::State, http::header, response::IntoResponse, routing::get};
use earmark_ledger::{SubscriptionRow, Unit};
use std::{fmt::Write, sync::Arc};

/// The routes of this file.
pub fn endpoints() -> Vec<Endpoint> {
    vec![Endpoint {
        method: "get",
        path: "/metrics",
        operation: "getMetrics",
        summary: "Figures in the Prometheus text format; no address, subject or id in them.",
        query: &[],
        body: None,
        answer: "text/plain",
        handler: get(metrics),
    }]
}

/// The figures of one organization.
#[derive(Default)]
struct Figures {
    enabled: u64,
    disabled: u64,
    paused: u64,
    cycles: u64,
    tracked: u64,
    circuits: u64,
    lag_secs: u64,
    subscriptions: u64,
}

async fn metrics(State(service): State<Arc<Service>>) -> Result<impl IntoResponse, Problem> {
    let mut all = Vec::new();
    for organization in &service.organizations {
        all.push((organization.slug.clone(), figures(&service, organization).await?));
    }
    let kind = [(header::CONTENT_TYPE, "text/plain; version=0.0.4; charset=utf-8")];
    let text = print(&all)
        + &print_notifications(&service.inbox.counts())
        + &print_latency(&service.organizations);
    Ok((kind, text))
}

async fn figures(service: &Service, organization: &Organization) -> Result<Figures, Problem> {
    let mut figures = Figures {
        tracked: organization.store.tracked_count(organization.id).await?,
        ..Figures::default()
    };
    let now = service.clock.now();
    for row in organization.snapshot().await?.mailboxes {
        if !row.is_enabled {
            figures.disabled += 1;
            continue;
        }
        figures.enabled += 1;
        let memory = organization.store.mailbox(organization.id, row.id).await?;
        figures.circuits += u64::from(memory.circuit_opened.is_some());
        let lag = memory.last_success.map_or(0, |at| now.since(at).as_secs());
        figures.lag_secs = figures.lag_secs.max(lag);
    }
    let subscriptions = organization.store.subscriptions(organization.id, None).await?;
    let lasts = |row: &&SubscriptionRow| row.expires > now;
    figures.subscriptions = subscriptions.iter().filter(lasts).count() as u64;
    for unit in organization.store.units(organization.id).await? {
        figures.cycles += unit.cycles;
        let is_mailbox = matches!(unit.unit, Unit::Mailbox(_));
        figures.paused += u64::from(is_mailbox && unit.due.is_none() && unit.held_by.is_none());
    }
    Ok(figures)
}

/// What came in at `/notifications`, for all organizations: a forged one belongs to none.
fn print_notifications(counts: &[(&'static str, u64)]) -> String {
    let name = "earmark_notifications_total";
    let mut text = format!("# HELP {name} Notifications by outcome.\n# TYPE {name} counter\n");
    for (outcome, count) in counts {
        let _ = writeln!(text, "{name}{{outcome=\"{outcome}\"}} {count}");
    }
    text
}

/// From the arrival of a notification to the change of the CRM that it led to.
fn print_latency(organizations: &[Organization]) -> String {
    let name = "earmark_notification_to_record_seconds";
    let help = "Time from a notification to the confirmed record, update or unlink it led to.";
    let mut text = format!("# HELP {name} {help}\n# TYPE {name} histogram\n");
    for organization in organizations {
        let label = format!("organization=\"{}\"", organization.slug);
        organization.latency.print(&mut text, name, &label);
    }
    text
}

fn print(all: &[(String, Figures)]) -> String {
    /// Name, type, help, label, figure.
    type Family = (&'static str, &'static str, &'static str, &'static str, fn(&Figures) -> u64);
    const FAMILIES: &[Family] = &[
        ("earmark_mailboxes", "gauge", "Mailboxes by state.", ",state=\"enabled\"", |f| f.enabled),
        ("earmark_mailboxes", "gauge", "", ",state=\"disabled\"", |f| f.disabled),
        ("earmark_mailboxes", "gauge", "", ",state=\"paused\"", |f| f.paused),
        ("earmark_cycles_total", "counter", "Completed cycles.", "", |f| f.cycles),
        ("earmark_tracked_items", "gauge", "Items that are tracked.", "", |f| f.tracked),
        ("earmark_open_circuits", "gauge", "Mailboxes whose circuit is open.", "", |f| f.circuits),
        ("earmark_mailbox_lag_seconds_max", "gauge", "Longest time since a cycle.", "", |f| {
            f.lag_secs
        }),
        ("earmark_subscriptions", "gauge", "Subscriptions that last.", "", |f| f.subscriptions),
    ];
    let mut text = String::new();
    let version = env!("CARGO_PKG_VERSION");
    let _ = writeln!(text, "# HELP earmark_build_info The running version.");
    let _ = writeln!(text, "# TYPE earmark_build_info gauge");
    let _ = writeln!(text, "earmark_build_info{{version=\"{version}\"}} 1");
    for (name, kind, help, label, figure) in FAMILIES {
        if !help.is_empty() {
            let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
        }
        for (slug, figures) in all {
            let _ = writeln!(text, "{name}{{organization=\"{slug}\"{label}}} {}", figure(figures));
        }
    }
    text
}
