//! The sample mail: threads with known people, internal mail, strangers, an attachment.

/// One message.
#[derive(Debug, Clone, Copy)]
pub struct SampleMail {
    /// Units: hours before now.
    pub hours_ago: u32,
    /// The address in `From`.
    pub from: &'static str,
    /// The addresses in `To`.
    pub to: &'static [&'static str],
    /// The addresses in `Cc`.
    pub cc: &'static [&'static str],
    /// The subject; a message with the same subject but for `Re: ` answers the one before.
    pub subject: &'static str,
    /// The text.
    pub text: &'static str,
    /// A file: name and content.
    pub file: Option<(&'static str, &'static str)>,
}

const ANNA: &str = "anna.berger@lindengrove.example";
const BEN: &str = "ben.okafor@lindengrove.example";
const CLARA: &str = "clara.novak@lindengrove.example";
const SUPPORT: &str = "support@lindengrove.example";

const fn mail(
    hours_ago: u32,
    from: &'static str,
    to: &'static [&'static str],
    subject: &'static str,
    text: &'static str,
) -> SampleMail {
    SampleMail { hours_ago, from, to, cc: &[], subject, text, file: None }
}

const fn copied(mut mail: SampleMail, cc: &'static [&'static str]) -> SampleMail {
    mail.cc = cc;
    mail
}

