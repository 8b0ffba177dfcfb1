//! Names of people and of organizations, different for different numbers.

const FIRST: [&str; 64] = [
    "Ada", "Bruno", "Chloe", "Dmitri", "Elena", "Farid", "Grace", "Hugo", "Ines", "Jonas", "Kavya", "Liam", "Maya", "Nikhil",
    "Oona", "Pedro", "Quinn", "Rosa", "Samir", "Tessa", "Umar", "Vera", "Wei", "Ximena", "Yusuf", "Zoe", "Amara", "Bastian",
    "Carmen", "Declan", "Esther", "Felix", "Gita", "Henrik", "Isla", "Jamal", "Kira", "Lorenzo", "Mei", "Noah", "Olga", "Priya",
    "Rafael", "Saskia", "Theo", "Ulla", "Viktor", "Wanda", "Yara", "Zane", "Anders", "Beatriz", "Cyrus", "Daphne", "Emil", "Freya",
    "Gabriel", "Hana", "Ivan", "Joanna", "Kofi", "Leila", "Marcus", "Nadia",
];

const LAST: [&str; 64] = [
    "Abbott",
    "Barros",
    "Castellan",
    "Dahl",
    "Eriksen",
    "Fontaine",
    "Gallagher",
    "Haddad",
    "Ibarra",
    "Jansen",
    "Kowalski",
    "Lindqvist",
    "Moreau",
    "Nakamura",
    "Okafor",
    "Petrov",
    "Quiroga",
    "Rossi",
    "Silva",
    "Tanaka",
    "Ueda",
    "Varga",
    "Whitfield",
    "Xu",
    "Yilmaz",
    "Zeller",
    "Achebe",
    "Brandt",
    "Chandra",
    "Duarte",
    "Engel",
    "Farouk",
    "Greene",
    "Holm",
    "Iyer",
    "Jovanovic",
    "Keller",
    "Laurent",
    "Mbeki",
    "Novak",
    "Osei",
    "Pereira",
    "Rahman",
    "Santos",
    "Thorne",
    "Ulrich",
    "Vance",
    "Weiss",
    "Yamada",
    "Zhang",
    "Almeida",
    "Becker",
    "Costa",
    "Dvorak",
    "Fischer",
    "Goncalves",
    "Hoffman",
    "Ito",
    "Kaplan",
    "Larsen",
    "Mendez",
    "Nilsson",
    "Olsen",
    "Park",
];

const FRONT: [&str; 48] = [
    "Amber", "Anchor", "Arbor", "Aspen", "Aurora", "Basalt", "Beacon", "Birch", "Boulder", "Bramble", "Cedar", "Cinder", "Cobalt",
    "Copper", "Coral", "Crimson", "Delta", "Drift", "Ember", "Falcon", "Fern", "Flint", "Garnet", "Granite", "Harbor", "Hazel",
    "Indigo", "Ivory", "Juniper", "Keystone", "Lantern", "Linden", "Maple", "Meadow", "Nimbus", "North", "Onyx", "Orchard", "Pine",
    "Quarry", "Raven", "Saffron", "Sierra", "Slate", "Summit", "Timber", "Willow", "Zephyr",
];

const BACK: [&str; 48] = [
    "Analytics",
    "Apparel",
    "Atelier",
    "Bakery",
    "Bank",
    "Bikes",
    "Books",
    "Capital",
    "Catering",
    "Clinic",
    "Coffee",
    "Dental",
    "Design",
    "Dynamics",
    "Energy",
    "Farms",
    "Films",
    "Foods",
    "Freight",
    "Games",
    "Gardens",
    "Glass",
    "Hotels",
    "Imaging",
    "Insurance",
    "Kitchens",
    "Labs",
    "Legal",
    "Logistics",
    "Marine",
    "Media",
    "Mining",
    "Motors",
    "Networks",
    "Optics",
    "Outfitters",
    "Packaging",
    "Partners",
    "Pharma",
    "Press",
    "Robotics",
    "Security",
    "Solar",
    "Studios",
    "Textiles",
    "Travel",
    "Ventures",
    "Works",
];

/// Coprime to the number of pairs, so that consecutive organizations differ in both words.
const STRIDE: usize = 1033;

/// The first and the last name of a person; the same pair again after some four thousand.
pub(super) fn person(number: usize) -> (&'static str, &'static str) {
    let first = number % FIRST.len();
    let last = (number / FIRST.len() + first * 29) % LAST.len();
    (FIRST[first], LAST[last])
}

/// The name of an organization, and the same for a domain; `start` lets tenants begin at different names.
pub(super) fn organization(number: usize, start: usize) -> (String, String) {
    let pairs = FRONT.len() * BACK.len();
    let pair = ((number % pairs) * STRIDE + start) % pairs;
    let (front, back) = (FRONT[pair % FRONT.len()], BACK[pair / FRONT.len()]);
    let (name, label) = (format!("{front} {back}"), format!("{front}-{back}").to_lowercase());
    match number / pairs {
        0 => (name, label),
        round => (format!("{name} {}", round + 1), format!("{label}-{}", round + 1)),
    }
}

#[cfg(test)]
mod tests {
    use super::{organization, person};
    use std::collections::HashSet;

    #[test]
    fn people_share_a_name_only_after_all_pairs() {
        let names: HashSet<_> = (0..4096).map(person).collect();
        assert_eq!(names.len(), 4096);
    }

    #[test]
    fn organizations_never_share_a_name() {
        let names: HashSet<_> = (0..10_000).map(|number| organization(number, 77)).collect();
        assert_eq!(names.len(), 10_000);
    }
}
