//! I21: nothing that the service does makes the mailbox server send a message: no invitation, no
//! update, no cancellation, no answer. What people send by what they do to their meetings is theirs.

use super::{Checker, Truth};
use crate::sim::log::{Entry, Happening};
use anyhow::{Result, ensure};

#[derive(Default)]
pub(super) struct NothingSent(u64);

impl Checker for NothingSent {
    fn name(&self) -> &'static str {
        "I21"
    }

    fn on(&mut self, entry: &Entry, truth: &Truth) -> Result<()> {
        match &entry.what {
            Happening::Request { number, .. } => {
                self.0 += u64::from(truth.sent.get(number).is_some_and(|sent| !sent.is_read));
            }
            Happening::Sent { request, count, .. } => {
                ensure!(false, "request #{request} made the server send {count} messages");
            }
            _ => {}
        }
        Ok(())
    }

    fn occasions(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::super::sample::{ANNA, Tale, meeting};
    use super::*;

    const EVENT: &str = "/users/anna%40fabrikam.test/events/e1";

    #[test]
    fn a_message_that_a_write_sends_is_noticed() {
        let mut tale = Tale::to(NothingSent::default());
        tale.arrives(ANNA, meeting("e1", 1, &[]));
        tale.request("GET", EVENT, "").expect("a question");
        let request = tale.request("PATCH", EVENT, "{\"categories\":[]}").expect("a write");
        assert_eq!(tale.occasions(), 1);
        assert!(tale.tell(Happening::Sent { organization: 0, request, count: 1 }).is_err());
    }

    #[test]
    fn what_people_send_is_theirs() {
        let mut tale = Tale::to(NothingSent::default());
        tale.arrives(ANNA, meeting("e1", 1, &[]));
        let moved = meeting("e1", 1, &[]);
        tale.person(ANNA, moved.at_another_time());
    }
}
