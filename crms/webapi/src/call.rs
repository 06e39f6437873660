//! One request: who calls, what they prefer, and how the CRM is asked in their name.

use std::sync::Arc;

use bytes::Bytes;
use earmark_embedded::Circumstances;
use earmark_embedded::caller::Caller;
use earmark_embedded::crm::EmbeddedCrm;
use earmark_embedded::request::{Key, Query, Request, Response};
use earmark_embedded::schema::Table;
use earmark_embedded::value::Row;
use http::{HeaderMap, Method};
use uuid::Uuid;

use crate::authenticate::Authenticate;
use crate::fault::Fault;
use crate::prefer::Prefer;
use crate::settings::FaceSettings;

/// The face.
pub(crate) struct Face {
    pub(crate) crm: Arc<EmbeddedCrm>,
    pub(crate) authenticate: Arc<dyn Authenticate>,
    pub(crate) settings: FaceSettings,
}

/// What is asked, below the version's root.
#[derive(Debug, Clone)]
pub(crate) struct Ask {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Ask {
    /// A header as text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// The surroundings of one request.
#[derive(Clone)]
pub(crate) struct Call<'f> {
    pub(crate) face: &'f Face,
    pub(crate) caller: Caller,
    pub(crate) circumstances: Circumstances,
    /// `https://host/api/data/v9.2`
    pub(crate) base: String,
    pub(crate) prefer: Prefer,
}

/// Rows of one page.
pub(crate) struct Listed {
    pub(crate) rows: Vec<Row>,
    pub(crate) next: Option<String>,
    pub(crate) total: Option<u64>,
    pub(crate) total_exceeded: bool,
}

impl Call<'_> {
    /// Carries out one request.
    pub(crate) async fn execute(&self, request: Request) -> Result<Response, Fault> {
        Ok(self.face.crm.execute(request, &self.caller).await?)
    }

    /// Carries out several requests, all or nothing; a refusal says which one.
    pub(crate) async fn execute_all(
        &self,
        requests: Vec<Request>,
    ) -> Result<Vec<Response>, (usize, Fault)> {
        if requests.is_empty() {
            return Ok(Vec::new());
        }
        self.face
            .crm
            .execute_all_in(requests, &self.caller, self.circumstances)
            .await
            .map_err(|refused| (refused.index, refused.error.into()))
    }

    /// Reads rows.
    pub(crate) async fn rows(&self, query: Query) -> Result<Listed, Fault> {
        listed(self.execute(Request::Query(query)).await?)
    }

    /// Reads one row.
    pub(crate) async fn row(
        &self,
        table: &Table,
        key: &Key,
        columns: Option<Vec<String>>,
    ) -> Result<Row, Fault> {
        let request =
            Request::Retrieve { table: table.logical.to_owned(), key: key.clone(), columns };
        match self.execute(request).await? {
            Response::Row(row) => Ok(row),
            _ => Err(unexpected()),
        }
    }

    /// The id of a row, read where only an alternate key is known.
    pub(crate) async fn id_of(&self, table: &'static Table, key: &Key) -> Result<Uuid, Fault> {
        if let Key::Id(id) = key {
            return Ok(*id);
        }
        let row = self.row(table, key, Some(vec![table.key.to_owned()])).await?;
        id(table, &row).ok_or_else(unexpected)
    }

    /// A new id.
    pub(crate) fn new_id(&self) -> Uuid {
        (self.face.settings.ids)()
    }

    /// The address of a row.
    pub(crate) fn url(&self, table: &Table, id: Uuid) -> String {
        format!("{}/{}({id})", self.base, table.set)
    }

    /// Units: milliseconds since 1970.
    pub(crate) fn now(&self) -> i64 {
        self.face.settings.clock.now().as_millis()
    }
}

/// The rows of an answer.
pub(crate) fn listed(response: Response) -> Result<Listed, Fault> {
    match response {
        Response::Rows { rows, next, total, total_exceeded } => {
            Ok(Listed { rows, next, total, total_exceeded })
        }
        _ => Err(unexpected()),
    }
}

/// The id of a row.
pub(crate) fn id(table: &Table, row: &Row) -> Option<Uuid> {
    row.get(table.key)?.as_id()
}

/// The CRM answered something else than was asked.
pub(crate) fn unexpected() -> Fault {
    Fault::new(500, 0x8004_0216, "An unexpected error occurred.")
}
