//! The one entrance.

use crate::{
    caller::Caller,
    error::{CrmError, code},
    first_open,
    plug_ins::{Circumstances, PlugIns, Refused, Webhooks},
    port,
    request::{Request, Response},
    session::Session,
    step::Step,
};
use earmark_model::{Clock, Instant};
use earmark_sqlite::{Database, Mode};
use std::{
    path::Path,
    sync::{Arc, PoisonError, RwLock},
};
use uuid::Uuid;

pub use earmark_sqlite::OpenError;

/// Where new ids come from.
pub type Ids = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// How often a request is tried when the rows that its steps saw change under it.
const ATTEMPTS: usize = 3;

/// What the organization is made with on first open.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewOrganization {
    /// Its id; drawn where `None`.
    pub id: Option<Uuid>,
    /// Its name.
    pub name: String,
}

/// A request of a batch that was refused; nothing of the batch has happened.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("request {index}: {error}")]
pub struct BatchError {
    /// Its place in the batch, from 0.
    pub index: usize,
    /// Why.
    pub error: CrmError,
}

/// Ids that are fixed for the life of the file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Fixed {
    pub organization: Uuid,
    pub business_unit: Uuid,
    pub service_user: Uuid,
    pub administrator: Uuid,
    pub email_profile: Uuid,
}

/// One organization in one file.
pub struct EmbeddedCrm {
    pub(crate) database: Database,
    pub(crate) fixed: Fixed,
    clock: Arc<dyn Clock>,
    ids: Ids,
    steps: RwLock<Vec<Arc<dyn Step>>>,
    pub(crate) plug_ins: PlugIns,
}

enum Outcome<T> {
    Done(T),
    Stale,
}

impl EmbeddedCrm {
    /// Opens or creates the file at `path` (`None`: in memory). A new file gets a business unit,
    /// the standard roles, the organization row, one email server profile, an administrator and
    /// the user of the synchronization service.
    pub fn open(
        path: Option<&Path>,
        mode: Mode,
        clock: Arc<dyn Clock>,
        ids: Ids,
        organization: &NewOrganization,
    ) -> Result<Arc<Self>, OpenError> {
        let (database, fixed) = first_open::open(path, mode, &*clock, &ids, organization)?;
        Ok(Arc::new(Self {
            database,
            fixed,
            clock,
            ids,
            steps: RwLock::default(),
            plug_ins: PlugIns::default(),
        }))
    }

