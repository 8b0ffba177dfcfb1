//! The types `AccessExplanation` and `AccessRule`: how a decision came about.

use std::sync::Arc;

use entity::TypedId;
use entity::id::{OrganizationId, RoleId, TeamId};
use entity::role_permission::Effect;

use super::decision::AccessDecision;
use super::remedy::AccessRemedy;
use crate::access::{Considered, Grantee, Outcome, RoleBook, RoleRule, RuleOrigin};
use crate::graph::{AnyId, Enumeration, Id, Object, ObjectType};

/// How a decision came about.
#[derive(Debug)]
pub struct AccessExplanation {
    /// The decision: that of the check.
    pub decision: Arc<AccessDecision>,
    /// Each rule that was considered.
    pub considered: Vec<Arc<AccessRule>>,
    /// The one that decided.
    pub deciding: Option<Arc<AccessRule>>,
    /// What would have allowed it.
    pub nearest_miss: Option<Arc<AccessRemedy>>,
}

/// A rule that spoke of the question.
#[derive(Clone, Debug)]
pub struct AccessRule {
    kind: RuleKind,
    row: Option<String>,
    effect: Effect,
    applies: bool,
    condition: Outcome,
    decided: bool,
    organization: Option<OrganizationId>,
    priority: Option<i32>,
    role: Option<NamedRole>,
    inherited_from: Option<NamedRole>,
    team: Option<TeamId>,
    member_of: Option<TeamId>,
}

#[derive(Clone, Debug)]
struct NamedRole {
    id: RoleId,
    key: String,
}

/// Where a rule comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum RuleKind {
    TenantRole,
    OrganizationRole,
    MemberRole,
    TeamRole,
    Override,
    MemberGrant,
    TeamGrant,
    RoleGrant,
    Owner,
    Developer,
}

impl AccessExplanation {
    /// A decision of which no more is told.
    pub(super) fn bare(decision: AccessDecision) -> Self {
        Self { decision: Arc::new(decision), considered: Vec::new(), deciding: None, nearest_miss: None }
    }
}

impl AccessRule {
    /// What was considered, with the names of its roles.
    pub(super) fn new(considered: &Considered, roles: Option<&RoleBook>) -> Self {
        let bare = Self {
            effect: considered.effect,
            applies: considered.applies,
            condition: considered.condition,
            decided: considered.decided,
            ..Self::of_origin(&considered.origin)
        };
        bare.named(roles)
    }

    /// What decided, though it was not weighed among rules: that somebody owns the organization.
    pub(super) fn beyond_rules(origin: &RuleOrigin) -> Self {
        Self { decided: true, ..Self::of_origin(origin) }
    }

    /// A rule of which only the origin is told.
    fn of_origin(origin: &RuleOrigin) -> Self {
        let bare = |kind, row: Option<String>| Self {
            kind,
            row,
            effect: Effect::Allow,
            applies: true,
            condition: Outcome::None,
            decided: false,
            organization: None,
            priority: None,
            role: None,
            inherited_from: None,
            team: None,
            member_of: None,
        };
        match origin {
            RuleOrigin::TenantRole { membership, role, .. } => bare(RuleKind::TenantRole, Some(text(*membership))).by_role(*role),
            RuleOrigin::OrganizationRole { membership, organization, role, .. } => Self {
                organization: Some(*organization),
                ..bare(RuleKind::OrganizationRole, Some(text(*membership))).by_role(*role)
            },
            RuleOrigin::MemberRole { assignment, organization, role } => {
                Self { organization: *organization, ..bare(RuleKind::MemberRole, Some(text(*assignment))).by_role(*role) }
            }
            RuleOrigin::TeamRole { team, role } => Self {
                team: Some(team.team),
                member_of: Some(team.member_of),
                ..bare(RuleKind::TeamRole, Some(text(team.place))).by_role(*role)
            },
            RuleOrigin::Override { id, organization, priority } => {
                Self { organization: *organization, priority: Some(*priority), ..bare(RuleKind::Override, Some(text(*id))) }
            }
            RuleOrigin::Grant { id, grantee: Grantee::Member(_) } => bare(RuleKind::MemberGrant, Some(text(*id))),
            RuleOrigin::Grant { id, grantee: Grantee::Team(team) } => {
                Self { team: Some(team.team), member_of: Some(team.member_of), ..bare(RuleKind::TeamGrant, Some(text(*id))) }
            }
            RuleOrigin::Grant { id, grantee: Grantee::Role(role) } => {
                Self { role: Some(NamedRole::unnamed(*role)), ..bare(RuleKind::RoleGrant, Some(text(*id))) }
            }
            RuleOrigin::Owner { organization, .. } => {
                Self { organization: Some(*organization), ..bare(RuleKind::Owner, Some(text(*organization))) }
            }
            RuleOrigin::Developer { assignments } => bare(RuleKind::Developer, assignments.first().map(|id| text(*id))),
        }
    }

    fn by_role(self, RoleRule { role, speaker }: RoleRule) -> Self {
        let inherited_from = (speaker != role).then(|| NamedRole::unnamed(speaker));
        Self { role: Some(NamedRole::unnamed(role)), inherited_from, ..self }
    }

    fn named(mut self, roles: Option<&RoleBook>) -> Self {
        for named in self.role.iter_mut().chain(self.inherited_from.as_mut()) {
            if let Some(role) = roles.and_then(|roles| roles.get(named.id)) {
                named.key.clone_from(&role.key);
            }
        }
        self
    }