/// Every message, oldest first.
pub const MAIL: [SampleMail; 30] = [
    mail(
        430,
        "maya.lindqvist@harbourlight.example",
        &[ANNA],
        "Portal for the ferry fleet",
        "Hello Anna,\n\nour workshop still keeps the service book on paper. Could your portal hold one book for each of our nine ferries?\n\nMaya",
    ),
    mail(
        427,
        ANNA,
        &["maya.lindqvist@harbourlight.example"],
        "Re: Portal for the ferry fleet",
        "Hello Maya,\n\nyes, one book a vessel is how most of our customers do it. When would a short call suit you?\n\nAnna",
    ),
    mail(
        404,
        "maya.lindqvist@harbourlight.example",
        &[ANNA],
        "Re: Portal for the ferry fleet",
        "Thursday at ten would be good. Tomas from purchasing will join.\n\nMaya",
    ),
    mail(
        390,
        "rupert.osei@quillon.example",
        &[BEN],
        "Second site",
        "Ben,\n\nwe open a second calibration room in spring. Please send us a price for twelve more seats.\n\nRupert",
    ),
    copied(
        mail(
            366,
            BEN,
            &["rupert.osei@quillon.example"],
            "Re: Second site",
            "Rupert,\n\ntwelve seats are no problem. I have asked Clara to prepare the figures.\n\nBen",
        ),
        &[CLARA],
    ),
    mail(
        360,
        BEN,
        &[CLARA],
        "Figures for Quillon",
        "Clara, could you put twelve seats for the second site into one sheet? Internal prices only, please do not forward.\n\nBen",
    ),
    mail(
        340,
        CLARA,
        &[BEN],
        "Re: Figures for Quillon",
        "Done, it is in the shared folder. I rounded the training up to two days.\n\nClara",
    ),
    mail(
        318,
        "elin.strand@northpine.example",
        &[CLARA],
        "Harvest planning",
        "Hi Clara,\n\nJonas liked the pilot. May we keep the test account until the end of the month?\n\nElin",
    ),
    mail(
        316,
        CLARA,
        &["elin.strand@northpine.example"],
        "Re: Harvest planning",
        "Hi Elin,\n\nof course. I have extended it for you.\n\nClara",
    ),
    mail(
        290,
        "grace.adeyemi@tidewater.example",
        &[SUPPORT],
        "Export stops after the first page",
        "Hello support,\n\nour nightly export stops after the first hundred rows. It started on Monday.\n\nGrace Adeyemi",
    ),
    copied(
        mail(
            288,
            SUPPORT,
            &["grace.adeyemi@tidewater.example"],
            "Re: Export stops after the first page",
            "Hello Grace,\n\nthank you, we can see it on our side as well and are looking into it.\n\nLindengrove Support",
        ),
        &[CLARA],
    ),
    copied(
        mail(
            262,
            "owen.pryce@tidewater.example",
            &[SUPPORT],
            "Re: Export stops after the first page",
            "It is the page size: with fifty rows the export runs to its end.\n\nOwen",
        ),
        &["grace.adeyemi@tidewater.example"],
    ),
    mail(
        240,
        "leila.haddad@saffronslate.example",
        &[ANNA],
        "Visit on the 14th",
        "Dear Anna,\n\nwe look forward to your visit. The workshop is behind the tile yard, please ring twice.\n\nLeila",
    ),
    mail(
        222,
        "newsletter@glossycatalogue.test",
        &[ANNA],
        "Spring colours are here",
        "This week: forty shades of green, and a lamp that folds.\n",
    ),
    mail(
        210,
        "stranger@elsewhere.test",
        &[BEN],
        "Question about your office",
        "Good day,\n\nis the parking space behind your building for rent?\n\nRegards\nA neighbour",
    ),
    mail(
        196,
        ANNA,
        &[BEN, CLARA],
        "Lunch on Friday",
        "The soup place or the other soup place?\n\nAnna",
    ),
    mail(195, CLARA, &[ANNA, BEN], "Re: Lunch on Friday", "The other one.\n\nClara"),
    SampleMail {
        hours_ago: 170,
        from: "sofia.keller@tidewater.example",
        to: &[ANNA],
        cc: &[BEN],
        subject: "Signed order form",
        text: "Dear Anna,\n\nplease find the signed form attached. The order number is TW-2207.\n\nSofia",
        file: Some((
            "order-TW-2207.csv",
            "position,article,seats\r\n1,Portal,25\r\n2,Training,2\r\n",
        )),
    },
    mail(
        168,
        ANNA,
        &["sofia.keller@tidewater.example"],
        "Re: Signed order form",
        "Dear Sofia,\n\nthank you, the seats will be ready on Monday.\n\nAnna",
    ),
    mail(
        150,
        "daniel.rourke@oakhollow.example",
        &[SUPPORT],
        "Two clinics share one login",
        "Hello,\n\nthe clinics in Brannoch and Marbeck see the same calendar. They should not.\n\nDaniel Rourke",
    ),
    mail(
        126,
        "felix.brandt@verdantroofs.example",
        &[BEN],
        "Sensors on the roof of the library",
        "Hi Ben,\n\nwe can mount the sensors in week 12. Nadia has drawn where the plants allow it.\n\nFelix",
    ),
    copied(
        mail(
            125,
            BEN,
            &["felix.brandt@verdantroofs.example"],
            "Re: Sensors on the roof of the library",
            "Hi Felix,\n\nweek 12 works. Clara brings the gateways.\n\nBen",
        ),
        &["nadia.petrova@verdantroofs.example", CLARA],
    ),
    mail(
        100,
        "theo.lambert@kestrelprint.example",
        &[CLARA],
        "Proofs without cut marks",
        "Clara,\n\nthe last three proofs came without cut marks. Could you look at the template?\n\nTheo",
    ),
    mail(
        98,
        CLARA,
        &["theo.lambert@kestrelprint.example"],
        "Re: Proofs without cut marks",
        "Theo,\n\nthe template had the wrong paper size. It is corrected now.\n\nClara",
    ),
    mail(
        76,
        "oscar.vance@millbrook.test",
        &[ANNA],
        "Booking for bicycle workshops",
        "Hello,\n\na friend at Harbourlight told me about you. Does the portal also work for six mechanics and very many bicycles?\n\nOscar Vance",
    ),
    mail(
        52,
        "priya.raman@copperfield.test",
        &[BEN],
        "Orders by mail",
        "Hello Ben,\n\nwe get two hundred orders by mail each morning. Who could show us how you would sort them?\n\nPriya",
    ),
    mail(
        30,
        "hana.morita@quillon.example",
        &[BEN],
        "Certificates for the new room",
        "Dear Ben,\n\nthe auditors want each certificate with its date and its instrument. Is there a report for that?\n\nHana",
    ),
    copied(
        mail(
            26,
            "maya.lindqvist@harbourlight.example",
            &[ANNA],
            "Notes from our call",
            "Hello Anna,\n\nthank you for the call. Nine vessels, two workshops, start in May. Ines will ask you about the invoices.\n\nMaya",
        ),
        &["tomas.aranda@harbourlight.example", "ines.falk@harbourlight.example"],
    ),
    mail(
        7,
        "ines.falk@harbourlight.example",
        &[ANNA],
        "Invoices for the portal",
        "Hello Anna,\n\ncan you bill each workshop on its own? We book them in different places.\n\nInes",
    ),
    mail(
        2,
        BEN,
        &[ANNA, SUPPORT],
        "Who is in on Monday",
        "I am at Quillon all day. Could one of you take the phone?\n\nBen",
    ),
];

