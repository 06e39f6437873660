//! *Make it fail*: a plug-in of the demo that refuses every new email while it is switched on. It is
//! an ordinary plug-in step of the CRM, registered and switched over the OData face as any other.

use super::mail_access::MailAccess;
use crate::{api::problem::Problem, service::machine::SystemRandom};
use axum::{
    Router,
    extract::Query,
    http::{Method, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;
use url::Url;

const NAME: &str = "Earmark demo: refuse every new email";
const ROOT: &str = "/api/data/v9.2";

/// What the plug-in says to the CRM, and the CRM to whoever asks why.
const REFUSAL: &str = "The demo\u{2019}s plug-in refuses every new email";

/// The demo's plug-in.
#[derive(Clone)]
pub struct PlugIn {
    url: Arc<str>,
    key: Arc<str>,
}

#[derive(Deserialize)]
struct Key {
    #[serde(default)]
    code: String,
}

impl PlugIn {
    /// In the service that answers at the origin of `own`.
    ///
    /// Errors: the system has no randomness to give.
    pub fn new(own: &Url) -> Result<Self, getrandom::Error> {
        let mut url = own.clone();
        url.set_path("/demo/plug-in");
        Ok(Self { url: url.to_string().into(), key: SystemRandom.token()?.into() })
    }

    /// The webhook.
    pub fn router(&self) -> Router {
        let key = self.key.clone();
        let answer = async move |Query(given): Query<Key>| refuse(&key, &given.code);
        Router::new().route("/demo/plug-in", post(answer))
    }

    /// Whether it is on.
    pub async fn is_on(&self, mail: &MailAccess) -> Result<bool, Problem> {
        Ok(step(mail).await?.is_some_and(|step| step["statecode"] == json!(0)))
    }

    /// Switches it on or off. Repeatable: yes.
    pub async fn switch(&self, mail: &MailAccess, on: bool) -> Result<(), Problem> {
        match step(mail).await? {
            None if !on => Ok(()),
            None => self.register(mail).await,
            Some(step) => {
                // The demo may have been started anew, at another port and with another key.
                let endpoint = id(&step, "_eventhandler_value")?;
                let path = format!("{ROOT}/serviceendpoints({endpoint})");
                write(mail, Method::PATCH, &path, &self.endpoint()).await?;
                let step = id(&step, "sdkmessageprocessingstepid")?;
                let path = format!("{ROOT}/sdkmessageprocessingsteps({step})");
                let state = json!({"statecode": i32::from(!on)});
                write(mail, Method::PATCH, &path, &state).await.map(|_| ())
            }
        }
    }

    fn endpoint(&self) -> Value {
        json!({"name": NAME, "url": &*self.url, "contract": 8, "authtype": 4, "authvalue": &*self.key})
    }

    async fn register(&self, mail: &MailAccess) -> Result<(), Problem> {
        let endpoints = format!("{ROOT}/serviceendpoints");
        let endpoint = write(mail, Method::POST, &endpoints, &self.endpoint()).await?;
        let filter = format!(
            "{ROOT}/sdkmessagefilters?$filter=primaryobjecttypecode%20eq%20%27email%27%20and%20\
             sdkmessageid/name%20eq%20%27Create%27"
        );
        let filters = mail.list(&filter).await?;
        let filter = filters.first().unwrap_or(&Value::Null);
        let step = json!({
            "name": NAME, "stage": 20, "mode": 0, "rank": 1, "supporteddeployment": 0,
            "sdkmessageid@odata.bind":
                format!("/sdkmessages({})", id(filter, "_sdkmessageid_value")?),
            "sdkmessagefilterid@odata.bind":
                format!("/sdkmessagefilters({})", id(filter, "sdkmessagefilterid")?),
            "eventhandler_serviceendpoint@odata.bind":
                format!("/serviceendpoints({})", id(&endpoint, "serviceendpointid")?),
        });
        let steps = format!("{ROOT}/sdkmessageprocessingsteps");
        write(mail, Method::POST, &steps, &step).await.map(|_| ())
    }
}

fn refuse(key: &str, given: &str) -> Response {
    if !crate::api::authorize::is_same(given, key) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    let body = json!({"title": "Refused", "detail": REFUSAL}).to_string();
    let kind = [(header::CONTENT_TYPE, "application/problem+json")];
    (StatusCode::BAD_REQUEST, kind, body).into_response()
}

async fn step(mail: &MailAccess) -> Result<Option<Value>, Problem> {
    let name = NAME.replace(' ', "%20").replace(':', "%3A");
    let path = format!("{ROOT}/sdkmessageprocessingsteps?$filter=name%20eq%20%27{name}%27");
    Ok(mail.list(&path).await?.into_iter().next())
}

async fn write(
    mail: &MailAccess,
    method: Method,
    path: &str,
    body: &Value,
) -> Result<Value, Problem> {
    mail.call(method, path, "application/json", body.to_string().into_bytes()).await
}

fn id<'a>(row: &'a Value, column: &str) -> Result<&'a str, Problem> {
    row[column].as_str().ok_or_else(|| {
        Problem::new(StatusCode::BAD_GATEWAY, "plug_in", format!("the CRM has no {column}"))
            .hint("Start the demo with --reset")
    })
}
