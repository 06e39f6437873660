//! Messages as bytes, over tables and over real mail.

use earmark_sandbox::{
    mime::{self, mbox::Messages},
    store::message::{Address, Body, BodyType, Importance, NewAttachment, NewMessage},
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

fn parse(text: &str) -> NewMessage {
    mime::parse(text.as_bytes()).expect("parsed")
}

fn refusal(raw: &[u8]) -> String {
    let line = mime::parse(raw).expect_err("refused").line;
    assert!(!line.contains('\n') && !line.is_empty());
    line
}

fn corpus(folder: &str) -> Option<Vec<(String, Vec<u8>)>> {
    let root = std::env::var_os("EARMARK_CORPUS").map_or_else(
        || PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus"),
        PathBuf::from,
    );
    let Ok(entries) = fs::read_dir(root.join(folder)) else {
        println!("skipped: EARMARK_CORPUS has no folder {folder}");
        return None;
    };
    let mut files: Vec<_> = entries
        .map(|entry| entry.expect("entry").path())
        .map(|path| (path.display().to_string(), fs::read(&path).expect("readable")))
        .collect();
    files.sort();
    Some(files)
}

#[test]
fn a_plain_message_is_read_whole() {
    let message = parse(concat!(
        "Received: from a by b; Sun, 22 Nov 2026 10:00:05 +0100\r\n",
        "From: =?utf-8?q?J=C3=BCrgen?= <Jurgen@fabrikam.test>\r\n",
        "Sender: post@fabrikam.test\r\n",
        "To: Ana Ruiz <ana@fabrikam.test>, team: b@x.test, \"C, D\" <c@x.test>;\r\n",
        "Cc: d@x.test\r\nBcc: e@x.test\r\nReply-To: f@x.test\r\n",
        "Subject: =?utf-8?b?w4RuZGVydW5n?=\r\n of the offer\r\n",
        "Date: Sun, 22 Nov 2026 10:00:00 +0100\r\n",
        "Message-ID:  <a.1@fabrikam.test> \r\n",
        "In-Reply-To: Your message of Monday <z@x.test>\r\n",
        "References: <y@x.test>\r\n\t<z@x.test>\r\n",
        "X-Priority: 1 (Highest)\r\nKeywords: Blue, \"Red\"\r\n",
        "Disposition-Notification-To: jurgen@fabrikam.test\r\n",
        "Return-Receipt-To: jurgen@fabrikam.test\r\n\r\nHello\r\n",
    ));
    let address =
        |name: &str, address: &str| Address { name: name.into(), address: address.into() };
    assert_eq!(message.subject, "Änderung of the offer");
    assert_eq!(message.from, Some(address("Jürgen", "Jurgen@fabrikam.test")));
    assert_eq!(message.sender, Some(address("", "post@fabrikam.test")));
    let to = [
        address("Ana Ruiz", "ana@fabrikam.test"),
        address("", "b@x.test"),
        address("C, D", "c@x.test"),
    ];
    assert_eq!(message.to, to);
    assert_eq!((message.cc.len(), message.bcc.len(), message.reply_to.len()), (1, 1, 1));
    assert_eq!(message.sent_ms, Some(1_795_338_000_000));
    assert_eq!(message.received_ms, Some(1_795_338_005_000));
    assert_eq!(message.internet_message_id.as_deref(), Some("<a.1@fabrikam.test>"));
    assert_eq!(message.in_reply_to.as_deref(), Some("<z@x.test>"));
    assert_eq!(message.references, ["<y@x.test>", "<z@x.test>"]);
    assert_eq!(message.importance, Importance::High);
    assert_eq!(message.categories, ["Blue", "Red"]);
    assert!(message.is_read_receipt_requested && message.is_delivery_receipt_requested);
    assert_eq!(message.body, Body { content_type: BodyType::Text, content: "Hello\r\n".into() });
    let names: Vec<&str> =
        message.internet_message_headers.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names[..4], ["Received", "From", "Sender", "To"]);
    assert_eq!(message.message_class, "IPM.Note");
}

