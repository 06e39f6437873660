//! What a request says about itself in its headers.

use earmark_embedded::Circumstances;
use uuid::Uuid;

use crate::call::Ask;
use crate::fault::Fault;

/// The operation that a request belongs to.
const CORRELATION: &str = "x-ms-correlation-request-id";
/// Whether registered plug-in steps are left out.
const BYPASS: &str = "mscrm.bypasscustompluginexecution";

/// The circumstances of a request, and of all requests of a batch. A correlation that is no id is
/// none, as for any other header of tracing.
///
/// Errors: a value of the second header that is neither true nor false.
pub(crate) fn of(ask: &Ask) -> Result<Circumstances, Fault> {
    let bypass = match ask.header(BYPASS).map(str::trim) {
        None => false,
        Some(value) if value.eq_ignore_ascii_case("true") => true,
        Some(value) if value.eq_ignore_ascii_case("false") => false,
        Some(_) => {
            return Err(Fault::bad(
                "The value of the header MSCRM.BypassCustomPluginExecution is not true or false.",
            ));
        }
    };
    let correlation = ask.header(CORRELATION).and_then(|text| Uuid::parse_str(text.trim()).ok());
    Ok(Circumstances { correlation, bypass })
}
