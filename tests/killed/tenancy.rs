//! Tenants, organizations, and how people come and go.

use migration::catalog::BaseRole;
use serde_json::{Value, json};

use super::stage::{Case, Person, Stage};

/// An invitation that waits for somebody: `inv_…`
async fn invited(stage: &Stage, person: &Person) -> Value {
    let input = json!({ "organizationId": stage.home(), "email": person.email, "role": "MEMBER" });
    stage.did(&stage.boss, "inviteMember", "invitation { id }", input).await["invitation"]["id"].clone()
}

/// An organization of the boss with a member to whom it is offered: that one, and `otr_…`.
async fn offered(stage: &Stage) -> (Person, Value) {
    let (person, organization) = with_member(stage).await;
    let input = json!({ "organizationId": organization, "userId": person.user() });
    let offer = stage.did(&stage.boss, "offerOwnership", "offer { id }", input).await["offer"]["id"].clone();
    (person, offer)
}

/// An organization of the boss with a member: that one, and `org_…`.
async fn with_member(stage: &Stage) -> (Person, String) {
    let ((id, organization), person) = (stage.organization().await, stage.person().await);
    stage.script(|script| script.seat(stage.tenant, id, person.id, BaseRole::Admin)).await;
    (person, organization)
}

/// Somebody's place in the tenant: `tmem_…`
async fn place(stage: &Stage) -> String {
    let sql = format!("select id from tenant_memberships where user_id = '{}'", stage.person().await.id);
    entity::join("tmem", stage.world.value(&sql).await.unwrap().parse().unwrap())
}

/// The case of one of these mutations.
pub async fn case(stage: &Stage, mutation: &str) -> Option<Case> {
    let boss = &stage.boss;
    let case = match mutation {
        "switchTenant" => {
            let (person, name) = (stage.person().await, stage.word());
            let other = stage
                .script(|script| {
                    let tenant = script.tenant(&name);
                    script.member(tenant, person.id, BaseRole::Member);
                    tenant
                })
                .await;
            person.sends(mutation, json!({ "tenantId": entity::join("ten", other) }))
        }
        "createOrganization" => boss.sends(mutation, json!({ "name": stage.word(), "idempotencyKey": stage.word() })),
        "updateOrganization" => {
            boss.sends(mutation, json!({ "organizationId": stage.organization().await.1, "name": stage.word() }))
        }
        "deleteOrganization" => boss.sends(mutation, json!({ "organizationId": stage.organization().await.1 })),
        "restoreOrganization" => {
            let input = json!({ "organizationId": stage.organization().await.1 });
            stage.did(boss, "deleteOrganization", "", input.clone()).await;
            boss.sends(mutation, input)
        }
        "leaveOrganization" => stage.seated().await.0.sends(mutation, json!({ "organizationId": stage.home() })),
        "inviteMember" => {
            let email = format!("{}@new.example", stage.word());
            boss.sends(mutation, json!({ "organizationId": stage.home(), "email": email, "role": "MEMBER" }))
        }
        "inviteMembers" => {
            let invitations =
                [stage.word(), stage.word()].map(|name| json!({ "email": format!("{name}@new.example"), "role": "MEMBER" }));
            boss.sends(mutation, json!({ "organizationId": stage.home(), "invitations": invitations }))
        }
        "resendInvitation" | "revokeInvitation" => {
            boss.sends(mutation, json!({ "invitationId": invited(stage, &stage.newcomer().await).await }))
        }
        "updateInvitation" => {
            boss.sends(mutation, json!({ "invitationId": invited(stage, &stage.newcomer().await).await, "role": "MANAGER" }))
        }
        "acceptInvitation" | "declineInvitation" => {
            let person = stage.newcomer().await;
            let invitation = invited(stage, &person).await;
            person.sends(mutation, json!({ "invitationId": invitation }))
        }
        "updateMember" => boss.sends(mutation, json!({ "membershipId": stage.seated().await.1, "role": "MANAGER" })),
        "suspendMember" | "removeMember" => boss.sends(mutation, json!({ "membershipId": stage.seated().await.1 })),
        "reactivateMember" => {
            let input = json!({ "membershipId": stage.seated().await.1 });
            stage.did(boss, "suspendMember", "", input.clone()).await;
            boss.sends(mutation, input)
        }
        "restoreMember" => {
            let input = json!({ "membershipId": stage.seated().await.1 });
            stage.did(boss, "removeMember", "", input.clone()).await;
            boss.sends(mutation, input)
        }
        "offerOwnership" => {
            let (person, organization) = with_member(stage).await;
            boss.sends(mutation, json!({ "organizationId": organization, "userId": person.user() }))
        }
        "acceptOwnership" | "declineOwnership" => {
            let (person, offer) = offered(stage).await;
            person.sends(mutation, json!({ "offerId": offer }))
        }
        "withdrawOwnershipOffer" => boss.sends(mutation, json!({ "offerId": offered(stage).await.1 })),
        "rescueOwnership" => {
            let (person, organization) = with_member(stage).await;
            let input = json!({ "organizationId": organization, "userId": person.user(), "reason": "the owner has gone" });
            stage.developer.sends(mutation, input)
        }
        "removeTenantMember" => boss.sends(mutation, json!({ "tenantMembershipId": place(stage).await })),
        "restoreTenantMember" => {
            let input = json!({ "tenantMembershipId": place(stage).await });
            stage.did(boss, "removeTenantMember", "", input.clone()).await;
            boss.sends(mutation, input)
        }
        _ => return None,
    };
    Some(case)
}
