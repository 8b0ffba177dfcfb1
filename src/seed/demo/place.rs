//! The blueprints of the demo's tenants: which organizations they have, and how these stand.

use uuid::Uuid;

use super::cast::{FIRST_CAST, FIRST_TENANT, Part, SECOND_CAST, SECOND_TENANT, THIRD_CAST, THIRD_TENANT};
use crate::seed::subscription::Status::{self, Active, Canceled, PastDue, Paused, Trialing, Unpaid};

/// One tenant as it is to be.
pub(super) struct Blueprint {
    pub(super) id: Uuid,
    pub(super) slug: &'static str,
    pub(super) name: &'static str,
    pub(super) status: &'static str,
    /// How many people there are beside the cast.
    pub(super) crowd: usize,
    /// At which name the crowd begins, so that tenants do not share people.
    pub(super) first_person: usize,
    pub(super) cast: &'static [Part],
    pub(super) places: &'static [Place],
}

/// One organization as it is to be.
pub(super) struct Place {
    pub(super) name: &'static str,
    pub(super) domain: Domain,
    pub(super) members: usize,
    pub(super) plan: Option<Plan>,
}

/// What is known of an organization's domain.
pub(super) enum Domain {
    /// It has none.
    Unknown,
    /// It says so itself.
    Claimed(&'static str),
    /// It has proven it.
    Verified(&'static str),
}

/// What an organization has bought: a plan by its key, and how the subscription stands.
pub(super) struct Plan {
    pub(super) key: &'static str,
    /// Whether it keeps the version that is sold no longer.
    pub(super) is_old: bool,
    pub(super) status: Status,
}

use Domain::{Claimed, Unknown, Verified};

const fn place(name: &'static str, domain: Domain, members: usize, plan: Option<Plan>) -> Place {
    Place { name, domain, members, plan }
}

const fn plan(key: &'static str, status: Status) -> Plan {
    Plan { key, is_old: false, status }
}

/// An early customer, who keeps what the plan was then.
const OLD_STARTER: Option<Plan> = Some(Plan { key: "starter", is_old: true, status: Active });

/// All tenants of the demo; the first is where most of the cast lives.
pub(super) static TENANTS: [Blueprint; 3] = [
    Blueprint {
        id: FIRST_TENANT,
        slug: "larkspur",
        name: "Larkspur Cloud",
        status: "active",
        crowd: 190,
        first_person: 0,
        cast: &FIRST_CAST,
        places: &LARKSPUR,
    },
    Blueprint {
        id: SECOND_TENANT,
        slug: "tidewater",
        name: "Tidewater Exchange",
        status: "active",
        crowd: 60,
        first_person: 1000,
        cast: &SECOND_CAST,
        places: &TIDEWATER,
    },
    Blueprint {
        id: THIRD_TENANT,
        slug: "foxglove",
        name: "Foxglove Health",
        status: "trial",
        crowd: 40,
        first_person: 2000,
        cast: &THIRD_CAST,
        places: &FOXGLOVE,
    },
];

static LARKSPUR: [Place; 26] = [
    place("Northgate Robotics", Verified("northgate-robotics.example"), 40, Some(plan("enterprise", Active))),
    place("Acorn & Ash Bakery", Claimed("acornandash.example"), 9, OLD_STARTER),
    place("Bluefin Logistics", Verified("bluefin-logistics.example"), 27, Some(plan("pro", Active))),
    place("Copperline Energy", Verified("copperline.example"), 33, Some(plan("pro", PastDue))),
    place("Daybreak Studios", Claimed("daybreak.example"), 14, Some(plan("growth", Trialing))),
    place("Elmwood Dental Group", Verified("elmwood-dental.example"), 18, Some(plan("starter", Active))),
    place("Fathom Marine Survey", Unknown, 7, Some(plan("starter", Canceled))),
    place("Glasshouse Gardens", Claimed("glasshouse.example"), 11, None),
    place("Highfield Legal", Verified("highfield-legal.example"), 22, Some(plan("enterprise", Active))),
    place("Inkwell Press", Unknown, 8, Some(plan("free", Active))),
    place("Juniper Ridge Hotels", Verified("juniper-ridge.example"), 31, Some(plan("growth", Active))),
    place("Kestrel Aerial Imaging", Claimed("kestrel-aerial.example"), 12, Some(plan("growth", Active))),
    place("Lumen & Fold", Unknown, 5, None),
    place("Millrace Brewing", Verified("millrace.example"), 16, Some(plan("starter", Active))),
    place("Nightjar Security", Verified("nightjar.example"), 24, Some(plan("pro", Active))),
    place("Oxbow Outfitters", Claimed("oxbow.example"), 13, Some(plan("starter", Unpaid))),
    place("Pebble Payments", Verified("pebble-payments.example"), 36, Some(plan("enterprise", Active))),
    place("Quillon Textiles", Unknown, 10, Some(plan("growth", Paused))),
    place("Rookery Games", Claimed("rookery.example"), 19, Some(plan("growth", Active))),
    place("Saltmarsh Foods", Verified("saltmarsh-foods.example"), 28, Some(plan("pro", Active))),
    place("Thistle & Vine", Unknown, 6, Some(plan("free", Active))),
    place("Umberfield Farms", Claimed("umberfield.example"), 15, Some(plan("starter", Active))),
    place("Vantage Point Optics", Verified("vantage-optics.example"), 21, Some(plan("growth", Active))),
    place("Wrenfield Architects", Unknown, 9, None),
    place("Yarrow Clinics", Verified("yarrow-clinics.example"), 30, Some(plan("pro", Active))),
    place("Zinnia Apparel", Claimed("zinnia.example"), 17, Some(plan("starter", Trialing))),
];

static TIDEWATER: [Place; 8] = [
    place("Anchorage Freight", Verified("anchorage-freight.example"), 18, Some(plan("pro", Active))),
    place("Breakwater Insurance", Claimed("breakwater.example"), 12, Some(plan("growth", Active))),
    place("Cormorant Charter", Unknown, 6, Some(plan("starter", Active))),
    place("Driftwood Interiors", Claimed("driftwood.example"), 8, Some(plan("free", Active))),
    place("Estuary Analytics", Verified("estuary.example"), 15, Some(plan("enterprise", Active))),
    place("Fairlead Rigging", Unknown, 5, None),
    place("Gullwing Motors", Claimed("gullwing.example"), 10, Some(plan("starter", PastDue))),
    place("Harborlight Schools", Verified("harborlight.example"), 20, Some(plan("growth", Trialing))),
];

static FOXGLOVE: [Place; 6] = [
    place("Appletree Paediatrics", Verified("appletree.example"), 14, Some(plan("growth", Active))),
    place("Briar Lane Pharmacy", Claimed("briarlane.example"), 7, Some(plan("starter", Active))),
    place("Clearwell Imaging", Unknown, 9, Some(plan("pro", Trialing))),
    place("Dovecote Care Homes", Verified("dovecote.example"), 16, Some(plan("growth", Canceled))),
    place("Evergreen Physio", Unknown, 5, None),
    place("Fernhill Research", Claimed("fernhill.example"), 11, Some(plan("starter", Active))),
];

#[cfg(test)]
mod tests {
    use super::{Domain, TENANTS};
    use std::collections::HashSet;

    #[test]
    fn organizations_differ_and_are_not_too_small_for_their_cast() {
        for tenant in &TENANTS {
            let names: HashSet<_> = tenant.places.iter().map(|place| place.name).collect();
            assert_eq!(names.len(), tenant.places.len());
            assert!(tenant.places.iter().all(|place| (5..=40).contains(&place.members)));
        }
    }

    #[test]
    fn domains_are_reserved_names() {
        for place in TENANTS.iter().flat_map(|tenant| tenant.places) {
            if let Domain::Claimed(domain) | Domain::Verified(domain) = place.domain {
                assert!(domain.ends_with(".example"), "{domain}");
            }
        }
    }

    #[test]
    fn an_organization_has_one_owner_and_the_cast_sits_where_it_does_not_own() {
        for tenant in &TENANTS {
            for number in 0..tenant.places.len() {
                let owners = tenant.cast.iter().filter(|part| part.owns.contains(&number));
                assert!(owners.count() <= 1);
            }
            for part in tenant.cast {
                assert!(part.owns.iter().all(|number| !part.sits.contains(number)));
                assert!(part.owns.iter().chain(part.sits).all(|number| *number < tenant.places.len()));
            }
        }
    }
}
