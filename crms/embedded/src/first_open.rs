//! Opening the file, and what a new organization starts with.

use crate::{
    caller::Caller,
    crm::{Fixed, Ids, NewOrganization},
    error::CrmError,
    plug_ins::first_rows,
    roles::{self, ADMINISTRATOR, SERVICE},
    session::{Session, find},
    value::{Row, Value},
};
use earmark_model::Clock;
use earmark_sqlite::{
    Database, Mode, OpenError, Schema,
    rusqlite::{OptionalExtension, Transaction, params},
};
use std::{
    path::Path,
    pin::pin,
    sync::Arc,
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
};
use uuid::Uuid;

const SCHEMA: Schema = Schema {
    name: "crm",
    migrations: &[
        include_str!("../migrations/0001_tables.sql"),
        include_str!("../migrations/0002_calendar.sql"),
        include_str!("../migrations/0003_plug_ins.sql"),
    ],
};

impl crate::EmbeddedCrm {
    /// The version of the file's schema that this version of Earmark writes.
    pub const SCHEMA_VERSION: usize = SCHEMA.migrations.len();
}

/// Units: bytes that an attachment may have.
const UPLOAD_MAX: i64 = 5 * 1024 * 1024;

/// File types that a new organization blocks.
const BLOCKED: &str = "ade;adp;app;asa;ashx;asmx;asp;bas;bat;cdx;cer;chm;class;cmd;com;config;cpl;\
crt;csh;dll;exe;fxp;hlp;hta;htr;htw;ida;idc;idq;inf;ins;isp;its;jar;js;jse;ksh;lnk;mad;maf;mag;\
mam;maq;mar;mas;mat;mau;mav;maw;mda;mdb;mde;mdt;mdw;mdz;msc;msh;msh1;msh1xml;msh2;msh2xml;mshxml;\
msi;msp;mst;ops;pcd;pif;prf;prg;printer;pst;reg;rem;scf;scr;sct;shb;shs;shtm;shtml;soap;stm;svg;\
tmp;url;vb;vbe;vbs;vsmacros;vss;vst;vsw;ws;wsc;wsf;wsh";

/// Opens the file, and makes the organization in a new one.
pub(crate) fn open(
    path: Option<&Path>,
    mode: Mode,
    clock: &dyn Clock,
    ids: &Ids,
    organization: &NewOrganization,
) -> Result<(Database, Fixed), OpenError> {
    let database = Database::open(path, mode, &SCHEMA)?;
    let (now, ids, organization) = (clock.now().as_millis(), Arc::clone(ids), organization.clone());
    let fixed = wait(database.write(move |tx| {
        let fixed = match known(tx)? {
            Some(fixed) => fixed,
            None => make(tx, now, &*ids, &organization)?,
        };
        let caller = Caller { user: fixed.service_user, service: true };
        first_rows::settle(&Session::new(tx, fixed, caller, now, &*ids))?;
        Ok(fixed)
    }))
    .map_err(|error: CrmError| OpenError::Refused {
        path: path.map_or_else(|| ":memory:".to_owned(), |path| path.display().to_string()),
        name: SCHEMA.name,
        detail: error.message,
    })?;
    Ok((database, fixed))
}

/// The ids of an organization that is there.
fn known(tx: &Transaction<'_>) -> Result<Option<Fixed>, CrmError> {
    let row = tx
        .query_row(
            "SELECT organization, business_unit, service_user, administrator, email_profile \
             FROM store_fixed",
            [],
            |row| {
                let id = |index| crate::session::sql::id_at(row, index);
                Ok(Fixed {
                    organization: id(0)?,
                    business_unit: id(1)?,
                    service_user: id(2)?,
                    administrator: id(3)?,
                    email_profile: id(4)?,
                })
            },
        )
        .optional()?;
    Ok(row)
}

