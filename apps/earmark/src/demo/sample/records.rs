//! What is going on: opportunities, leads and cases.

/// An opportunity: name, index of the company, expected revenue.
pub const OPPORTUNITIES: [(&str, usize, i32); 4] = [
    ("Fleet maintenance portal", 0, 48_000),
    ("Calibration records, second site", 1, 22_500),
    ("Harvest planning pilot", 2, 15_000),
    ("Rooftop monitoring", 6, 31_000),
];

/// A lead: first name, last name, company, subject, address.
pub const LEADS: [(&str, &str, &str, &str, &str); 3] = [
    ("Oscar", "Vance", "Millbrook Cycles", "Workshop booking", "oscar.vance@millbrook.test"),
    ("Priya", "Raman", "Copperfield Bakery", "Order intake", "priya.raman@copperfield.test"),
    ("Lena", "Fischer", "Altsee Hotel", "Guest requests", "lena.fischer@altsee.test"),
];

/// A case: title, index of the company.
pub const CASES: [(&str, usize); 3] = [
    ("Export stops after the first page", 4),
    ("Two clinics share one login", 5),
    ("Proofs arrive without the cut marks", 7),
];
