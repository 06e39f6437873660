//! The test of a mailbox that somebody asked for: what its server answers, decided by the rules,
//! told to people and kept in the CRM. The stamp is written here as well.

use crate::{Engine, EngineError};
use earmark_crm_port::{
    DeliveryMethod, MailboxRow, OrganizationSettings, TestOutcome, TestRequest,
};
use earmark_ledger::{Lease, Record, StampMemory, TestMemory};
use earmark_mailbox_port::{Mailbox, Scope};
use earmark_model::{CategoryName, Failure, FailureClass, Instant, MasterCategory, limits};
use earmark_tracking::{
    AlertKind,
    alert::{Occasion, Outcome},
    enabling::{self, Answers, Channel, StampStep, Subject, TestResult, Whose},
};

impl Engine {
    /// Tests a mailbox, and answers when it is due again. Repeatable: yes, the outcome replaces the
    /// one before.
    pub(crate) async fn test(
        &self,
        lease: &Lease,
        row: &MailboxRow,
        request: TestRequest,
        settings: &OrganizationSettings,
    ) -> Result<Instant, EngineError> {
        let organization = lease.organization;
        let crm = self.crm(organization).ok_or(EngineError::UnknownMailbox)?;
        let subject = subject(row, request);
        let answers = self.ask(lease, row, &subject, settings).await;
        let result = enabling::result(&subject, &answers, &self.parts.rules);
        if result.is_repeated(request.repeated, &self.parts.rules) {
            let until = self.now().plus(limits::TEST_RETRY);
            let outcome = TestOutcome::Postponed { until, repeated: request.repeated + 1 };
            crm.record_test(row.id, request.asked, outcome).await?;
            return Ok(until);
        }
        // What is told is kept first: where the CRM does not take the outcome, the test is repeated.
        self.keep(lease, row, &result, settings).await?;
        let (incoming, act) = (result.incoming.status, result.act.status);
        crm.record_test(row.id, request.asked, TestOutcome::Ended { incoming, act }).await?;
        tracing::info!(mailbox.id = %row.id, incoming = incoming.as_str(), act = act.as_str(),
            cause = result.failure().map_or("", |(_, cause)| cause.code()), "the mailbox was tested");
        Ok(self.now())
    }

    async fn ask(
        &self,
        lease: &Lease,
        row: &MailboxRow,
        subject: &Subject,
        settings: &OrganizationSettings,
    ) -> Answers {
        let mut answers = Answers::default();
        if !subject.asks_mail() && !subject.asks_act() {
            return answers;
        }
        let mailbox = self.open(row, settings);
        let primary = mailbox.primary_address().await;
        answers.is_other_address = primary.as_ref().is_ok_and(|address| *address != row.address);
        // What is read there is somebody else's business.
        if answers.is_other_address && self.parts.rules.test_compares_address {
            return answers;
        }
        if subject.asks_act() {
            answers.act = match primary {
                Ok(_) => self.read_act(mailbox.as_ref()).await.err(),
                Err(failure) => Some(failure),
            };
        }
        if subject.asks_mail() {
            let ours = lease.organization.to_string();
            match self.read_mail(mailbox.as_ref(), &ours, subject.takes_over).await {
                Ok(whose) => answers.whose = whose,
                Err(failure) => answers.mail = Some(failure),
            }
        }
        answers
    }

    /// Reads what each cycle needs of mail, and stamps the mailbox as far as it may. Answers whose
    /// it was.
    async fn read_mail(
        &self,
        mailbox: &dyn Mailbox,
        ours: &str,
        takes_over: bool,
    ) -> Result<Whose, Failure> {
        let entries = mailbox.master_categories().await?;
        mailbox.received(self.now()).await?;
        if !self.parts.mailboxes.capabilities().stamp {
            return Ok(Whose::Ours);
        }
        let whose = enabling::whose(mailbox.stamp().await?.as_deref(), ours);
        match enabling::stamp_step(whose, takes_over, &self.parts.rules) {
            StampStep::Write => {
                mailbox.put_stamp(ours).await?;
                if whose == Whose::Others {
                    self.make_anew(mailbox, &entries).await?;
                }
            }
            StampStep::Leave | StampStep::Stop => {}
        }
        Ok(whose)
    }

