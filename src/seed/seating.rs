//! Who sits in an organization: people by their number in the tenant, nobody twice.

use std::collections::HashSet;

use super::generator::Generator;

/// Those who must be there, then those who are at home there, then anybody of `0..people` who is at least
/// number `free`; so many as wanted, or as there are.
pub(super) fn seats(
    generator: &mut Generator,
    fixed: &[usize],
    home: impl Iterator<Item = usize>,
    (free, people): (usize, usize),
    wanted: usize,
) -> Vec<usize> {
    let mut taken = HashSet::new();
    let mut seats: Vec<usize> = fixed
        .iter()
        .copied()
        .chain(home.filter(|person| *person >= free))
        .filter(|person| taken.insert(*person))
        .take(wanted)
        .collect();
    let reserved = fixed.iter().filter(|person| **person < free).count();
    let wanted = wanted.min(people.saturating_sub(free) + reserved);
    while seats.len() < wanted {
        let person = free + generator.below(people - free);
        if taken.insert(person) {
            seats.push(person);
        }
    }
    seats
}

#[cfg(test)]
mod tests {
    use super::seats;
    use crate::seed::generator::Generator;
    use chrono::DateTime;
    use std::collections::HashSet;

    fn generator() -> Generator {
        Generator::new(1, 1, DateTime::UNIX_EPOCH)
    }

    #[test]
    fn nobody_sits_twice_and_the_fixed_sit_first() {
        let seated = seats(&mut generator(), &[0, 7], 5..9, (1, 30), 20);
        assert_eq!(seated[..5], [0, 7, 5, 6, 8]);
        assert_eq!(seated.iter().collect::<HashSet<_>>().len(), 20);
    }

    #[test]
    fn those_before_the_free_sit_only_where_they_must() {
        let seated = seats(&mut generator(), &[], 0..4, (2, 10), 8);
        assert!(seated.iter().all(|person| *person >= 2));
    }

    #[test]
    fn there_are_no_more_seats_than_people() {
        assert_eq!(seats(&mut generator(), &[0], 0..3, (1, 4), 50).len(), 4);
    }
}
