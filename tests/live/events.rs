//! What is told of what happens, to whom, and from where on.

use std::time::Duration;

use serde_json::{Value, json};
use tenantry::clock;
use tenantry::live::{Cursor, Position};

use super::client::Socket;
use super::{ACCESS, MEMBERSHIP, ORGANIZATION, Office};
use crate::world::identity;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_an_organization_is_told_with_what_it_is_now() {
    let office = Office::build().await;
    let after = office.now(&office.boss).await;
    let of = async |someone: &super::Someone, place| {
        Socket::running(office.world.address, &someone.token, ORGANIZATION, office.about(place, &after)).await
    };
    let (mut boss, mut mia, mut elsewhere) = (of(&office.boss, 0).await, of(&office.mia, 0).await, of(&office.boss, 1).await);
    office.rename(0, "Renamed").await;
    let told = boss.event().await;
    assert_eq!(told["action"], "organization.update");
    assert_eq!(told["actor"]["displayName"], "Boss");
    assert_eq!(told["organization"]["name"], "Renamed");
    assert_eq!(told["organization"]["id"], office.organization(0));
    // The same event, by the rights of whoever hears of it: what she may not read is null, and an error beside it.
    let to_mia = mia.next().await;
    let event = &to_mia["data"]["organizationChanged"];
    assert_eq!((&event["id"], &event["cursor"], &event["occurredAt"]), (&told["id"], &told["cursor"], &told["occurredAt"]));
    assert_eq!((&event["organization"]["name"], &event["organization"]["billingEmail"]), (&json!("Renamed"), &Value::Null));
    assert_eq!(to_mia["errors"][0]["path"], json!(["organizationChanged", "organization", "billingEmail"]));
    assert_eq!(to_mia["errors"][0]["extensions"]["code"], "FORBIDDEN");
    // The entry of the audit log has the same number.
    let log = office.world.ask(&office.boss.token, "{ auditLog(first: 1) { nodes { id } } }", Value::Null).await;
    let entry = log.data()["auditLog"]["nodes"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(entry.split_once('_').unwrap().1, told["id"].as_str().unwrap().split_once('_').unwrap().1);
    // What changes nothing is none, and what happens elsewhere is told elsewhere.
    office.rename(0, "Renamed").await;
    office.rename(1, "Elsewhere").await;
    assert_eq!(elsewhere.event().await["organization"]["name"], "Elsewhere");
    office.rename(0, "Renamed again").await;
    assert_eq!(boss.event().await["organization"]["name"], "Renamed again");
    assert_eq!(mia.next().await["data"]["organizationChanged"]["organization"]["name"], "Renamed again");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_somebodys_place_is_told_to_those_who_see_the_people() {
    let office = Office::build().await;
    let after = office.now(&office.boss).await;
    let mut admin = Socket::running(office.world.address, &office.admin.token, MEMBERSHIP, office.about(0, &after)).await;
    let mut elsewhere = Socket::running(office.world.address, &office.boss.token, MEMBERSHIP, office.about(1, &after)).await;
    let assignment = office.give_biller(&office.mia).await;
    let told = admin.event().await;
    assert_eq!((&told["action"], &told["resourceId"]), (&json!("role.assign"), &json!(assignment)));
    assert_eq!(told["organization"]["id"], office.organization(0));
    assert_eq!((&told["membership"]["user"]["displayName"], &told["membership"]["role"]), (&json!("Mia"), &json!("MEMBER")));
    assert_eq!(told["membership"]["roles"], json!([{ "key": "member" }, { "key": "biller" }]));
    office.take(&assignment).await;
    let told = admin.event().await;
    assert_eq!((&told["action"], &told["membership"]["roles"]), (&json!("role.revoke"), &json!([{ "key": "member" }])));
    // A membership itself, as its mutations tell of it, and one that is gone.
    for (action, gone) in [("organization_membership.update", false), ("organization_membership.remove", true)] {
        office.tell(action, "organization_membership", office.seat_of_mia).await;
        if gone {
            office
                .world
                .sql(&format!("update organization_memberships set deleted_at = now() where id = '{}'", office.seat_of_mia))
                .await;
        }
        let told = admin.event().await;
        assert_eq!(told["action"], action);
        assert!(told["resourceId"].as_str().unwrap().starts_with("mem_"), "{told}");
        if gone {
            continue;
        }
        assert_eq!(told["membership"]["user"]["displayName"], "Mia");
    }
    elsewhere.is_silent().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_change_of_access_is_told_to_whom_it_concerns() {
    let office = Office::build().await;
    let of = async |someone: &super::Someone| {
        let after = office.now(someone).await;
        Socket::running(office.world.address, &someone.token, ACCESS, json!({ "after": after })).await
    };
    let (mut mia, mut admin) = (of(&office.mia).await, of(&office.admin).await);
    let assignment = office.give_biller(&office.mia).await;
    let told = mia.event().await;
    assert_eq!(told["viewer"]["user"]["displayName"], "Mia");
    assert_eq!(told["viewer"]["memberships"]["nodes"], json!([{ "organization": { "name": "First" } }]));
    office.take(&assignment).await;
    mia.event().await;
    // By whatever means: a row that somebody changes by hand.
    office.world.sql(&format!("update organization_memberships set role = 'manager' where id = '{}'", office.seat_of_mia)).await;
    mia.event().await;
    // None of it was about the admin; then something is.
    admin.is_silent().await;
    office
        .world
        .sql(&format!("update organization_memberships set status = 'suspended' where user_id = '{}'", office.admin.id))
        .await;
    admin.event().await;
    mia.is_silent().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_expires_by_itself_is_a_change_of_access_too() {
    let office = Office::with(|mut settings| {
        settings.live.recheck = Duration::from_millis(50);
        settings
    })
    .await;
    let assignment = office.give_biller(&office.mia).await;
    let after = office.now(&office.mia).await;
    let mut mia = Socket::running(office.world.address, &office.mia.token, ACCESS, json!({ "after": after })).await;
    let uuid = assignment.parse::<entity::id::MemberRoleId>().unwrap().uuid();
    office.world.sql(&format!("update member_roles set expires_at = now() + interval '3 seconds' where id = '{uuid}'")).await;
    let told = mia.event().await;
    assert!(told["id"].as_str().unwrap().starts_with("evt_"), "{told}");
    let billing = "query($id: ID!) { organization(id: $id) { billingEmail } }";
    let answer = office.world.ask(&office.mia.token, billing, json!({ "id": office.organization(0) })).await;
    assert_eq!(answer.codes(), ["FORBIDDEN"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_of_another_tenant_is_told() {
    let world = crate::world::World::demo().await;
    let (here, there) = (identity("owner"), identity("outsider"));
    let outsider = world.act_as("outsider").await;
    let organization = world.value(&format!("select id from organizations where tenant_id = '{}' limit 1", here.tenant_id)).await;
    let organization = entity::id::OrganizationId::from(organization.unwrap().parse::<uuid::Uuid>().unwrap());
    let mut socket = Socket::of(world.address, &outsider).await;
    for (query, id) in [(ORGANIZATION, organization.to_string()), (MEMBERSHIP, organization.to_string())] {
        socket.begin("1", query, json!({ "id": id })).await;
        assert_eq!(socket.code().await, "NOT_FOUND");
        socket.begin("1", query, json!({ "id": "org_01h455vb4pex5vsknk084sn02q" })).await;
        assert_eq!(socket.code().await, "NOT_FOUND");
    }
    let after = world.ask(&outsider, "{ liveCursor }", Value::Null).await.data()["liveCursor"].clone();
    socket.begin("1", ACCESS, json!({ "after": after })).await;
    world
        .sql(&format!("update tenant_memberships set role = role, status = 'suspended' where tenant_id = '{}'", here.tenant_id))
        .await;
    world.sql(&format!("update tenant_memberships set status = 'suspended' where user_id = '{}'", there.user_id)).await;
    socket.event().await;
    socket.is_silent().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_comes_back_with_a_cursor_hears_what_was_missed_and_nothing_twice() {
    let office = Office::build().await;
    let after = office.now(&office.boss).await;
    for number in 0..5 {
        office.rename(0, &format!("Number {number}")).await;
    }
    let mut first = Socket::running(office.world.address, &office.boss.token, ORGANIZATION, office.about(0, &after)).await;
    let mut told = Vec::new();
    for _ in 0..5 {
        told.push(first.event().await);
    }
    for (place, event) in told.iter().enumerate() {
        let after = event["cursor"].as_str().unwrap();
        // In another process, too.
        let (_, second) = office.world.second_gateway(tenantry::gateway::Mode::Production).await;
        let mut again = Socket::running(second, &office.boss.token, ORGANIZATION, office.about(0, after)).await;
        for missed in &told[place + 1..] {
            let heard = again.event().await;
            for field in ["id", "cursor", "action", "occurredAt", "actor"] {
                assert_eq!(heard[field], missed[field]);
            }
        }
        again.is_silent().await;
    }
    // Pages of the past follow each other, and the present follows the past.
    let many = 450;
    for _ in 0..many {
        office.tell("organization.update", "organization", office.organizations[1]).await;
    }
    let mut all = Socket::running(office.world.address, &office.boss.token, ORGANIZATION, office.about(1, &after)).await;
    let mut seen = std::collections::HashSet::new();
    for _ in 0..many {
        assert!(seen.insert(all.event().await["id"].to_string()));
    }
    office.rename(1, "The last").await;
    assert_eq!(all.event().await["organization"]["name"], "The last");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cursor_of_what_is_no_longer_known_is_refused() {
    let office = Office::with(|mut settings| {
        settings.live.retention = Duration::from_secs(3_600);
        settings
    })
    .await;
    let old = clock::now().timestamp() - 3_601;
    let cursor = Cursor { position: Position { transaction: 1, index_id: 1 }, at: old, state: None };
    let mut socket =
        Socket::running(office.world.address, &office.boss.token, ORGANIZATION, office.about(0, &cursor.encode())).await;
    let error = socket.error().await;
    assert_eq!(error["extensions"]["code"], "CURSOR_EXPIRED");
    // What is over is taken away, and nothing else.
    office.rename(0, "Kept").await;
    office
        .world
        .sql("update outbox_events set created_at = created_at - interval '2 hours' where type <> 'organization.update'")
        .await;
    let purged = office.world.gateway.services.database.purge_outbox(Duration::from_secs(3_600)).await.unwrap();
    assert!(purged >= 1, "{purged}");
    assert_eq!(office.world.value("select string_agg(type, ' ') from outbox_events").await.unwrap(), "organization.update");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_query_and_its_cursor_leave_no_gap_to_what_is_told() {
    let office = Office::build().await;
    let query = "query($id: ID!) { liveCursor organization(id: $id) { name } }";
    office.rename(0, "Before").await;
    let read = office.world.ask(&office.boss.token, query, json!({ "id": office.organization(0) })).await;
    assert_eq!(read.data()["organization"]["name"], "Before");
    office.rename(0, "Between").await;
    let after = read.data()["liveCursor"].as_str().unwrap();
    let mut socket = Socket::running(office.world.address, &office.boss.token, ORGANIZATION, office.about(0, after)).await;
    office.rename(0, "After").await;
    let written = office
        .world
        .value("select string_agg(id::text, ' ' order by index_id) from outbox_events where type = 'organization.update'");
    let written: Vec<Value> = written.await.unwrap().split(' ').map(|id| json!(entity::join("evt", id.parse().unwrap()))).collect();
    let mut told = Vec::new();
    while told.last() != written.last() {
        told.push(socket.event().await["id"].clone());
    }
    // While somebody else wrote at that moment, what was read already is told again.
    assert!(told == written[1..] || told == written, "{told:?} of {written:?}");
    socket.is_silent().await;
}

impl Office {
    /// Writes an event as a mutation does, of the first organization where it is of none itself.
    pub async fn tell(&self, action: &str, resource_type: &str, resource: uuid::Uuid) {
        let organization = if resource_type == "organization" { resource } else { self.organizations[0] };
        self.world
            .sql(&format!(
                "insert into outbox_events (tenant_id, id, type, organization_id, resource_type, resource_id, data, actor_type, actor_id)
                 values ('{}', '{}', '{action}', '{organization}', '{resource_type}', '{resource}', '{{}}', 'user', '{}')",
                self.tenant,
                clock::new_id::<uuid::Uuid>(),
                self.boss.id
            ))
            .await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_said_in_a_conversation_is_told_to_its_person_and_to_nobody_else() {
    const CONVERSATION: &str = "subscription Said($id: ID!, $after: String) { conversationChanged(id: $id, after: $after) {
        action conversation { messages(last: 1) { nodes { content } } } } }";
    let office = Office::build().await;
    let (mia, boss) = (&office.mia.token, &office.boss.token);
    let start = "mutation { startConversation(input: {}) { conversation { id } } }";
    let started = office.world.ask(mia, start, Value::Null).await;
    let id = started.data()["startConversation"]["conversation"]["id"].clone();
    let about = json!({ "id": id, "after": office.now(&office.mia).await });
    let mut hers = Socket::running(office.world.address, mia, CONVERSATION, about.clone()).await;
    let mut his = Socket::running(office.world.address, boss, CONVERSATION, about).await;
    assert_eq!(his.error().await["extensions"]["code"], "NOT_FOUND");
    let post = "mutation($id: ID!) { postMessage(input: { conversationId: $id, content: \"Hello\" }) { message { id } } }";
    office.world.ask(mia, post, json!({ "id": id })).await.data();
    let told = hers.event().await;
    assert_eq!(told["action"], "conversation.post");
    assert_eq!(told["conversation"]["messages"]["nodes"], json!([{ "content": "Hello" }]));
}