#[test]
fn oddities_are_taken_as_well_as_they_can_be() {
    let base = "From: a@x.test\nSubject: s\n";
    let with = |more: &str| parse(&format!("{base}{more}\n\nbody\n"));
    assert_eq!(with("Date: Thu, 99 Foo 20x6").sent_ms, None);
    assert_eq!(with("Date: Tue, 31 Feb 2026 25:61:00 +0000").sent_ms, None);
    assert_eq!(with("Message-ID:").internet_message_id, None);
    assert_eq!(
        with("Message-ID: no.brackets@x").internet_message_id.as_deref(),
        Some("no.brackets@x")
    );
    assert_eq!(with("In-Reply-To: bare@x.test").in_reply_to.as_deref(), Some("<bare@x.test>"));
    assert_eq!(with("In-Reply-To: Monday's mail").in_reply_to, None);
    assert_eq!(with("Content-Type: text/plain; charset=klingon").body.content, "body\n");
    assert_eq!(with("Content-Type: multipart/mixed; boundary=never").body.content.trim(), "body");
    assert!(with("X-Unsent: 1").is_draft);
    assert_eq!(with("To: undisclosed-recipients:;").to, []);
    assert_eq!(parse("From a@x Mon Jan 1\nSubject: s\n\nx").subject, "s");
    assert_eq!(parse("\u{feff}\r\n\r\nSubject: s\n\nx").subject, "s");
    assert_eq!(parse("Subject: only").body.content, "");
    let latin = mime::parse(b"Subject: caf\xe9\n\nb\xe9\n").expect("parsed");
    assert!(latin.subject.starts_with("caf") && latin.body.content.starts_with('b'));
}

