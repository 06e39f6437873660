//! What is read back: checkpoints out of a ledger, and the texts that hold settings.

use super::{text, world};
use crate::target::{Target, shape};
use earmark_mailbox_port::{Checkpoint, MailboxServer};
use earmark_model::{FailureClass, MailboxAddress};

/// A text that once was ours.
pub const STORED: Target = Target {
    name: "stored",
    about: "a checkpoint or a text of settings that was changed or comes from another version",
    words: &[
        "graph-mail-1:",
        "graph-mail-2:",
        "9223372036854775807",
        "-",
        "<OrgSettings>",
        "</OrgSettings>",
        "<",
        "/>",
        "&amp;",
        "&#0;",
        "<![CDATA[",
        "]]>",
        "true",
        "<!DOCTYPE a [",
        "<AllowClientMessageBarAd>false</AllowClientMessageBarAd>",
        "<ActivityRollupChildRecordLimit>",
    ],
    outside: &[],
    make: || {
        let runtime = world::runtime();
        let server = world::connector(world::Deaf::shared());
        let anna = server.open(&MailboxAddress::new("anna@example.test"));
        Box::new(move |bytes| {
            let text = text(bytes);
            let checkpoint = Checkpoint(text.clone().into_owned());
            let outcome = runtime.block_on(anna.changes(Some(&checkpoint)));
            // Nobody answers, so that either the checkpoint was refused or the question was sent.
            let failure = outcome.expect_err("nobody answers");
            let expired = failure.class == FailureClass::CheckpointExpired;
            assert!(expired || failure.class == FailureClass::Unavailable, "{failure:?}");
            let stored = earmark_embedded::settings::Stored::parse(&text);
            let printed = stored.to_text();
            assert_eq!(earmark_embedded::settings::Stored::parse(&printed), stored, "{printed}");
            shape((expired, text.trim_start().starts_with('<'), printed.len()))
        })
    },
};
