//! What people may do in each other's mailboxes, and do there.

use super::{
    World,
    http::encoded,
    mailboxes::{Seen, home},
};
use anyhow::{Context, Result, bail};
use http::{Method, StatusCode};
use serde_json::json;

/// What somebody needs to work in another's mailbox.
const SCOPES: &str = "Mail.ReadWrite.Shared Calendars.ReadWrite.Shared";

impl World {
    /// An owner lets somebody read mail and calendar (`reviewer`) or change them too (`editor`).
    pub async fn share(&self, owner: &str, with: &str, role: &str) -> Result<()> {
        self.act();
        let path = format!("/sandbox/v1/users/{}/mail-permissions", encoded(owner));
        let body = json!({"address": with, "role": role});
        self.admin(Method::PUT, &path, Some(body)).await?;
        let of_calendar = match role {
            "editor" => "write",
            "reviewer" => "read",
            other => bail!("nobody can be a {other}"),
        };
        let path = format!("{}/calendar/calendarPermissions", home(owner));
        let body = json!({"emailAddress": {"name": with, "address": with}, "role": of_calendar});
        self.admin(Method::POST, &path, Some(body)).await.map(drop)
    }

    /// Somebody else puts a category on an item of `owner`, or takes it off, with no other right
    /// than the owner gave. Answers whether the server let it happen.
    pub async fn categorize_for(
        &self,
        person: &str,
        owner: &str,
        item: &Seen,
        category: &str,
        assigns: bool,
    ) -> Result<bool> {
        self.act();
        let mut names = item.categories.clone();
        names.retain(|name| !name.eq_ignore_ascii_case(category));
        if assigns {
            names.push(category.to_owned());
        }
        let token = self.token_of(person).await?;
        let headers = [("content-type", "application/json"), ("prefer", r#"IdType="ImmutableId""#)];
        let body = json!({"categories": names}).to_string();
        let path = item.path(owner);
        let (status, _, answer) =
            self.send(Method::PATCH, &path, Some(&token), &headers, body).await?;
        match status {
            StatusCode::OK => Ok(true),
            StatusCode::FORBIDDEN => Ok(false),
            other => bail!("{person} was answered {other}: {answer}"),
        }
    }

    /// The token of somebody who signed in.
    async fn token_of(&self, person: &str) -> Result<String> {
        let form = format!(
            "grant_type=password&client_id=demo&username={}&password=demo&scope={}",
            encoded(person),
            encoded(SCOPES)
        );
        let headers = [("content-type", "application/x-www-form-urlencoded")];
        let path = "/login/demo/oauth2/v2.0/token";
        let (status, _, answer) = self.send(Method::POST, path, None, &headers, form).await?;
        let token = answer["access_token"].as_str().map(str::to_owned);
        token.with_context(|| format!("{person} could not sign in: {status} {answer}"))
    }
}
