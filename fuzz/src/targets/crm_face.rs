//! The Dataverse face of the embedded CRM.

use super::world;
use crate::faces::{SECRET, drive, odata_code};
use crate::target::Target;
use axum::Router;
use earmark_webapi::{Authenticate, FaceSettings, Principal, router};
use std::sync::Arc;
use uuid::Uuid;

/// Requests to the face.
pub const CRM: Target = Target {
    name: "crm_face",
    about: "requests to the Dataverse face, `$batch`, FetchXML and SQL among them",
    words: &[
        "\n====\n",
        "GET /accounts?",
        "POST /emails",
        "PATCH /contacts(",
        "DELETE ",
        "PUT ",
        "$filter=",
        "$select=",
        "$expand=",
        "$orderby=",
        "$apply=",
        "$top=",
        "$count=true",
        "$skiptoken=",
        "name eq 'x'",
        "createdon gt 2026-01-01",
        "Microsoft.Dynamics.CRM.LastXDays(",
        "PropertyName='createdon',PropertyValue=",
        "any(x:x/",
        "$batch",
        "--b\r\n",
        "--b--\r\n",
        "Content-Type: multipart/mixed; boundary=b\n",
        "Content-Type: application/http\n\n",
        "Content-ID: 1\n",
        "$1/",
        "primarycontactid@odata.bind",
        "\"/contacts(",
        "email_activity_parties",
        "\"participationtypemask\":2",
        "\"partyid_systemuser@odata.bind\":",
        "fetchXml=<fetch><entity name='account'>",
        "<filter type='and'><condition attribute='name' operator='eq' value='x'/>",
        "</filter>",
        "</entity></fetch>",
        "<attribute name='name'/>",
        "<order attribute='name'/>",
        "page='",
        "sql=SELECT name FROM account WHERE ",
        " ORDER BY ",
        "TOP 5 ",
        "LIKE '%",
        "WhoAmI()",
        "RetrievePrincipalAccess",
        "SendEmail",
        "$metadata",
        "EntityDefinitions(LogicalName='email')",
        "Prefer: return=representation\n",
        "Prefer: odata.include-annotations=\"*\"\n",
        "MSCRMCallerID: ",
        "If-Match: *\n",
        "If-None-Match: *\n",
        "'",
        "(",
        ")",
        "null",
        "{}",
        "[]",
        "00000000-0000-0000-0000-000000000001",
        "recurringappointmentmasters",
        "\"patternenddate\":",
        "\"recurrencepatterntype\":",
        "\"interval\":",
        "\"occurrences\":",
        "/$ref",
        "/$count",
        "/$value",
    ],
    outside: &[],
    make: || {
        let runtime = world::runtime();
        let crm = runtime.block_on(world::crm());
        let admin = crm.administrator().user;
        let uri = "https://crm.example.test/login";
        let settings = FaceSettings::new(uri, Arc::new(world::Standing), world::ids());
        let face = router(crm, Arc::new(Tokens(admin)), settings);
        let router = Router::new().nest("/api/data", face);
        let root = "/api/data/v9.2";
        Box::new(move |input| runtime.block_on(drive(&router, root, input, odata_code)))
    },
};

/// Knows one token.
struct Tokens(Uuid);

impl Authenticate for Tokens {
    fn principal(&self, bearer: &str) -> Option<Principal> {
        (bearer == SECRET).then_some(Principal::SystemUser(self.0))
    }
}
