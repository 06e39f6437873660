//! Which conversation a message belongs to, as far as the message itself can tell.

use crate::store::message::NewMessage;
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use sha2::{Digest, Sha256};

/// Units: bytes of the first block of a conversation index: one reserved byte, five of time,
/// sixteen of the conversation.
pub const HEADER_BLOCK: usize = 22;

/// Units: bytes of the block that each reply adds.
pub const CHILD_BLOCK: usize = 5;

/// Units: child blocks at most; a longer thread goes on without adding any.
const CHILD_BLOCKS_MAX: usize = 100;

/// Units: ticks of 100 nanoseconds from 1601 to 1970.
const TICKS_TO_1970: i64 = 116_444_736_000_000_000;

/// What all messages of a conversation have in common: the id of its first message where the
/// header fields lead to it, else the sixteen bytes of its index, else its topic. Empty where a
/// message has neither ids nor a subject.
///
/// Repeatable: equal for every copy of a message, whoever holds it.
pub fn thread_key(message: &NewMessage) -> String {
    let first = message
        .references
        .first()
        .or(message.in_reply_to.as_ref())
        .map(|id| bare(id))
        .filter(|id| !id.is_empty());
    if let Some(first) = first {
        return first.to_owned();
    }
    if let Some(conversation) = message.conversation_index.get(6..HEADER_BLOCK) {
        return format!("index:{}", URL_SAFE_NO_PAD.encode(conversation));
    }
    let topic = conversation_topic(&message.subject);
    let own = message.internet_message_id.as_deref().map(bare).filter(|id| !id.is_empty());
    match own {
        // An answer that does not say to what is grouped by its topic.
        Some(_) if topic != message.subject.trim() && !topic.is_empty() => by_topic(topic),
        Some(own) => own.to_owned(),
        None if topic.is_empty() => String::new(),
        None => by_topic(topic),
    }
}

fn by_topic(topic: &str) -> String {
    format!("topic:{}", topic.to_lowercase())
}

fn bare(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>').trim()
}

/// The subject without what mail programs put before it: one to three letters and a colon, as in
/// `RE: `, `FW: `, `AW: `, any number of times.
pub fn conversation_topic(subject: &str) -> &str {
    let mut topic = subject.trim();
    while let Some((prefix, rest)) = topic.split_once(':') {
        let letters = prefix.chars().count();
        let is_prefix = (1..=3).contains(&letters)
            && prefix.chars().all(char::is_alphabetic)
            && (rest.is_empty() || rest.starts_with(char::is_whitespace));
        if !is_prefix {
            break;
        }
        topic = rest.trim_start();
    }
    topic
}

/// The index of a message: its own where it has one, else the block of its conversation with one
/// more block for each message before it. `at_ms` is when it was sent, in milliseconds.
pub fn conversation_index(message: &NewMessage, at_ms: i64) -> Vec<u8> {
    if message.conversation_index.len() >= HEADER_BLOCK {
        return message.conversation_index.clone();
    }
    let digest = Sha256::digest(thread_key(message).as_bytes());
    let mut index = vec![0x01];
    index.extend(&filetime(at_ms).to_be_bytes()[1..6]);
    index.extend(&digest[..16]);
    let replies = message.references.len().max(usize::from(message.in_reply_to.is_some()));
    for _ in 0..replies.min(CHILD_BLOCKS_MAX) {
        index = reply_index(&index, at_ms);
    }
    index
}

/// The index of an answer, sent at `at_ms`, to the message that has `index`.
pub fn reply_index(index: &[u8], at_ms: i64) -> Vec<u8> {
    let mut longer = index.to_vec();
    if index.len() < HEADER_BLOCK || index.len() >= HEADER_BLOCK + CHILD_BLOCK * CHILD_BLOCKS_MAX {
        return longer;
    }
    let mut began = [0; 8];
    began[1..6].copy_from_slice(&index[1..6]);
    let since = filetime(at_ms).saturating_sub(i64::from_be_bytes(began)).max(0);
    // A short distance is stored to 0.8 of a millisecond's thousandth part, a long one coarser.
    let (scale, bits) = if since >> 49 == 0 { (0, since >> 18) } else { (1, since >> 23) };
    let distance = u32::try_from(bits & 0x7fff_ffff).unwrap_or(0) | (scale << 31);
    longer.extend(distance.to_be_bytes());
    // The last byte is random in the original; here it tells answers at one instant apart by
    // what they answer.
    longer.push(Sha256::digest(index)[0]);
    longer
}

fn filetime(at_ms: i64) -> i64 {
    at_ms.saturating_mul(10_000).saturating_add(TICKS_TO_1970).max(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(subject: &str, id: Option<&str>, references: &[&str]) -> NewMessage {
        NewMessage {
            subject: subject.into(),
            internet_message_id: id.map(str::to_owned),
            references: references.iter().map(|id| (*id).to_owned()).collect(),
            ..NewMessage::default()
        }
    }

    #[test]
    fn topics_lose_every_prefix_and_nothing_else() {
        let cases = [
            ("RE: AW: Offer", "Offer"),
            ("Fwd: Offer", "Offer"),
            ("Q3: Offer", "Q3: Offer"),
            ("Agenda: Offer", "Agenda: Offer"),
            ("re:Offer", "re:Offer"),
            ("RE: ", ""),
            ("", ""),
        ];
        for (subject, topic) in cases {
            assert_eq!(conversation_topic(subject), topic, "{subject:?}");
        }
    }

    #[test]
    fn a_whole_thread_has_the_key_of_its_first_message() {
        let first = message("Offer", Some("<a@x>"), &[]);
        let second = message("RE: Offer", Some("<b@x>"), &["<a@x>"]);
        let third = message("RE: Offer", Some("<c@x>"), &["<a@x>", "<b@x>"]);
        let by_reply = NewMessage {
            in_reply_to: Some("<a@x>".into()),
            ..message("RE: Offer", Some("<d@x>"), &[])
        };
        for one in [&first, &second, &third, &by_reply] {
            assert_eq!(thread_key(one), "a@x");
        }
        let orphans = [message("AW: Offer", Some("<e@x>"), &[]), message("offer", None, &[])];
        assert_eq!(thread_key(&orphans[0]), thread_key(&orphans[1]));
        assert_eq!(thread_key(&message("", None, &[])), "");
    }

    #[test]
    fn an_index_grows_by_one_block_with_each_answer() {
        let first = conversation_index(&message("Offer", Some("<a@x>"), &[]), 1_000);
        assert_eq!(first.len(), HEADER_BLOCK);
        let second = reply_index(&first, 61_000);
        assert_eq!(second.len(), HEADER_BLOCK + CHILD_BLOCK);
        assert_eq!(&second[..HEADER_BLOCK], &first[..]);
        let answer = message("RE: Offer", Some("<b@x>"), &["<a@x>"]);
        let made = conversation_index(&answer, 61_000);
        assert_eq!(made.len(), second.len());
        assert_eq!(made[6..HEADER_BLOCK], first[6..HEADER_BLOCK]);
        let own = NewMessage { conversation_index: second.clone(), ..answer };
        assert_eq!(conversation_index(&own, 0), second);
        let mut long = first;
        for step in 0..500 {
            long = reply_index(&long, step);
        }
        assert!(long.len() <= HEADER_BLOCK + CHILD_BLOCK * CHILD_BLOCKS_MAX);
    }
}