    /// Did it decide?
    pub(super) fn decided(&self) -> bool {
        self.decided
    }

    /// Is it the rule of this origin?
    pub(super) fn is(&self, origin: &RuleOrigin) -> bool {
        let other = Self::of_origin(origin);
        let role = |rule: &Self| rule.role.as_ref().map(|role| role.id);
        (self.kind, &self.row, self.team, role(self)) == (other.kind, &other.row, other.team, role(&other))
    }
}

impl NamedRole {
    fn unnamed(id: RoleId) -> Self {
        Self { id, key: String::new() }
    }
}

fn text(id: impl TypedId) -> String {
    id.to_string()
}

impl Object for AccessExplanation {
    fn name() -> &'static str {
        "AccessExplanation"
    }

    fn table() -> ObjectType<Self> {
        ObjectType::<Self>::new("How a decision about access came about. It is the decision of the check itself, with a record.")
            .inline_one("decision", "The decision, which `checkAccess` gives too.", |explanation: &Self| {
                Some(Arc::clone(&explanation.decision))
            })
            .required()
            .inline_many(
                "considered",
                "Each rule that was considered, in the order in which they were weighed; none where an earlier step answered.",
                |explanation| explanation.considered.clone(),
            )
            .inline_one("deciding", "The rule that decided; null where a step did that weighs no rules.", |explanation| {
                explanation.deciding.clone()
            })
            .inline_one("nearestMiss", "What would have allowed it; null where it is allowed, or nothing is near.", |explanation| {
                explanation.nearest_miss.clone()
            })
    }
}

impl Object for AccessRule {
    fn name() -> &'static str {
        "AccessRule"
    }

    fn table() -> ObjectType<Self> {
        let id = |role: &Option<NamedRole>| role.as_ref().map(|role| Id(role.id));
        let key = |role: &Option<NamedRole>| role.as_ref().map(|role| role.key.clone()).filter(|key| !key.is_empty());
        ObjectType::<Self>::new("A rule that speaks of a question, and the row by which it reached this person.")
            .field("source", "What kind of rule it is.", |rule: &Self| &rule.kind)
            .computed(
                "rowId",
                "The row by which it reached this person, and whose removal takes it away: the membership, the assignment of a role, the \
                 place in a team, the override, the grant, or the organization that is owned.",
                |rule| rule.row.clone().map(AnyId),
            )
            .field("effect", "What it does where it applies.", |rule| &rule.effect)
            .field("applies", "Does it apply?", |rule| &rule.applies)
            .field("condition", "What became of its condition.", |rule| &rule.condition)
            .field("decided", "Is it the one that decided? Where several say the same, the first of them.", |rule| &rule.decided)
            .computed("organizationId", "In which organization it holds; null where in the whole tenant.", |rule| rule.organization.map(Id))
            .field("priority", "Of an override: among several that apply the highest decides.", |rule| &rule.priority)
            .computed("roleId", "The role that the person has, or that was granted something.", move |rule| id(&rule.role))
            .computed("roleKey", "The key of that role.", move |rule| key(&rule.role))
            .computed("inheritedFromRoleId", "The parent whose rule it is; null where the role has a rule of its own.", move |rule| {
                id(&rule.inherited_from)
            })
            .computed("inheritedFromRoleKey", "The key of that parent.", move |rule| key(&rule.inherited_from))
            .computed("teamId", "The team that has the role, or was granted something.", |rule| rule.team.map(Id))
            .computed("memberOfTeamId", "The team that the person is in: the same, or one below it.", |rule| rule.member_of.map(Id))
    }
}

impl Enumeration for RuleKind {
    const NAME: &'static str = "AccessRuleSource";
    const DESCRIPTION: &'static str = "Where a rule about access comes from.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::TenantRole, "TENANT_ROLE", "The base role of the membership in the tenant."),
        (Self::OrganizationRole, "ORGANIZATION_ROLE", "The base role of the membership in the organization."),
        (Self::MemberRole, "MEMBER_ROLE", "A role that was assigned to the person."),
        (Self::TeamRole, "TEAM_ROLE", "A role of a team of the person, or of a team above it."),
        (Self::Override, "OVERRIDE", "An override of the person's permission."),
        (Self::MemberGrant, "MEMBER_GRANT", "A grant on the very resource to the person."),
        (Self::TeamGrant, "TEAM_GRANT", "A grant on the very resource to a team of the person, or to one above it."),
        (Self::RoleGrant, "ROLE_GRANT", "A grant on the very resource to a role that the person has."),
        (Self::Owner, "OWNER", "The person owns the organization."),
        (Self::Developer, "DEVELOPER_ROLE", "A role of the platform's staff."),
    ];
}

impl Enumeration for Outcome {
    const NAME: &'static str = "AccessConditionOutcome";
    const DESCRIPTION: &'static str = "What became of the condition of a rule.";
    const VALUES: &'static [(Self, &'static str, &'static str)] = &[
        (Self::None, "UNCONDITIONAL", "It has none."),
        (Self::True, "MET", "It is met."),
        (Self::False, "NOT_MET", "It is not met."),
        (Self::Failed, "FAILED", "It could not be evaluated, or lacks an attribute: a denial applies, an allowance does not."),
    ];
}
