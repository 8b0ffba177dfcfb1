//! Transactions commit in another order than they count: nothing is lost by it, and nothing comes twice.

use std::collections::HashSet;
use std::time::Duration;

use serde_json::{Value, json};
use sqlx::AssertSqlSafe;
use tenantry::gateway::Mode;

use super::client::Socket;
use super::{ORGANIZATION, Office};

/// So many write at once.
const WRITERS: usize = 6;
/// Each so many transactions, of one to three events.
const ROUNDS: usize = 40;

const IDS: &str = "subscription Ids($id: ID!, $after: String) { organizationChanged(id: $id, after: $after) { id cursor } }";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn each_event_of_writers_that_overtake_each_other_is_told_once_and_everywhere_in_the_same_order() {
    let office = Office::build().await;
    let (_gateway, second) = office.world.second_gateway(Mode::Production).await;
    let after = office.now(&office.boss).await;
    let mut sockets = [
        Socket::running(office.world.address, &office.boss.token, IDS, office.about(0, &after)).await,
        Socket::running(second, &office.boss.token, IDS, office.about(0, &after)).await,
    ];
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let (pool, tenant, organization) = (office.world.pool.clone(), office.tenant, office.organizations[0]);
            tokio::spawn(async move {
                for round in 0..ROUNDS {
                    let mut transaction = pool.begin().await.unwrap();
                    for _ in 0..=(writer + round) % 3 {
                        let sql = format!(
                            "insert into outbox_events (tenant_id, id, type, organization_id, resource_type, resource_id, data)
                             values ('{tenant}', tenantry_new_id(), 'organization.update', '{organization}', 'organization', '{organization}', '{{}}')"
                        );
                        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await.unwrap();
                        tokio::time::sleep(Duration::from_millis(((writer * 7 + round * 3) % 11) as u64)).await;
                    }
                    if round % 10 == 9 {
                        transaction.rollback().await.unwrap();
                    } else {
                        transaction.commit().await.unwrap();
                    }
                }
            })
        })
        .collect();
    // While they write, one socket of each process follows them, and a third comes and goes.
    let mut told: [Vec<Value>; 2] = [Vec::new(), Vec::new()];
    let count = |told: &[Value]| told.len();
    let mut written = None;
    let mut writers = Some(writers);
    loop {
        if let Some(all) = written
            && told.iter().all(|told| count(told) == all)
        {
            break;
        }
        if written.is_none() && writers.as_ref().is_some_and(|writers| writers.iter().all(tokio::task::JoinHandle::is_finished)) {
            for writer in writers.take().unwrap() {
                writer.await.unwrap();
            }
            let sql = "select count(*) from outbox_events where type = 'organization.update'";
            written = Some(office.world.value(sql).await.unwrap().parse::<usize>().unwrap());
        }
        for (socket, told) in sockets.iter_mut().zip(&mut told) {
            if written.is_none_or(|all| told.len() < all)
                && let Ok(event) = tokio::time::timeout(Duration::from_millis(20), socket.event()).await
            {
                told.push(event);
            }
        }
    }
    let all = written.unwrap();
    assert!(all > WRITERS * ROUNDS, "{all}");
    let ids: HashSet<String> = told[0].iter().map(|event| event["id"].to_string()).collect();
    assert_eq!(ids.len(), all, "none comes twice");
    assert_eq!(told[0], told[1], "both processes tell the same in the same order");
    for socket in &mut sockets {
        socket.is_silent().await;
    }
    // The order was not that of the sequence: whoever had followed that would have lost some.
    let overtaken = "select count(*) from (select index_id, lag(index_id) over (order by transaction, index_id) as before
        from outbox_events) pairs where index_id < before";
    assert_ne!(office.world.value(overtaken).await.unwrap(), "0");
    // From any place in the middle the rest comes as it came.
    for place in [0, all / 3, all - 2] {
        let after = told[0][place]["cursor"].as_str().unwrap();
        let mut again = Socket::running(second, &office.boss.token, IDS, office.about(0, after)).await;
        for event in &told[0][place + 1..] {
            assert_eq!(&again.event().await, event);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_event_waits_for_the_transactions_that_may_yet_come_before_it() {
    let office = Office::build().await;
    let after = office.now(&office.boss).await;
    let mut socket = Socket::running(office.world.address, &office.boss.token, ORGANIZATION, office.about(0, &after)).await;
    // An older transaction that has written something, and may write an event still.
    let mut older = office.world.pool.begin().await.unwrap();
    sqlx::raw_sql("create table of_older (number int)").execute(&mut *older).await.unwrap();
    office.rename(0, "Younger").await;
    socket.is_silent().await;
    let sql = format!(
        "insert into outbox_events (tenant_id, id, type, organization_id, resource_type, resource_id, data)
         values ('{0}', tenantry_new_id(), 'organization.older', '{1}', 'organization', '{1}', '{{}}')",
        office.tenant, office.organizations[0]
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *older).await.unwrap();
    older.commit().await.unwrap();
    assert_eq!(socket.event().await["action"], "organization.older");
    assert_eq!(socket.event().await["action"], "organization.update");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_take_its_events_is_closed_with_a_reason_and_comes_back_by_its_cursor() {
    let office = Office::with(|mut settings| {
        settings.live.waiting = 4;
        settings
    })
    .await;
    let after = office.now(&office.boss).await;
    let mut socket = Socket::running(office.world.address, &office.boss.token, IDS, office.about(0, &after)).await;
    office.rename(0, "Told").await;
    let mut last = socket.event().await;
    // More at once than may wait.
    let sql = format!(
        "insert into outbox_events (tenant_id, id, type, organization_id, resource_type, resource_id, data)
         select '{0}', tenantry_new_id(), 'organization.update', '{1}', 'organization', '{1}', '{{}}' from generate_series(1, 150)",
        office.tenant, office.organizations[0]
    );
    office.world.sql(&sql).await;
    let mut heard = HashSet::from([last["id"].to_string()]);
    let error = loop {
        match socket.heard().await {
            super::client::Heard::Said(message) if message["type"] == "next" => {
                last = message["payload"]["data"]["organizationChanged"].clone();
                assert!(heard.insert(last["id"].to_string()));
            }
            super::client::Heard::Said(message) => break message,
            heard => panic!("{heard:?}"),
        }
    };
    assert_eq!((&error["type"], &error["payload"][0]["extensions"]["code"]), (&json!("error"), &json!("SLOW_CONSUMER")));
    socket.begin("2", IDS, office.about(0, last["cursor"].as_str().unwrap())).await;
    while heard.len() < 151 {
        assert!(heard.insert(socket.event().await["id"].to_string()));
    }
    socket.is_silent().await;
}