#[test]
fn what_cannot_be_a_message_is_refused_with_one_line() {
    let many = |name: &str, count: usize| {
        let list = (0..count).map(|n| format!("u{n}@x.test")).collect::<Vec<_>>().join(",");
        format!("From: a@x.test\n{name}: {list}\n\nx")
    };
    let parts = format!(
        "From: a@x.test\nContent-Type: multipart/mixed; boundary=b\n\n{}--b--\n",
        "--b\n\nx\n".repeat(mime::parse::PARTS_MAX)
    );
    let cases: [(Vec<u8>, &str); 8] = [
        (Vec::new(), "empty"),
        (b" \r\n\r\n ".to_vec(), "empty"),
        (b"From a@x Mon\n".to_vec(), "empty"),
        (b"just some words without any field".to_vec(), "field"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nEND:VCALENDAR\r\n".to_vec(), "none of"),
        (vec![0; 4_096], "field"),
        (many("To", mime::parse::RECIPIENTS_MAX + 1).into_bytes(), "recipients"),
        (parts.into_bytes(), "parts"),
    ];
    for (raw, word) in cases {
        let line = refusal(&raw);
        assert!(line.contains(word), "{line}");
    }
    let typed = "Content-Type: message/rfc822\n\n".repeat(mime::parse::PARTS_MAX + 1);
    assert!(refusal(format!("From: a@x.test\n{typed}").as_bytes()).contains("parts"));
    let large = vec![b'x'; mime::parse::SIZE_MAX + 1];
    assert!(refusal(&large).contains("bytes"));
}

#[test]
fn messages_within_messages_stay_whole_and_cost_nothing() {
    let inner =
        "From: b@x.test\nSubject: inner\nContent-Type: Message/RFC822\n\nSubject: innermost\n\nx\n";
    let outer = format!(
        "From: a@x.test\nSubject: outer\nContent-Type: multipart/mixed; boundary=message-b\n\n\
         --message-b\nContent-Type: text/plain\n\nSee the message:\nContent-Type: message/rfc822\n\
         --message-b\nContent-Type: message/rfc822\n\n{inner}\n--message-b--\n"
    );
    let message = parse(&outer);
    assert_eq!(message.body.content, "See the message:\nContent-Type: message/rfc822");
    let [item] = &message.attachments[..] else { panic!("{:?}", message.attachments) };
    assert_eq!((item.item, item.name.as_str()), (true, "inner"));
    assert_eq!(item.content_type, "message/rfc822");
    assert_eq!(std::str::from_utf8(&item.content), Ok(inner));
    // As deep as the bound allows, plain and hidden in an encoding.
    let deep = "Content-Type: message/rfc822\n\n".repeat(mime::parse::PARTS_MAX - 3);
    parse(&format!("From: a@x.test\n{deep}Subject: s\n\nx"));
    for field in [
        "Content-Type: message/rfc822",
        "Content-Type: (;) message/rfc822",
        " : Content-Type: message/rfc822",
    ] {
        let packed = base64::Engine::encode(
            &base64::engine::general_purpose::STANDARD,
            format!("{field}\n\n").repeat(100_000),
        );
        let hidden = parse(&format!(
            "{field}\nContent-Transfer-Encoding: base64\nFrom: a@x.test\n\n{packed}"
        ));
        assert!(hidden.attachments[0].item, "{field}");
    }
}

#[test]
fn work_grows_with_the_size_and_nothing_else() {
    let long = [
        "Content-Type: a\n ".repeat(900) + &" m".repeat(500_000),
        format!("To: {}{}", "(".repeat(200_000), ")".repeat(200_000)),
        format!("To: {}", "\"<".repeat(200_000)),
        format!("Subject: {}", "=?utf-8?q?a ".repeat(50_000)),
        format!("References: {}", "<".repeat(200_000)),
        "Content-Type: multipart/mixed; boundary=never\n\n".repeat(900) + &"--x\n".repeat(100_000),
    ];
    for text in long {
        parse(&format!("From: a@x.test\n{text}\n\nx"));
    }
}

#[test]
fn a_digest_is_a_list_of_messages() {
    let message = parse(concat!(
        "From: a@x.test\nContent-Type: multipart/digest; boundary=b\n\n",
        "--b\n\nFrom: b@x.test\nSubject: one\n\nx\n--b\n\nSubject: two\n\ny\n--b--\n"
    ));
    let names: Vec<&str> = message.attachments.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    assert!(message.attachments.iter().all(|one| one.item));
    assert_eq!(message.body.content, "");
}

#[test]
fn html_is_shown_and_files_are_attached() {
    let message = parse(concat!(
        "From: a@x.test\nContent-Type: multipart/mixed; boundary=m\n\n",
        "--m\nContent-Type: multipart/related; boundary=r\n\n",
        "--r\nContent-Type: multipart/alternative; boundary=a\n\n",
        "--a\nContent-Type: text/plain\n\nplain\n",
        "--a\nContent-Type: text/html; charset=iso-8859-1\nContent-Transfer-Encoding: quoted-printable\n\n<b>f=FCr</b>\n--a--\n",
        "--r\nContent-Type: image/png\nContent-ID: <logo@x>\nContent-Transfer-Encoding: base64\n\niVBORw==\n--r--\n",
        "--m\nContent-Type: application/pdf; name=\"x.pdf\"\nContent-Disposition: attachment; filename*=utf-8''%C3%A4.pdf\n",
        "Content-Transfer-Encoding: base64\n\nJVBERi0=\n--m--\n"
    ));
    assert_eq!(message.body.content_type, BodyType::Html);
    assert_eq!(message.body.content.trim(), "<b>für</b>");
    let [logo, file] = &message.attachments[..] else { panic!("{:?}", message.attachments) };
    assert_eq!((logo.is_inline, logo.content_id.as_deref()), (true, Some("logo@x")));
    assert_eq!((file.name.as_str(), file.content_type.as_str()), ("ä.pdf", "application/pdf"));
    assert_eq!((file.is_inline, &file.content[..]), (false, &b"%PDF-"[..]));
}

#[test]
fn meeting_messages_are_told_by_their_calendar_part() {
    let cases = [
        ("REQUEST", "", "IPM.Schedule.Meeting.Request"),
        ("CANCEL", "", "IPM.Schedule.Meeting.Canceled"),
        ("REPLY", "PARTSTAT=ACCEPTED", "IPM.Schedule.Meeting.Resp.Pos"),
        ("REPLY", "PARTSTAT=DECLINED", "IPM.Schedule.Meeting.Resp.Neg"),
        ("REPLY", "PARTSTAT=TENTATIVE", "IPM.Schedule.Meeting.Resp.Tent"),
        ("PUBLISH", "", "IPM.Note"),
    ];
    for (method, answer, class) in cases {
        let calendar = format!("BEGIN:VCALENDAR\nMETHOD:{method}\nATTENDEE;{answer}:mailto:a@x\n");
        for parameter in [format!("; method={method}"), String::new()] {
            let text =
                format!("From: a@x.test\nContent-Type: text/calendar{parameter}\n\n{calendar}");
            assert_eq!(parse(&text).message_class, class, "{method}");
        }
    }
}

#[test]
fn a_written_message_reads_the_same() {
    let file = NewAttachment {
        name: "Angebot für Ana; \"final\".txt".into(),
        content_type: "text/plain".into(),
        content: "line\r\n".repeat(40).into(),
        ..NewAttachment::default()
    };
    let logo = NewAttachment {
        name: "logo.png".into(),
        content_type: "image/png".into(),
        is_inline: true,
        content_id: Some("logo@x".into()),
        content: vec![0, 1, 2, 255].into(),
        ..NewAttachment::default()
    };
    let item = NewAttachment {
        name: "inner".into(),
        content_type: "message/rfc822".into(),
        content: "From: b@x.test\r\nSubject: inner\r\n\r\nx".into(),
        item: true,
        ..NewAttachment::default()
    };
    let address =
        |name: &str, address: &str| Address { name: name.into(), address: address.into() };
    let message = NewMessage {
        subject: "Änderung: the offer that nobody can refuse, with a subject of more than one line"
            .into(),
        body: Body { content_type: BodyType::Html, content: "<p>Grüße</p>\r\n".into() },
        from: Some(address("Jürgen \"J\" Groß", "j@x.test")),
        to: vec![address("Ana", "ana@x.test"), address("", "b@x.test")],
        cc: vec![address("C, D", "c@x.test")],
        sent_ms: Some(1_795_338_000_000),
        internet_message_id: Some("<a@x.test>".into()),
        in_reply_to: Some("<z@x.test>".into()),
        references: vec!["<y@x.test>".into(), "<z@x.test>".into()],
        internet_message_headers: vec![
            ("X-Kept".into(), "first".into()),
            ("Subject".into(), "old".into()),
            ("Content-Type".into(), "text/old".into()),
            ("Bad\r\nName".into(), "x".into()),
        ],
        importance: Importance::Low,
        categories: vec!["Tracked to Dynamics 365".into()],
        conversation_index: vec![1; 22],
        attachments: vec![logo, file, item],
        ..NewMessage::default()
    };
    let bytes = mime::write(&message);
    assert_eq!(bytes, mime::write(&message), "equal messages, equal bytes");
    assert!(bytes.starts_with(b"X-Kept: first\r\n"));
    let read = mime::parse(&bytes).expect("parsed");
    assert_eq!(read.attachments, message.attachments);
    assert_eq!(read.body.content.trim(), message.body.content.trim());
    let expected = NewMessage {
        body: read.body.clone(),
        internet_message_headers: read.internet_message_headers.clone(),
        raw_size: read.raw_size,
        message_class: read.message_class.clone(),
        ..message
    };
    assert_eq!(read, expected);
    let empty = mime::parse(&mime::write(&NewMessage::default())).expect("parsed");
    assert_eq!(empty.subject, "");
}

#[test]
fn real_mail_is_read_without_exception() {
    let Some(files) = corpus("mail") else { return };
    let mut seen = BTreeMap::<&str, usize>::new();
    let mut ids = BTreeSet::new();
    let (mut threads, mut mbox) = (BTreeMap::<String, usize>::new(), Vec::new());
    for (name, raw) in &files {
        let message = mime::parse(raw).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
        let mut count = |what, is: bool| *seen.entry(what).or_default() += usize::from(is);
        count("from", message.from.is_some());
        count("sent", message.sent_ms.is_some());
        count("received", message.received_ms.is_some());
        count("id", message.internet_message_id.is_some());
        count("body", !message.body.content.trim().is_empty());
        count("answer", message.in_reply_to.is_some() || !message.references.is_empty());
        ids.extend(message.internet_message_id.clone());
        *threads.entry(mime::thread_key(&message)).or_default() += 1;
        let again = mime::parse(&mime::write(&message))
            .unwrap_or_else(|refusal| panic!("{name}: written again: {refusal}"));
        assert_eq!(again.subject, message.subject, "{name}");
        assert_eq!(again.to, message.to, "{name}");
        assert_eq!(again.attachments.len(), message.attachments.len(), "{name}");
        mbox.extend(b"From a@x Mon Jan  1 00:00:00 2026\n");
        for line in raw.split_inclusive(|byte| *byte == b'\n') {
            let quotes = line.iter().take_while(|byte| **byte == b'>').count();
            if line[quotes..].starts_with(b"From ") {
                mbox.push(b'>');
            }
            mbox.extend(line);
        }
        mbox.extend(b"\n");
    }
    let total = files.len();
    println!("{total} messages, {seen:?}, {} threads", threads.len());
    assert!(seen["from"] * 100 >= total * 99 && seen["id"] * 100 >= total * 99);
    assert!(seen["sent"] * 100 >= total * 99 && seen["body"] * 100 >= total * 98);
    assert!(seen["answer"] * 10 >= total * 3, "about two in five are answers");
    assert!(threads.len() < total && !threads.contains_key(""));
    let cut: Vec<Vec<u8>> = Messages::new(&mbox[..]).map(|one| one.expect("memory")).collect();
    assert_eq!(cut.len(), total);
}

#[test]
fn odd_mail_is_read_or_refused_with_one_line() {
    let Some(files) = corpus("mail-odd") else { return };
    let mut refused = BTreeMap::new();
    for (name, raw) in &files {
        match mime::parse(raw) {
            Ok(message) => {
                let again = mime::write(&message);
                if message.from.is_some() || !message.subject.is_empty() {
                    mime::parse(&again).unwrap_or_else(|refusal| panic!("{name}: {refusal}"));
                }
            }
            Err(refusal) => {
                assert!(!refusal.line.contains('\n'), "{name}");
                refused.insert(name, refusal.line);
            }
        }
    }
    println!("{} messages, refused: {refused:#?}", files.len());
    assert!(refused.len() * 10 < files.len(), "{refused:#?}");
}

#[test]
fn no_cut_and_no_flipped_byte_makes_it_panic() {
    let Some(files) = corpus("mail-odd") else { return };
    for (_, raw) in files.iter().filter(|(_, raw)| raw.len() < 20_000) {
        for step in 1..16 {
            let cut = raw.len() * step / 16;
            let _ = mime::parse(&raw[..cut]);
            let mut flipped = raw.clone();
            flipped[cut.min(raw.len() - 1)] ^= 0x80 | u8::try_from(step).expect("small");
            let _ = mime::parse(&flipped);
        }
    }
}
