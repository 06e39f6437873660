//! Messages as files: one, or many in an mbox.

use crate::target::{Target, gist, shape};
use earmark_sandbox::mime::{self, mbox};

/// One message.
pub const MIME: Target = Target {
    name: "mime",
    about: "a message: read, written, and read again",
    words: &[
        "\r\n",
        "\r\n\r\n",
        "--b",
        "--b--",
        "Content-Type: multipart/mixed; boundary=b\r\n",
        "Content-Type: message/rfc822\r\n",
        "Content-Type: multipart/digest; boundary=\"b\"\r\n",
        "Content-Transfer-Encoding: base64\r\n",
        "Content-Transfer-Encoding: quoted-printable\r\n",
        "Content-Type: text/html; charset=",
        "utf-7",
        "iso-2022-jp",
        "=?utf-8?B?",
        "=?utf-8?Q?=",
        "?=",
        "From: ",
        "To: ",
        "Bcc: ",
        "Subject: ",
        "Message-ID: <",
        "References: <a> <b>",
        "Date: ",
        "Keywords: ",
        "Thread-Index: ",
        "Thread-Topic: ",
        "<a@b.test>",
        "a:;",
        ", ",
        "(",
        ")",
        "\"",
        "=3D",
        "=\r\n",
        "cid:",
        "filename*0*=utf-8''",
        "name=\"",
        "begin 644 x\n",
        "winmail.dat",
        "application/ms-tnef",
        "text/calendar; method=REQUEST",
        "Received: ",
    ],
    outside: &[("EARMARK_CORPUS", "mail"), ("EARMARK_CORPUS", "mail-odd")],
    make: || Box::new(message),
};

/// Many.
pub const MBOX: Target = Target {
    name: "mbox",
    about: "an mbox file, cut into messages",
    words: &[
        "From ",
        "\nFrom a@b.test Sun Nov 22\n",
        ">From ",
        ">>From ",
        "\n\n",
        "\r\n",
        "To: a\n",
    ],
    outside: &[],
    make: || Box::new(cut),
};

fn message(bytes: &[u8]) -> u64 {
    let read = match mime::parse(bytes) {
        Ok(read) => read,
        Err(refusal) => return shape(gist(&refusal.to_string())),
    };
    let again = mime::parse(bytes).expect("the same bytes");
    assert!(read == again, "equal bytes give an equal message");
    let written = mime::write(&read);
    // A message without a single usual field is written with none, and then is none.
    if let Ok(again) = mime::parse(&written) {
        assert_eq!(again.attachments.len(), read.attachments.len(), "attachments come back");
        assert_eq!(mime::write(&again).is_empty(), written.is_empty());
    }
    let _ = (mime::thread_key(&read), mime::conversation_index(&read, 0));
    let told = (
        read.subject.is_empty(),
        read.from.is_some(),
        read.to.len().min(3),
        read.sent_ms.is_some(),
    );
    let kinds: Vec<_> =
        read.attachments.iter().map(|one| (one.item, one.is_inline)).take(4).collect();
    shape((
        told,
        kinds,
        read.body.content_type.as_str(),
        read.body.content.len().min(4),
        read.message_class,
    ))
}

fn cut(bytes: &[u8]) -> u64 {
    let mut sizes = Vec::new();
    for message in mbox::Messages::new(bytes) {
        let message = message.expect("memory has no errors");
        sizes.push(mime::parse(&message).is_ok());
    }
    let sum: usize = mbox::Messages::new(bytes).flatten().map(|message| message.len()).sum();
    assert!(sum <= bytes.len(), "nothing is made up");
    sizes.truncate(5);
    shape(sizes)
}