    /// Carries out one request as `caller`, all or nothing.
    pub async fn execute(
        self: &Arc<Self>,
        request: Request,
        caller: &Caller,
    ) -> Result<Response, CrmError> {
        if request.is_read() {
            return self.read(*caller, move |session| session.execute(request)).await;
        }
        let work = |session: &Session<'_>, requests: &[Request]| match requests {
            [request] => session.execute(request.clone()),
            _ => Err(CrmError::unexpected("one request was asked for")),
        };
        self.transact(vec![request], *caller, work).await
    }

    /// Carries out several requests in their order, all or nothing.
    pub async fn execute_all(
        self: &Arc<Self>,
        requests: Vec<Request>,
        caller: &Caller,
    ) -> Result<Vec<Response>, BatchError> {
        self.execute_all_in(requests, caller, Circumstances::default()).await
    }

    /// As [`Self::execute_all`], for requests that say more about themselves.
    pub async fn execute_all_in(
        self: &Arc<Self>,
        requests: Vec<Request>,
        caller: &Caller,
        circumstances: Circumstances,
    ) -> Result<Vec<Response>, BatchError> {
        let work = |session: &Session<'_>, requests: &[Request]| {
            let mut answers = Vec::with_capacity(requests.len());
            for (index, request) in requests.iter().enumerate() {
                match session.execute(request.clone()) {
                    Ok(answer) => answers.push(answer),
                    Err(error) => return Err(BatchFailure(index, error)),
                }
            }
            Ok(answers)
        };
        let BatchFailure(index, error) =
            match self.transact_in(requests, *caller, circumstances, work).await {
                Ok(answers) => return Ok(answers),
                Err(failure) => failure,
            };
        Err(BatchError { index, error })
    }

    /// Adds a plug-in step, after those that are there.
    pub fn add_step(&self, step: Arc<dyn Step>) {
        self.steps.write().unwrap_or_else(PoisonError::into_inner).push(step);
    }

    /// From now on the endpoints of registered steps are called; without it a step refuses
    /// whatever it is registered for. A second way is ignored.
    pub fn call_webhooks(&self, webhooks: Webhooks) {
        self.plug_ins.reach(webhooks);
    }

    /// The organization's id.
    pub fn organization_id(&self) -> Uuid {
        self.fixed.organization
    }

    /// The root business unit.
    pub fn business_unit(&self) -> Uuid {
        self.fixed.business_unit
    }

    /// The email server profile made on first open.
    pub fn email_server_profile(&self) -> Uuid {
        self.fixed.email_profile
    }

    /// The synchronization service itself.
    pub fn service_caller(&self) -> Caller {
        Caller { user: self.fixed.service_user, service: true }
    }

    /// The administrator made on first open.
    pub fn administrator(&self) -> Caller {
        Caller::user(self.fixed.administrator)
    }

    /// Forgets what the change log has from before `before`; checkpoints from then expire.
    /// Answers how many changes it forgot.
    pub async fn prune_changes(self: &Arc<Self>, before: Instant) -> Result<usize, CrmError> {
        self.transact(Vec::new(), self.service_caller(), move |session, _| {
            session.prune_log(before.as_millis())
        })
        .await
    }

    /// Drops alerts from before `before`. Answers how many it dropped.
    pub async fn prune_alerts(self: &Arc<Self>, before: Instant) -> Result<usize, CrmError> {
        self.transact(Vec::new(), self.service_caller(), move |session, _| {
            port::alerts::prune(session, before)
        })
        .await
    }

    pub(crate) fn now(&self) -> i64 {
        self.clock.now().as_millis()
    }

    pub(crate) fn new_id(&self) -> Uuid {
        (self.ids)()
    }

    pub(crate) fn steps(&self) -> Vec<Arc<dyn Step>> {
        self.steps.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Runs `work` on one consistent view.
    pub(crate) async fn read<T, F>(self: &Arc<Self>, caller: Caller, work: F) -> Result<T, CrmError>
    where
        T: Send + 'static,
        F: FnOnce(&Session<'_>) -> Result<T, CrmError> + Send + 'static,
    {
        let (fixed, now, ids) = (self.fixed, self.now(), Arc::clone(&self.ids));
        self.database.read(move |tx| work(&Session::new(tx, fixed, caller, now, &*ids))).await
    }

    /// Asks the steps about `requests`, then runs `work` with what they made of them, in one
    /// transaction, if the rows that the steps saw are still the same.
    pub(crate) async fn transact<T, E, F>(
        self: &Arc<Self>,
        requests: Vec<Request>,
        caller: Caller,
        work: F,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Refused> + From<CrmError> + From<earmark_sqlite::Error> + Send + 'static,
        F: Fn(&Session<'_>, &[Request]) -> Result<T, E> + Send + Sync + 'static,
    {
        self.transact_in(requests, caller, Circumstances::default(), work).await
    }

    /// As [`Self::transact`], for requests that say more about themselves.
    pub(crate) async fn transact_in<T, E, F>(
        self: &Arc<Self>,
        requests: Vec<Request>,
        caller: Caller,
        circumstances: Circumstances,
        work: F,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<Refused> + From<CrmError> + From<earmark_sqlite::Error> + Send + 'static,
        F: Fn(&Session<'_>, &[Request]) -> Result<T, E> + Send + Sync + 'static,
    {
        let work = Arc::new(work);
        for _ in 0..ATTEMPTS {
            let (requests, expected) =
                self.ask_steps(requests.clone(), caller, circumstances).await?;
            let (fixed, now, ids) = (self.fixed, self.now(), Arc::clone(&self.ids));
            let work = Arc::clone(&work);
            let outcome = self
                .database
                .write(move |tx| {
                    let session = Session::new(tx, fixed, caller, now, &*ids);
                    if !session.still_holds(&expected)? {
                        return Ok::<_, E>(Outcome::Stale);
                    }
                    work(&session, &requests).map(Outcome::Done)
                })
                .await?;
            match outcome {
                Outcome::Done(answer) => return Ok(answer),
                Outcome::Stale => {}
            }
        }
        Err(CrmError::new(
            code::CONCURRENCY_VERSION_MISMATCH,
            "the record kept changing while plug-in steps ran; try again",
        )
        .into())
    }
}

struct BatchFailure(usize, CrmError);

impl From<Refused> for CrmError {
    fn from(refused: Refused) -> Self {
        refused.error
    }
}

impl From<Refused> for BatchFailure {
    fn from(refused: Refused) -> Self {
        Self(refused.index, refused.error)
    }
}

impl From<CrmError> for BatchFailure {
    fn from(error: CrmError) -> Self {
        Self(0, error)
    }
}

impl From<earmark_sqlite::Error> for BatchFailure {
    fn from(error: earmark_sqlite::Error) -> Self {
        Self(0, error.into())
    }
}
