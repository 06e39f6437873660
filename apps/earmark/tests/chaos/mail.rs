//! Messages as the outside world writes them.

/// One message from a stranger (or `from`) to `to`.
pub fn message(id: &str, from: Option<&str>, to: &[&str]) -> String {
    let from = from.unwrap_or("Kim Lee <kim@contoso.test>");
    format!(
        "From: {from}\r\nTo: {}\r\nSubject: About {id}\r\nMessage-ID: <{id}>\r\n\
         Date: Mon, 23 Nov 2026 09:00:00 +0000\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n\
         What there is to say about {id}.\r\n",
        to.join(", "),
    )
}

/// Messages in the form of an mbox.
pub fn mbox(messages: &[String]) -> String {
    messages
        .iter()
        .map(|message| format!("From chaos Mon Nov 23 09:00:00 2026\n{message}\n"))
        .collect()
}