    /// Makes the tracking category's entry anew, as it is: by its other id the organization that the
    /// mailbox was taken from notices it in its next cycle.
    async fn make_anew(
        &self,
        mailbox: &dyn Mailbox,
        entries: &[MasterCategory],
    ) -> Result<(), Failure> {
        let name = &self.parts.settings.tracked_name;
        let Some(entry) = entries.iter().find(|entry| entry.name.is_same(name.as_str())) else {
            return Ok(());
        };
        mailbox.drop_master_category(&entry.id).await?;
        mailbox.put_master_category(&entry.name, entry.color).await?;
        Ok(())
    }

    async fn read_act(&self, mailbox: &dyn Mailbox) -> Result<(), Failure> {
        let names: [CategoryName; 1] = [self.parts.settings.tracked_name.clone()];
        mailbox.bearing(Scope::Calendar, &names).await?;
        if self.parts.mailboxes.capabilities().tasks {
            mailbox.bearing(Scope::Tasks, &names).await?;
        }
        Ok(())
    }

    async fn keep(
        &self,
        lease: &Lease,
        row: &MailboxRow,
        result: &TestResult,
        settings: &OrganizationSettings,
    ) -> Result<(), EngineError> {
        let mut memory = self.parts.store.mailbox(lease.organization, row.id).await?;
        let now = self.now();
        memory.test = remembered(result, now);
        if result.incoming.cause.is_none() {
            memory.stamp = StampMemory { read_at: Some(now), is_anothers: false };
        }
        let mut record = Record { mailbox: Some(memory), ..Record::default() };
        if self.parts.rules.alerts_of_what_lasts {
            self.tell_of_test(lease, row, result, settings, &mut record);
        }
        self.commit_with_pause(lease, record).await?;
        Ok(())
    }

    /// A test that failed says why, in place of the one before; one that went well ends both what
    /// the last one said and that the mailbox was lost.
    fn tell_of_test(
        &self,
        lease: &Lease,
        row: &MailboxRow,
        result: &TestResult,
        settings: &OrganizationSettings,
        record: &mut Record,
    ) {
        let (organization, mailbox) = (lease.organization, Some(row.id));
        let end = |kind| self.alert_end(kind, organization, mailbox, settings);
        let episode = self.now().as_millis().to_string();
        let mut ends = vec![end(AlertKind::MailboxTestFailed)];
        let occasion = match result.failure() {
            Some((channel, cause)) => {
                ends[0].then = None;
                let said = format!("{channel}: {} {}", cause.text(), cause.remedy());
                let outcome = Some(Outcome { word: cause.code().to_owned(), number: None });
                let occasion = Occasion::new(AlertKind::MailboxTestFailed, episode, said);
                Occasion { outcome, ..occasion }
            }
            None => Occasion::new(AlertKind::MailboxTested, episode, ""),
        };
        if result.incoming.cause.is_none() {
            ends.push(end(AlertKind::MailboxOfAnother));
        }
        record.alerts_ended.extend(ends);
        record.alerts.extend(self.alert(occasion, organization, mailbox, settings));
    }
}

pub(super) fn remembered(result: &TestResult, at: Instant) -> TestMemory {
    let code = |channel: Channel| channel.cause.map_or("", |cause| cause.code()).to_owned();
    TestMemory { at: Some(at), incoming: code(result.incoming), act: code(result.act) }
}

fn subject(row: &MailboxRow, request: TestRequest) -> Subject {
    Subject {
        obstacle: row.obstacle,
        is_queue: row.owner.queue().is_some(),
        synchronizes_mail: row.incoming == DeliveryMethod::ServerSideSynchronization,
        synchronizes_act: row.act == DeliveryMethod::ServerSideSynchronization,
        takes_over: request.takes_over,
    }
}

/// Whether a failure to write down whose a mailbox is concerns the mailbox: it may be read without.
pub(super) fn is_about_stamp(failure: &Failure) -> bool {
    failure.class == FailureClass::ScopeUnreadable
}
