//! Appointments, series and tasks as people see them in the CRM, through the OData face.

use super::{RecordParty, World, http::literal, records::ROOT};
use anyhow::{Result, bail};
use http::Method;
use serde_json::{Value, json};

/// What kind of activity is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Activity {
    /// An email.
    Email,
    /// A single appointment, or one occurrence on its own.
    Appointment,
    /// The master of a series.
    Series,
    /// An occurrence of a series as its pattern makes it.
    Instance,
    /// An occurrence that differs from its series.
    Exception,
    /// A task.
    Task,
}

impl Activity {
    /// The kind that a word names, in the singular or the plural.
    pub fn parse(word: &str) -> Option<Self> {
        Some(match word {
            "record" | "records" => Self::Email,
            "appointment" | "appointments" => Self::Appointment,
            "series" => Self::Series,
            "instance" | "instances" => Self::Instance,
            "exception" | "exceptions" => Self::Exception,
            "task" | "tasks" => Self::Task,
            _ => return None,
        })
    }

    const fn set(self) -> &'static str {
        match self {
            Self::Email => "emails",
            Self::Appointment | Self::Instance | Self::Exception => "appointments",
            Self::Series => "recurringappointmentmasters",
            Self::Task => "tasks",
        }
    }

    /// The `instancetypecode` of such rows, where it tells them apart.
    const fn instance_type(self) -> Option<i64> {
        match self {
            Self::Appointment => Some(0),
            Self::Instance => Some(2),
            Self::Exception => Some(3),
            Self::Email | Self::Series | Self::Task => None,
        }
    }
}

/// An activity as a CRM user sees it.
#[derive(Debug, Clone, PartialEq)]
pub struct ActivityRecord {
    /// What it is.
    pub activity: Activity,
    /// The `activityid`.
    pub id: String,
    /// All its columns, as the OData face writes them.
    pub row: Value,
    /// Who takes part, in order.
    pub parties: Vec<RecordParty>,
}

impl World {
    /// The activities of a kind with this subject, or, for instances and exceptions, of the series
    /// with this subject; one that ends in `*` stands for every subject that begins so. `on` is
    /// the day of the original start.
    pub async fn activities(
        &self,
        activity: Activity,
        subject: &str,
        on: Option<&str>,
    ) -> Result<Vec<ActivityRecord>> {
        let filter = match activity {
            Activity::Instance | Activity::Exception => {
                let series = Box::pin(self.activities(Activity::Series, subject, None)).await?;
                let [series] = series.as_slice() else {
                    bail!("there are {} series {subject}, not one", series.len());
                };
                format!("seriesid%20eq%20{}", series.id)
            }
            _ => match subject.strip_suffix('*') {
                Some(beginning) => format!("startswith(subject,{})", literal(beginning)),
                None => format!("subject%20eq%20{}", literal(subject)),
            },
        };
        let mut records = Vec::new();
        for row in self.rows(&format!("{ROOT}/{}?$filter={filter}", activity.set())).await? {
            let kind = activity.instance_type();
            let is_kind = kind.is_none_or(|kind| row["instancetypecode"] == kind);
            let start = row["originalstartdate"].as_str().unwrap_or_default();
            if is_kind && on.is_none_or(|day| start.starts_with(day)) {
                let id = row["activityid"].as_str().unwrap_or_default().to_owned();
                let parties = self.parties(&id).await?;
                records.push(ActivityRecord { activity, id, row, parties });
            }
        }
        let key = |record: &ActivityRecord| {
            let text = |name: &str| record.row[name].as_str().unwrap_or_default().to_owned();
            (text("subject"), text("originalstartdate"), record.id.clone())
        };
        records.sort_by_key(key);
        Ok(records)
    }

    /// A CRM user deletes an activity.
    pub async fn delete_activity(&self, record: &ActivityRecord) -> Result<()> {
        self.act();
        let path = format!("{ROOT}/{}({})", record.activity.set(), record.id);
        self.admin(Method::DELETE, &path, None).await.map(drop)
    }

    /// A CRM user changes columns of an activity.
    pub async fn edit_activity(&self, record: &ActivityRecord, changes: Value) -> Result<()> {
        self.act();
        let path = format!("{ROOT}/{}({})", record.activity.set(), record.id);
        self.admin(Method::PATCH, &path, Some(changes)).await.map(drop)
    }

    /// A CRM user gives a meeting other attendees, by their addresses alone.
    pub async fn give_attendees(
        &self,
        record: &ActivityRecord,
        required: &[&str],
        optional: &[&str],
    ) -> Result<()> {
        let organizer = record.parties.iter().filter(|party| party.role == "organizer");
        let mut parties: Vec<Value> = organizer
            .map(|party| match (party.table.as_deref(), &party.id) {
                (Some("systemuser"), Some(id)) => json!({
                    "participationtypemask": 7,
                    "addressused": party.address,
                    "partyid_systemuser@odata.bind": format!("/systemusers({id})"),
                }),
                _ => json!({"participationtypemask": 7, "addressused": party.address}),
            })
            .collect();
        for (mask, addresses) in [(5, required), (6, optional)] {
            parties.extend(addresses.iter().map(|address| {
                json!({"participationtypemask": mask, "addressused": address,
                    "unresolvedpartyname": address})
            }));
        }
        let relation = match record.activity {
            Activity::Series => "recurringappointmentmaster_activity_parties",
            _ => "appointment_activity_parties",
        };
        self.edit_activity(record, json!({ relation: parties })).await
    }
}