fn make(
    tx: &Transaction<'_>,
    now: i64,
    ids: &(dyn Fn() -> Uuid + Send + Sync),
    organization: &NewOrganization,
) -> Result<Fixed, CrmError> {
    let fixed = Fixed {
        organization: organization.id.unwrap_or_else(ids),
        business_unit: ids(),
        service_user: ids(),
        administrator: ids(),
        email_profile: ids(),
    };
    tx.execute(
        "INSERT INTO store_fixed VALUES (1, ?, ?, ?, ?, ?)",
        params![
            fixed.organization.as_bytes(),
            fixed.business_unit.as_bytes(),
            fixed.service_user.as_bytes(),
            fixed.administrator.as_bytes(),
            fixed.email_profile.as_bytes()
        ],
    )?;
    let caller = Caller { user: fixed.service_user, service: true };
    let session = Session::new(tx, fixed, caller, now, ids);
    make_organization(&session, organization)?;
    roles::make(&session)?;
    for (user, name, role) in [
        (fixed.administrator, "Administrator", ADMINISTRATOR),
        (fixed.service_user, "Synchronization", SERVICE),
    ] {
        let row = Row::from([
            ("lastname".to_owned(), Value::text(name)),
            ("fullname".to_owned(), Value::text(name)),
            ("businessunitid".to_owned(), Value::lookup("businessunit", fixed.business_unit)),
            ("domainname".to_owned(), Value::text(format!("{}@system", name.to_lowercase()))),
            ("accessmode".to_owned(), Value::Int(if role == SERVICE { 4 } else { 0 })),
        ]);
        session.insert_row(find("systemuser")?, user, row)?;
        roles::give(&session, user, role)?;
    }
    Ok(fixed)
}

fn make_organization(session: &Session<'_>, new: &NewOrganization) -> Result<(), CrmError> {
    let fixed = session.fixed;
    session.insert_row(
        find("organization")?,
        fixed.organization,
        Row::from([
            ("name".to_owned(), Value::text(new.name.clone())),
            ("ignoreinternalemail".to_owned(), Value::Bool(false)),
            ("emailcorrelationenabled".to_owned(), Value::Bool(true)),
            ("resolvesimilarunresolvedemailaddress".to_owned(), Value::Bool(true)),
            ("generatealertsforerrors".to_owned(), Value::Bool(true)),
            ("generatealertsforwarnings".to_owned(), Value::Bool(false)),
            ("generatealertsforinformation".to_owned(), Value::Bool(true)),
            ("unresolveemailaddressifmultiplematch".to_owned(), Value::Bool(false)),
            ("requireapprovalforuseremail".to_owned(), Value::Bool(true)),
            ("requireapprovalforqueueemail".to_owned(), Value::Bool(true)),
            ("isfolderbasedtrackingenabled".to_owned(), Value::Bool(true)),
            ("maxfolderbasedtrackingmappings".to_owned(), Value::Int(25)),
            ("maxuploadfilesize".to_owned(), Value::Int(UPLOAD_MAX)),
            ("blockedattachments".to_owned(), Value::text(BLOCKED)),
            ("expirechangetrackingindays".to_owned(), Value::Int(30)),
            ("pastexpansionwindow".to_owned(), Value::Int(3)),
            ("futureexpansionwindow".to_owned(), Value::Int(12)),
            ("recurrenceexpansionsynchcreatemax".to_owned(), Value::Int(1_000)),
            ("trackingprefix".to_owned(), Value::text("CRM:")),
        ]),
    )?;
    session.insert_row(
        find("businessunit")?,
        fixed.business_unit,
        Row::from([
            ("name".to_owned(), Value::text(new.name.clone())),
            ("organizationid".to_owned(), Value::lookup("organization", fixed.organization)),
        ]),
    )?;
    session.insert_row(
        find("emailserverprofile")?,
        fixed.email_profile,
        Row::from([
            ("name".to_owned(), Value::text("Server-side synchronization")),
            ("servertype".to_owned(), Value::Int(0)),
            ("statecode".to_owned(), Value::Int(0)),
            ("statuscode".to_owned(), Value::Int(1)),
            ("ownerid".to_owned(), Value::lookup("systemuser", fixed.administrator)),
        ]),
    )
}

