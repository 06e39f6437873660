//! All calls of one operation, before its transaction opens.

use super::{
    CALL_MAX, Circumstances, OPERATION_MAX, Running,
    context::{Operation, context},
    endpoint,
    post::{Heading, failed, post},
    registered::{Registered, RegisteredStep, registered},
};
use crate::{
    caller::Caller,
    crm::EmbeddedCrm,
    error::{CrmError, code},
    request::Request,
    session::Expected,
    step::{Image, Message, Step},
    value::{Row, Value},
};
use earmark_model::Instant;
use std::{sync::Arc, time::Duration};
use uuid::Uuid;

/// A request of an operation that a step, or what leads to it, refused.
#[derive(Debug)]
pub(crate) struct Refused {
    /// Its place in the operation, from 0.
    pub index: usize,
    /// Why.
    pub error: CrmError,
}

/// What is asked for one operation.
struct Asking<'a> {
    registered: Registered,
    /// The operation's place among those that hang on each other.
    running: Option<Running<'a>>,
    correlation: Uuid,
    began: Instant,
}

impl EmbeddedCrm {
    /// Asks the steps about each request. Answers the requests with what the steps put into them,
    /// and the rows that must still be the same when the transaction opens.
    pub(crate) async fn ask_steps(
        self: &Arc<Self>,
        requests: Vec<Request>,
        caller: Caller,
        circumstances: Circumstances,
    ) -> Result<(Vec<Request>, Vec<Expected>), Refused> {
        let unasked = |error| Refused { index: 0, error };
        for (index, request) in requests.iter().enumerate() {
            self.admit(request).map_err(|error| Refused { index, error })?;
        }
        if requests.is_empty() {
            return Ok((requests, Vec::new()));
        }
        let own = self.steps();
        let registered = self
            .read(caller, move |session| registered(session, circumstances))
            .await
            .map_err(unasked)?;
        if own.is_empty() && registered.steps.is_empty() {
            return Ok((requests, Vec::new()));
        }
        let asking = self.begin(registered, circumstances).map_err(unasked)?;
        let (mut asked, mut expected) = (Vec::with_capacity(requests.len()), Vec::new());
        for (index, request) in requests.into_iter().enumerate() {
            let (request, row) = self
                .ask_about(&asking, &own, request, caller)
                .await
                .map_err(|error| Refused { index, error })?;
            asked.push(request);
            expected.extend(row);
        }
        Ok((asked, expected))
    }

    /// Refuses an endpoint that may not be asked.
    fn admit(&self, request: &Request) -> Result<(), CrmError> {
        let (Request::Create { table, row, .. }
        | Request::Update { table, row, .. }
        | Request::Upsert { table, row, .. }) = request
        else {
            return Ok(());
        };
        let url = row.get("url").filter(|_| table == "serviceendpoint");
        let Some(url) = url.and_then(Value::as_text) else { return Ok(()) };
        match endpoint::checked(url, self.plug_ins.allows_loopback()) {
            Ok(_) => Ok(()),
            Err(problem) => Err(CrmError::new(
                code::INVALID_ARGUMENT,
                format!("column 'url' of 'serviceendpoint' {problem}"),
            )),
        }
    }

    fn begin(
        &self,
        registered: Registered,
        circumstances: Circumstances,
    ) -> Result<Asking<'_>, CrmError> {
        let correlation = match circumstances.correlation {
            Some(correlation) => correlation,
            None if registered.steps.is_empty() => Uuid::nil(),
            None => self.new_id(),
        };
        let running = match registered.steps.is_empty() {
            true => None,
            false => Some(self.plug_ins.enter(correlation)?),
        };
        let began = Instant::from_millis(self.now());
        Ok(Asking { registered, running, correlation, began })
    }

    async fn ask_about(
        self: &Arc<Self>,
        asking: &Asking<'_>,
        own: &[Arc<dyn Step>],
        mut request: Request,
        caller: Caller,
    ) -> Result<(Request, Option<Expected>), CrmError> {
        let copy = request.clone();
        let seen = self.read(caller, move |session| session.predict(&copy)).await?;
        let Some((mut image, row)) = seen else { return Ok((request, None)) };
        for step in own.iter().filter(|step| step.applies(image.table, image.message)) {
            let put = step.run(&image).await?;
            request.put(&put);
            image.target.extend(put);
        }
        let wanting: Vec<&RegisteredStep> =
            asking.registered.steps.iter().filter(|step| step.wants(&image)).collect();
        if wanting.is_empty() {
            return Ok((request, row));
        }
        if image.message == Message::Create && image.id.is_none() {
            let id = self.new_id();
            if let Some(table) = crate::schema::table(image.table) {
                request.put(&Row::from([(table.key.to_owned(), Value::Guid(id))]));
            }
            image.id = Some(id);
        }
        let number = self.new_id();
        for step in wanting {
            self.call(asking, step, &image, number).await?;
        }
        Ok((request, row))
    }

    async fn call(
        &self,
        asking: &Asking<'_>,
        step: &RegisteredStep,
        image: &Image,
        request: Uuid,
    ) -> Result<(), CrmError> {
        let Some(webhooks) = self.plug_ins.webhooks.get() else {
            return Err(failed(step, code::WEBHOOK_DISABLED, "this CRM calls no endpoints"));
        };
        let now = self.now();
        let left = OPERATION_MAX.saturating_sub(Instant::from_millis(now).since(asking.began));
        if left == Duration::ZERO {
            let what = "no time was left after the steps before it";
            return Err(failed(step, code::WEBHOOK_TIMED_OUT, what));
        }
        let operation = Operation {
            organization: self.fixed.organization,
            correlation: asking.correlation,
            request,
            depth: asking.running.as_ref().map_or(1, |running| running.depth),
            now,
        };
        let body = context(&operation, &asking.registered, step, image);
        let heading = Heading {
            organization: &asking.registered.organization,
            correlation: asking.correlation,
        };
        post(webhooks, step, image, heading, body, left.min(CALL_MAX)).await
    }
}
