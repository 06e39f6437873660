//! `GET /subscriptions`. Answers pages of [`super::Subscription`].

use crate::wire::call::Call;

/// All of this application, to whatever mailbox.
pub(crate) fn request() -> Call {
    Call::get(super::PATH.to_owned())
}