/// Drives a future to its end on this thread; opening is not async, and the closures of a
/// database need no runtime.
fn wait<F: Future>(future: F) -> F::Output {
    struct Unpark(Thread);
    impl Wake for Unpark {
        fn wake(self: Arc<Self>) {
            self.0.unpark();
        }
    }
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    let mut context = Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        match future.as_mut().poll(&mut context) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::schema;
    use crate::session::sql;
    use earmark_model::Instant;
    use earmark_sqlite::rusqlite::Connection;
    use std::collections::BTreeSet;
    use std::sync::atomic::{AtomicU64, Ordering};

    struct Standing;

    impl Clock for Standing {
        fn now(&self) -> Instant {
            Instant::from_millis(1_800_000_000_000)
        }
    }

    #[test]
    fn a_file_of_an_earlier_version_gets_the_messages_and_their_privileges_once() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("crm.db");
        let next = AtomicU64::new(1);
        let ids: Ids =
            Arc::new(move || Uuid::from_u64_pair(1, next.fetch_add(1, Ordering::Relaxed)));
        let organization = NewOrganization { id: None, name: "Contoso".to_owned() };
        let earlier = Schema { name: SCHEMA.name, migrations: &SCHEMA.migrations[..2] };
        let old = Database::open(Some(&path), Mode::Inline, &earlier).expect("opened");
        let (making, named) = (Arc::clone(&ids), organization.clone());
        let made = old.write(move |tx| make(tx, 0, &*making, &named));
        let fixed = wait(made).expect("made");
        drop(old);
        let count = |table: &str, what: &str| -> i64 {
            let connection = Connection::open(&path).expect("opened");
            let sql = format!("SELECT count(*) FROM {table} WHERE {what}");
            connection.query_row(&sql, [], |row| row.get(0)).expect("counted")
        };
        let mut seen = Vec::new();
        for _ in 0..2 {
            let opened = open(Some(&path), Mode::Inline, &Standing, &ids, &organization);
            let (database, known) = opened.expect("opened");
            assert_eq!(known, fixed);
            drop(database);
            seen.push((
                count("sdkmessage", "name IN ('Create', 'Update', 'Delete')"),
                count("sdkmessagefilter", "primaryobjecttypecode = 'email'"),
                count("privilege", "name = 'prvCreateSdkMessageProcessingStep'"),
                count("roleprivileges", "true"),
            ));
        }
        assert_eq!((seen[0].0, seen[0].1, seen[0].2), (3, 3, 1));
        assert_eq!(seen[0], seen[1]);
    }

    #[test]
    fn the_migrations_make_exactly_the_columns_of_the_schema() {
        let connection = Connection::open_in_memory().expect("memory");
        for batch in SCHEMA.migrations {
            connection.execute_batch(batch).expect("migration");
        }
        for table in schema::tables() {
            let mut statement =
                connection.prepare("SELECT name FROM pragma_table_info(?)").expect("table info");
            let found: BTreeSet<String> = statement
                .query_map([table.logical], |row| row.get(0))
                .expect("columns")
                .collect::<Result<_, _>>()
                .expect("names");
            let mut wanted = BTreeSet::from(["versionnumber".to_owned()]);
            for column in table.columns {
                wanted.insert(column.logical.to_owned());
                if sql::has_table(column) {
                    wanted.insert(format!("{}_table", column.logical));
                }
            }
            // What the CRM keeps for itself.
            let own = match table.logical {
                "exchangesyncidmapping" => Some("mailbox"),
                "appointment" | "recurringappointmentmaster" | "task" => Some("closed_by_service"),
                _ => None,
            };
            wanted.extend(own.map(str::to_owned));
            assert_eq!(found, wanted, "{}", table.logical);
        }
    }
}
