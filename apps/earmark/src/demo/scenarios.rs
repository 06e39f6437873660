//! Seven things that happen in every organization, each played in the demo itself with mail of its
//! own, and checked.
//!
//! The promises have their own files under `scenarios/`; these here are for people to watch.

use super::mail_access::MailAccess;
use crate::{api::problem::Problem, commands::mailbox::encoded, service::state::Organization};
use axum::http::{HeaderValue, Method, StatusCode};
use earmark_crm_port::organization::MailboxRow;
use earmark_ledger::ItemQuery;
use earmark_model::{ItemState, Link};
use earmark_sandbox::identity::{DEMO_CLIENT, PASSWORD};
use serde_json::{Value, json};
use uuid::Uuid;

const ANNA: &str = "anna.berger@lindengrove.example";
const BEN: &str = "ben.okafor@lindengrove.example";
const CUSTOMER: &str = "maya.lindqvist@harbourlight.example";

/// Something that can be played: id, title, the promise it shows (its number in `docs/promises.md`),
/// what happens.
struct Scenario {
    id: &'static str,
    title: &'static str,
    promise: &'static str,
    about: &'static str,
}

const SCENARIOS: [Scenario; 7] = [
    Scenario {
        id: "rename",
        title: "The category is renamed",
        promise: "R5",
        about: "Somebody renames the category in Outlook. It is followed by its id.",
    },
    Scenario {
        id: "delete",
        title: "The category is deleted",
        promise: "R6",
        about: "Somebody deletes the category from the list. It is made again.",
    },
    Scenario {
        id: "delegate",
        title: "A delegate assigns the category",
        promise: "R34",
        about: "Ben may change Anna\u{2019}s mail and puts the category on a message of hers.",
    },
    Scenario {
        id: "colleague",
        title: "A colleague got the same message",
        promise: "R19",
        about: "Anna tracks a message that Ben got too. His copy gets the category.",
    },
    Scenario {
        id: "conversation",
        title: "The answer to a tracked message",
        promise: "R14",
        about: "An answer comes to a tracked message. It is tracked only if somebody says so.",
    },
    Scenario {
        id: "rule",
        title: "A rule assigns the category",
        promise: "R16",
        about: "A rule of Anna\u{2019}s Inbox assigns the category to what comes in.",
    },
    Scenario {
        id: "switch",
        title: "Category tracking is switched off and on",
        promise: "R8",
        about: "The organization switches it off. Nothing is lost, nothing is tracked meanwhile.",
    },
];

/// What can be played.
pub fn list() -> Value {
    let view = |one: &Scenario| json!({"id": one.id, "title": one.title, "promise": one.promise, "about": one.about});
    json!(SCENARIOS.iter().map(view).collect::<Vec<_>>())
}

/// Plays one, and tells of each thing that was checked.
///
/// Errors: there is no such scenario. What fails on the way is a step that did not pass.
pub async fn run(
    organization: &Organization,
    mail: &MailAccess,
    id: &str,
) -> Result<Value, Problem> {
    let mut play = Play { organization, mail, mark: mark(), steps: Vec::new() };
    let played = match id {
        "rename" => play.rename().await,
        "delete" => play.delete().await,
        "delegate" => play.delegate().await,
        "colleague" => play.colleague().await,
        "conversation" => play.conversation().await,
        "rule" => play.rule().await,
        "switch" => play.switch().await,
        _ => return Err(Problem::missing("scenario", "there is no such scenario")),
    };
    if let Err(problem) = played {
        play.check("Everything could be carried out", false, problem.detail());
    }
    let passed = play.steps.iter().all(|step| step["passed"] == json!(true));
    Ok(json!({"passed": passed, "steps": play.steps}))
}

/// A few signs that no other message has.
fn mark() -> String {
    let mut mark = Uuid::new_v4().simple().to_string();
    mark.truncate(6);
    mark
}

struct Play<'a> {
    organization: &'a Organization,
    mail: &'a MailAccess,
    /// Stands in the subject of every message, so that nobody\u{2019}s own is touched.
    mark: String,
    steps: Vec<Value>,
}

