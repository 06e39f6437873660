//! Plug-in steps over the face: registered as tools do it, and the headers about them.

mod world;

use async_trait::async_trait;
use bytes::Bytes;
use earmark_embedded::Webhooks;
use earmark_http::{SendError, SendOptions, Transport};
use http::{Request, Response};
use serde_json::{Value, json};
use std::sync::{Arc, Mutex};
use world::{World, world};

/// Refuses everything and keeps what it was asked.
#[derive(Default)]
struct Refusing(Mutex<Vec<Request<Bytes>>>);

#[async_trait]
impl Transport for Refusing {
    async fn send(
        &self,
        request: Request<Bytes>,
        _: &SendOptions,
    ) -> Result<Response<Bytes>, SendError> {
        self.0.lock().expect("not poisoned").push(request);
        let body = Bytes::from_static(br#"{"detail": "Budget exceeded"}"#);
        let answer = Response::builder()
            .status(400)
            .header("content-type", "application/problem+json")
            .body(body);
        Ok(answer.expect("an answer"))
    }
}

/// Registers a step on the creation of emails. Answers its id.
async fn register(world: &World) -> String {
    let endpoint = json!({
        "name": "Hook", "url": "https://hooks.contoso.example/step", "contract": 8,
        "authtype": 4, "authvalue": "s3cret",
    });
    let endpoint = world.ask("POST", "serviceendpoints", endpoint).await;
    assert_eq!(endpoint.status, 204, "{}", endpoint.text);
    let messages = world.get("sdkmessages?$filter=name%20eq%20'Create'&$select=name").await.json();
    let message = messages["value"][0]["sdkmessageid"].as_str().expect("a message").to_owned();
    let filters = format!(
        "sdkmessagefilters?$filter=primaryobjecttypecode%20eq%20'email'%20and%20\
         _sdkmessageid_value%20eq%20{message}"
    );
    let filters = world.get(&filters).await.json();
    let filter = filters["value"][0]["sdkmessagefilterid"].as_str().expect("a filter").to_owned();
    let step = json!({
        "name": "Create of email", "mode": 0, "stage": 20, "rank": 1, "supporteddeployment": 0,
        "asyncautodelete": false,
        "sdkmessageid@odata.bind": format!("/sdkmessages({message})"),
        "sdkmessagefilterid@odata.bind": format!("/sdkmessagefilters({filter})"),
        "eventhandler_serviceendpoint@odata.bind":
            format!("/serviceendpoints({})", endpoint.id()),
    });
    let step = world.ask("POST", "sdkmessageprocessingsteps", step).await;
    assert_eq!(step.status, 204, "{}", step.text);
    step.id()
}

#[tokio::test]
async fn a_registered_step_refuses_with_its_text_until_it_is_disabled() {
    let world = world().await;
    let endpoint = Arc::<Refusing>::default();
    world.crm.call_webhooks(Webhooks { transport: endpoint.clone(), loopback: false });
    let step = register(&world).await;
    let path = format!(
        "sdkmessageprocessingsteps({step})?$select=name,statecode\
         &$expand=eventhandler_serviceendpoint($select=url,authvalue,isauthvalueset)"
    );
    let seen = world.get(&path).await.json();
    assert_eq!(seen["eventhandler_serviceendpoint"]["isauthvalueset"], true);
    assert_eq!(seen["eventhandler_serviceendpoint"]["authvalue"], Value::Null);
    let offer = || json!({"subject": "Offer"});
    let refused = world.ask("POST", "emails", offer()).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "0x80040265"));
    assert_eq!(refused.message(), "Budget exceeded");
    let headers = [("MSCRM.BypassCustomPluginExecution", "true")];
    let made = world.ask_with("POST", "emails", &headers, offer()).await;
    assert_eq!(made.status, 204, "{}", made.text);
    let headers = [("MSCRM.BypassCustomPluginExecution", "perhaps")];
    let refused = world.ask_with("POST", "emails", &headers, offer()).await;
    assert_eq!(refused.status, 400);
    let own = "b374239d-4233-41a9-8b17-a86cb4f737b5";
    let headers = [("x-ms-correlation-request-id", own)];
    world.ask_with("POST", "emails", &headers, offer()).await;
    let asked = endpoint.0.lock().expect("not poisoned").clone();
    assert_eq!(asked.len(), 2, "the bypassing and the malformed request call nobody");
    assert_eq!(asked[1].headers()["x-ms-correlation-request-id"], own);
    let disable = json!({"statecode": 1});
    let path = format!("sdkmessageprocessingsteps({step})");
    assert_eq!(world.ask("PATCH", &path, disable).await.status, 204);
    assert_eq!(world.ask("POST", "emails", offer()).await.status, 204);
}
