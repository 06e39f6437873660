//! Who works at Lindengrove, and whom they know.

/// A mailbox of the organization.
#[derive(Debug, Clone, Copy)]
pub struct Colleague {
    /// The address.
    pub mail: &'static str,
    /// The name.
    pub name: &'static str,
    /// A queue rather than a person.
    pub is_queue: bool,
}

const fn person(mail: &'static str, name: &'static str) -> Colleague {
    Colleague { mail, name, is_queue: false }
}

/// The mailboxes, in the order in which they are made.
pub const COLLEAGUES: [Colleague; 4] = [
    person("anna.berger@lindengrove.example", "Anna Berger"),
    person("ben.okafor@lindengrove.example", "Ben Okafor"),
    person("clara.novak@lindengrove.example", "Clara Novak"),
    Colleague { mail: "support@lindengrove.example", name: "Lindengrove Support", is_queue: true },
];

/// A company that is known in the CRM: name, number, city, domain.
pub const ACCOUNTS: [(&str, &str, &str, &str); 8] = [
    ("Harbourlight Ferries", "LG-1001", "Port Ellery", "harbourlight.example"),
    ("Quillon Instruments", "LG-1002", "Marbeck", "quillon.example"),
    ("Northpine Timber", "LG-1003", "Aldersund", "northpine.example"),
    ("Saffron & Slate Kitchens", "LG-1004", "Wexcombe", "saffronslate.example"),
    ("Tidewater Analytics", "LG-1005", "Port Ellery", "tidewater.example"),
    ("Oak Hollow Clinics", "LG-1006", "Brannoch", "oakhollow.example"),
    ("Verdant Rooftops", "LG-1007", "Marbeck", "verdantroofs.example"),
    ("Kestrel Print Works", "LG-1008", "Wexcombe", "kestrelprint.example"),
];

/// A person who is known in the CRM: first name, last name, what they do, index of the company.
pub const CONTACTS: [(&str, &str, &str, usize); 20] = [
    ("Maya", "Lindqvist", "Head of Fleet", 0),
    ("Tomas", "Aranda", "Purchasing", 0),
    ("Ines", "Falk", "Finance", 0),
    ("Rupert", "Osei", "Managing Director", 1),
    ("Hana", "Morita", "Laboratory Lead", 1),
    ("Piotr", "Wrona", "Service Desk", 1),
    ("Elin", "Strand", "Sales", 2),
    ("Jonas", "Hedlund", "Sawmill Manager", 2),
    ("Leila", "Haddad", "Owner", 3),
    ("Marco", "Bellini", "Head Fitter", 3),
    ("Grace", "Adeyemi", "Data Lead", 4),
    ("Owen", "Pryce", "Platform Engineer", 4),
    ("Sofia", "Keller", "Contracts", 4),
    ("Daniel", "Rourke", "Practice Manager", 5),
    ("Amira", "Saleh", "Head Nurse", 5),
    ("Felix", "Brandt", "Project Manager", 6),
    ("Nadia", "Petrova", "Garden Designer", 6),
    ("Theo", "Lambert", "Prepress", 7),
    ("Wanda", "Kowal", "Bookkeeping", 7),
    ("Isak", "Berg", "Print Floor", 7),
];

/// The address of a contact.
pub fn contact_mail(index: usize) -> String {
    let (first, last, _, account) = CONTACTS[index];
    format!("{first}.{last}@{}", ACCOUNTS[account].3).to_lowercase()
}

/// The name that goes with an address, where it is known.
pub fn name_of(mail: &str) -> Option<String> {
    if let Some(colleague) = COLLEAGUES.iter().find(|colleague| colleague.mail == mail) {
        return Some(colleague.name.to_owned());
    }
    (0..CONTACTS.len()).find(|index| contact_mail(*index) == mail).map(|index| {
        let (first, last, ..) = CONTACTS[index];
        format!("{first} {last}")
    })
}