impl Play<'_> {
    async fn rename(&mut self) -> Result<(), Problem> {
        let old = self.category(ANNA).await?;
        let new = format!("{old} now");
        let subject = self.arrives("Renewal of the harbour passes", &[ANNA], None).await?;
        self.assign(ANNA, &subject, &old).await?;
        self.cycle(ANNA).await?;
        self.is(ANNA, &subject, "The message is tracked", ItemState::Tracked).await?;
        self.rename_entry(&old, &new).await?;
        self.cycle(ANNA).await?;
        self.cycle(ANNA).await?;
        self.is(ANNA, &subject, "It is still tracked after the rename", ItemState::Tracked).await?;
        let another = self.arrives("Timetable for spring", &[ANNA], None).await?;
        self.assign(ANNA, &another, &new).await?;
        self.cycle(ANNA).await?;
        self.is(ANNA, &another, "The new name tracks", ItemState::Tracked).await?;
        self.rename_entry(&new, &old).await?;
        self.cycle(ANNA).await?;
        self.cycle(ANNA).await
    }

    async fn delete(&mut self) -> Result<(), Problem> {
        let name = self.category(ANNA).await?;
        let subject = self.arrives("Offer for two winches", &[ANNA], None).await?;
        self.assign(ANNA, &subject, &name).await?;
        self.cycle(ANNA).await?;
        self.is(ANNA, &subject, "The message is tracked", ItemState::Tracked).await?;
        let entry = self.entry(ANNA, &name).await?;
        let id = entry.as_ref().and_then(|entry| entry["id"].as_str()).unwrap_or_default();
        let path = format!("{}/outlook/masterCategories/{id}", user(ANNA));
        self.mail.call(Method::DELETE, &path, "application/json", Vec::new()).await?;
        let is_gone = self.entry(ANNA, &name).await?.is_none();
        self.check("The category is deleted from the list", is_gone, "");
        self.cycle(ANNA).await?;
        self.cycle(ANNA).await?;
        let is_back = self.entry(ANNA, &name).await?.is_some();
        self.check("It is in the list again", is_back, &name);
        self.is(ANNA, &subject, "The message is still tracked", ItemState::Tracked).await
    }

    async fn delegate(&mut self) -> Result<(), Problem> {
        let subject = self.arrives("Insurance of the quay", &[ANNA], None).await?;
        self.share(json!({"address": BEN, "role": "editor"})).await?;
        let assigned = self.assign_as_ben(&subject).await;
        self.check("Ben may put the category on it", assigned.is_ok(), "");
        self.share(json!({"address": BEN, "role": "none"})).await?;
        assigned?;
        self.cycle(ANNA).await?;
        self.is(ANNA, &subject, "The owner\u{2019}s message is tracked", ItemState::Tracked)
            .await?;
        let found = self.link(ANNA, &subject).await?;
        let owner = match found.and_then(|link| link.activity) {
            Some(activity) => self.owner(activity.0).await?,
            None => None,
        };
        let row = self.row(ANNA).await?;
        let is_owners = owner.is_some() && owner == Some(row.owner.record_owner().0);
        self.check("The record belongs to the owner of the mailbox", is_owners, "");
        Ok(())
    }

    async fn share(&self, share: Value) -> Result<(), Problem> {
        let path = format!("/sandbox/v1/users/{}/mail-permissions", encoded(ANNA));
        let body = share.to_string().into_bytes();
        self.mail.call(Method::PUT, &path, "application/json", body).await.map(|_| ())
    }

    /// With a token of Ben\u{2019}s own, as his Outlook would.
    async fn assign_as_ben(&self, subject: &str) -> Result<(), Problem> {
        let form = format!(
            "grant_type=password&client_id={DEMO_CLIENT}&username={}&password={PASSWORD}\
             &scope=Mail.ReadWrite.Shared",
            encoded(BEN),
        );
        let path = "/login/demo/oauth2/v2.0/token";
        let kind = "application/x-www-form-urlencoded";
        let answer = self.mail.call(Method::POST, path, kind, form.into_bytes()).await?;
        let token = answer["access_token"].as_str().unwrap_or_default();
        let token = HeaderValue::try_from(format!("Bearer {token}"))
            .map_err(|_| Problem::unusable("token", "the token cannot be sent"))?;
        let name = self.category(ANNA).await?;
        let message = self.message(ANNA, subject).await?;
        let id = message["id"].as_str().unwrap_or_default();
        let path = format!("{}/messages/{}", user(ANNA), encoded(id));
        let body = json!({"categories": [name]}).to_string().into_bytes();
        self.mail.as_somebody(Method::PATCH, &path, body, token).await.map(|_| ())
    }

    async fn colleague(&mut self) -> Result<(), Problem> {
        let subject = self.arrives("Crew list for the regatta", &[ANNA, BEN], None).await?;
        let name = self.category(ANNA).await?;
        self.assign(ANNA, &subject, &name).await?;
        self.cycle(ANNA).await?;
        self.is(ANNA, &subject, "Anna\u{2019}s copy is tracked", ItemState::Tracked).await?;
        self.cycle(BEN).await?;
        self.is(BEN, &subject, "Ben\u{2019}s copy is tracked", ItemState::Tracked).await?;
        let own = self.category(BEN).await?;
        let copy = self.message(BEN, &subject).await?;
        let has = copy["categories"].as_array().is_some_and(|all| all.contains(&json!(own)));
        self.check("Ben\u{2019}s copy bears the category", has, &own);
        let (one, other) = (self.link(ANNA, &subject).await?, self.link(BEN, &subject).await?);
        let activity = |link: &Option<Link>| link.as_ref().and_then(|link| link.activity);
        let is_one = activity(&one).is_some() && activity(&one) == activity(&other);
        self.check("Both belong to one record", is_one, "");
        Ok(())
    }

    async fn conversation(&mut self) -> Result<(), Problem> {
        let subject = self.arrives("Berth for the winter", &[ANNA], None).await?;
        let name = self.category(ANNA).await?;
        self.assign(ANNA, &subject, &name).await?;
        self.cycle(ANNA).await?;
        self.is(ANNA, &subject, "The first message is tracked", ItemState::Tracked).await?;
        let first = self.message(ANNA, &subject).await?;
        let id = first["internetMessageId"].as_str().unwrap_or_default().to_owned();
        let answer = self.arrives("Re: Berth for the winter", &[ANNA], Some(&id)).await?;
        self.cycle(ANNA).await?;
        let found = self.link(ANNA, &answer).await?;
        let is_left = found.is_none_or(|link| link.state == ItemState::NotTracked);
        self.check("The answer is not tracked by itself", is_left, "");
        self.assign(ANNA, &answer, &name).await?;
        self.cycle(ANNA).await?;
        self.is(ANNA, &answer, "It is, once somebody assigns the category", ItemState::Tracked)
            .await
    }

    async fn rule(&mut self) -> Result<(), Problem> {
        let name = self.category(ANNA).await?;
        let rule = json!({
            "displayName": format!("Demo {}", self.mark), "sequence": 1, "isEnabled": true,
            "conditions": {"subjectContains": [self.mark]},
            "actions": {"assignCategories": [name]},
        });
        let rules = format!("{}/mailFolders/inbox/messageRules", user(ANNA));
        let made = self.post(&rules, &rule).await?;
        let subject = self.arrives("Order 4711", &[ANNA], None).await?;
        let message = self.message(ANNA, &subject).await?;
        let has = message["categories"].as_array().is_some_and(|all| all.contains(&json!(name)));
        self.check("The rule put the category on", has, &name);
        self.cycle(ANNA).await?;
        self.is(ANNA, &subject, "The message is tracked", ItemState::Tracked).await?;
        let id = made["id"].as_str().unwrap_or_default();
        let path = format!("{rules}/{id}");
        self.mail.call(Method::DELETE, &path, "application/json", Vec::new()).await?;
        Ok(())
    }

    async fn switch(&mut self) -> Result<(), Problem> {
        let name = self.category(ANNA).await?;
        let before = self.arrives("Before the switch", &[ANNA], None).await?;
        self.assign(ANNA, &before, &name).await?;
        self.cycle(ANNA).await?;
        self.is(ANNA, &before, "The message is tracked", ItemState::Tracked).await?;
        let switched = self.set_switch(false).await;
        let played = self.switched_off(&before, &name).await;
        // It is switched on again whatever happened in between.
        self.set_switch(true).await?;
        switched.and(played)?;
        self.cycle(ANNA).await?;
        self.cycle(ANNA).await?;
        self.is(ANNA, &before, "Switched on again, it is tracked", ItemState::Tracked).await
    }

    async fn switched_off(&mut self, before: &str, name: &str) -> Result<(), Problem> {
        self.cycle(ANNA).await?;
        self.cycle(ANNA).await?;
        let is_gone = self.entry(ANNA, name).await?.is_none();
        self.check("The category is taken out of the list", is_gone, "");
        self.is(ANNA, before, "The link is dormant, the record stays", ItemState::Dormant).await?;
        let after = self.arrives("While it is off", &[ANNA], None).await?;
        self.assign(ANNA, &after, name).await?;
        self.cycle(ANNA).await?;
        let found = self.link(ANNA, &after).await?;
        let is_left = found.is_none_or(|link| link.activity.is_none());
        self.check("Nothing is tracked by category meanwhile", is_left, "");
        Ok(())
    }

    fn check(&mut self, title: &str, passed: bool, detail: &str) {
        self.steps.push(json!({"title": title, "passed": passed, "detail": detail}));
    }

    async fn is(
        &mut self,
        mailbox: &str,
        subject: &str,
        title: &str,
        wanted: ItemState,
    ) -> Result<(), Problem> {
        let found = self.link(mailbox, subject).await?;
        let state = found.as_ref().map_or(ItemState::NotTracked, |link| link.state);
        let detail = match &found {
            Some(link) => format!("{} ({})", state.as_str(), link.reason),
            None => state.as_str().to_owned(),
        };
        self.check(title, state == wanted, &detail);
        Ok(())
    }

    /// Delivers a message of a customer. Answers its subject.
    async fn arrives(
        &self,
        subject: &str,
        to: &[&str],
        answers: Option<&str>,
    ) -> Result<String, Problem> {
        let subject = format!("{subject} [{}]", self.mark);
        let reply = match answers {
            Some(id) => format!("In-Reply-To: {id}\r\nReferences: {id}\r\n"),
            None => String::new(),
        };
        let text = format!(
            "From: Maya Lindqvist <{CUSTOMER}>\r\nTo: {}\r\nSubject: {subject}\r\n\
             Message-ID: <{}@harbourlight.example>\r\n{reply}\r\nHello,\r\n\r\nas we said.\r\n\r\nMaya\r\n",
            to.join(", "),
            Uuid::new_v4().simple(),
        );
        let path = "/sandbox/v1/deliver";
        self.mail.call(Method::POST, path, "message/rfc822", text.into_bytes()).await?;
        Ok(subject)
    }

    async fn message(&self, mailbox: &str, subject: &str) -> Result<Value, Problem> {
        let path = format!("{}/messages?$top=50&$orderby=receivedDateTime%20desc", user(mailbox));
        let found = self.mail.list(&path).await?;
        found.into_iter().find(|one| one["subject"] == json!(subject)).ok_or_else(|| {
            Problem::new(StatusCode::NOT_FOUND, "message", "the message did not arrive")
        })
    }

    async fn assign(&self, mailbox: &str, subject: &str, name: &str) -> Result<(), Problem> {
        let message = self.message(mailbox, subject).await?;
        let id = message["id"].as_str().unwrap_or_default();
        let path = format!("{}/messages/{}", user(mailbox), encoded(id));
        let body = json!({"categories": [name]}).to_string().into_bytes();
        self.mail.call(Method::PATCH, &path, "application/json", body).await?;
        Ok(())
    }

    async fn link(&self, mailbox: &str, subject: &str) -> Result<Option<Link>, Problem> {
        let message = self.message(mailbox, subject).await?;
        let query = ItemQuery {
            mailbox: Some(self.row(mailbox).await?.id),
            handle: message["id"].as_str().map(str::to_owned),
            limit: 1,
            ..ItemQuery::default()
        };
        let page = self.organization.store.items(self.organization.id, query).await?;
        Ok(page.items.into_iter().next().map(|(_, link)| link))
    }

    async fn row(&self, mailbox: &str) -> Result<MailboxRow, Problem> {
        self.organization.mailbox(mailbox).await?.ok_or_else(|| {
            Problem::missing("mailbox", "the sample organization is not there")
                .hint("Start the demo with --reset, without --empty")
        })
    }

    async fn cycle(&self, mailbox: &str) -> Result<(), Problem> {
        let row = self.row(mailbox).await?;
        self.organization.cycle_now(row.id).await?;
        Ok(())
    }

    /// The name of the tracking category in a mailbox.
    async fn category(&self, mailbox: &str) -> Result<String, Problem> {
        let row = self.row(mailbox).await?;
        let memory = self.organization.store.mailbox(self.organization.id, row.id).await?;
        let default = earmark_engine::Settings::default().tracked_name;
        let name = memory.tracked.map_or(default, |tracked| tracked.name);
        Ok(name.as_str().to_owned())
    }

    async fn entry(&self, mailbox: &str, name: &str) -> Result<Option<Value>, Problem> {
        let all = self.mail.list(&format!("{}/outlook/masterCategories", user(mailbox))).await?;
        Ok(all.into_iter().find(|entry| entry["displayName"] == json!(name)))
    }

    async fn rename_entry(&self, from: &str, to: &str) -> Result<(), Problem> {
        let body = json!({"from": from, "to": to}).to_string().into_bytes();
        let path = format!("/sandbox/v1/users/{}/categories/rename", encoded(ANNA));
        self.mail.call(Method::POST, &path, "application/json", body).await?;
        Ok(())
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value, Problem> {
        self.mail.call(Method::POST, path, "application/json", body.to_string().into_bytes()).await
    }

    async fn owner(&self, activity: Uuid) -> Result<Option<Uuid>, Problem> {
        let path = format!("/api/data/v9.2/emails({activity})?$select=_ownerid_value");
        let row = self.mail.get(&path).await?;
        Ok(row["_ownerid_value"].as_str().and_then(|id| Uuid::parse_str(id).ok()))
    }

    async fn set_switch(&self, on: bool) -> Result<(), Problem> {
        crate::api::settings::write(self.organization, "TrackCategorizedItems", &on.to_string())
            .await
    }
}

fn user(mailbox: &str) -> String {
    format!("/graph/v1.0/users/{}", encoded(mailbox))
}