/// The message as RFC 5322 text. `previous` are the Message-IDs of its thread, oldest first.
pub fn rfc5322(mail: &SampleMail, id: &str, previous: &[String], date: &str) -> String {
    let shown = |address: &&str| match super::people::name_of(address) {
        Some(name) => format!("{name} <{address}>"),
        None => (*address).to_owned(),
    };
    let list = |addresses: &[&str]| addresses.iter().map(shown).collect::<Vec<_>>().join(", ");
    let mut text = format!(
        "Date: {date}\r\nFrom: {}\r\nTo: {}\r\nSubject: {}\r\nMessage-ID: <{id}>\r\n",
        shown(&mail.from),
        list(mail.to),
        mail.subject
    );
    if !mail.cc.is_empty() {
        text.push_str(&format!("Cc: {}\r\n", list(mail.cc)));
    }
    if let Some(last) = previous.last() {
        let all: Vec<String> = previous.iter().map(|id| format!("<{id}>")).collect();
        text.push_str(&format!("In-Reply-To: <{last}>\r\nReferences: {}\r\n", all.join("\r\n ")));
    }
    text.push_str("MIME-Version: 1.0\r\n");
    let body = mail.text.replace('\n', "\r\n");
    match mail.file {
        None => {
            text.push_str(&format!("Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n"))
        }
        Some((name, content)) => text.push_str(&format!(
            "Content-Type: multipart/mixed; boundary=\"part\"\r\n\r\n--part\r\n\
             Content-Type: text/plain; charset=utf-8\r\n\r\n{body}\r\n--part\r\n\
             Content-Type: text/csv; name=\"{name}\"\r\n\
             Content-Disposition: attachment; filename=\"{name}\"\r\n\r\n{content}\r\n--part--\r\n"
        )),
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_mail_is_in_order_and_every_address_is_invented() {
        assert!(MAIL.windows(2).all(|pair| pair[0].hours_ago > pair[1].hours_ago));
        for mail in MAIL {
            for address in [&[mail.from], mail.to, mail.cc].concat() {
                assert!(address.ends_with(".example") || address.ends_with(".test"), "{address}");
            }
        }
    }

    #[test]
    fn a_message_parses_with_its_file() {
        let mail = MAIL.iter().find(|mail| mail.file.is_some()).expect("one has a file");
        let text = rfc5322(mail, "a@lindengrove.example", &[], "Sat, 01 Aug 2026 10:00:00 +0000");
        let parsed = mail_parser::MessageParser::default().parse(text.as_bytes()).expect("parses");
        assert_eq!(parsed.attachment_count(), 1);
        assert_eq!(parsed.subject(), Some(mail.subject));
    }
}
