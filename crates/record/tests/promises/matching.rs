//! Each request gets the answer that was recorded for it, each task its own, and a miss says why.

use std::sync::Barrier;
use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use tracesnap_record::matching::{Matcher, Variable};
use tracesnap_record::{Interaction, Player, PlayerBuilder, Repeat, Rule, Session, task};

fn interaction(id: u64, operation: &str, request: Value, response: Value) -> Interaction {
    let mut interaction = Interaction::new(id, "shop", operation, request);
    interaction.response = response;
    interaction
}

fn session(parts: &[(&str, Value, Value)]) -> Session {
    let interactions = parts.iter().enumerate();
    let interactions = interactions.map(|(id, (operation, request, response))| {
        interaction(id as u64, operation, request.clone(), response.clone())
    });
    let mut session = Session::new("0001", interactions.collect());
    session.head.name = Some("checkout".to_owned());
    session
}

fn player(parts: &[(&str, Value, Value)]) -> Player {
    Player::builder().play(session(parts))
}

fn ask(player: &Player, operation: &str, request: Value) -> Result<Value, String> {
    player.answer("shop", operation, &request).map(|found| found.response.clone()).map_err(|error| error.to_string())
}

#[test]
fn repeats_answer_in_their_order_and_then_as_was_said() {
    let parts = [("get", json!(1), json!("a")), ("get", json!(1), json!("b")), ("get", json!(2), json!("c"))];
    let asked = |repeat| {
        let player = Player::builder().repeat(repeat).play(session(&parts));
        (0..5).map(|_| ask(&player, "get", json!(1)).unwrap_or_default()).collect::<Vec<_>>()
    };
    assert_eq!(asked(Repeat::Sequence), [json!("a"), json!("b"), json!(null), json!(null), json!(null)]);
    assert_eq!(asked(Repeat::Last), ["a", "b", "b", "b", "b"]);
    assert_eq!(asked(Repeat::Cycle), ["a", "b", "a", "b", "a"]);
}

#[test]
fn a_miss_names_the_nearest_what_differs_and_the_rule_that_would_match() {
    let player = player(&[
        ("get", json!({"id": 1, "at": "10:00", "items": [{"n": 1}]}), json!("a")),
        ("get", json!({"id": 2, "at": "10:01", "items": []}), json!("b")),
        ("put", json!({}), json!("c")),
    ]);
    insta::assert_snapshot!(ask(&player, "get", json!({"id": 1, "at": "11:30", "items": [{"n": 1, "x": true}]})).unwrap_err(), @r#"
    nothing in the recording `checkout` answers `shop get`; nearest is interaction 0
      $.at: "10:00" recorded, "11:30" asked
      $.items[0].x: nothing recorded, true asked
      it would answer by the rule `whole, ignore($.at), ignore($.items[*].x)`
    "#);
    let rule: Rule = "whole, ignore($.at), ignore($.items[*].x)".parse().expect("a rule");
    let lenient = Player::builder().rule(rule).play(session(&[(
        "get",
        json!({"id": 1, "at": "10:00", "items": [{"n": 1}]}),
        json!("a"),
    )]));
    assert_eq!(ask(&lenient, "get", json!({"id": 1, "at": "11:30", "items": [{"n": 1, "x": true}]})), Ok(json!("a")));

    insta::assert_snapshot!(ask(&player, "delete", json!({})).unwrap_err(), @"nothing in the recording `checkout` answers `shop delete`; it has `get`, `put`; record it again with `TEST_MODE=record` if the program changed");
    ask(&player, "put", json!({})).expect("recorded");
    insta::assert_snapshot!(ask(&player, "put", json!({})).unwrap_err(), @"
    nothing in the recording `checkout` answers `shop put`; nearest is interaction 2
      it has answered already, and was recorded once; allow `Repeat::Last` or `Repeat::Cycle`, or record the second call
    ");
}

#[test]
fn what_was_redacted_matches_since_the_request_is_redacted_too() {
    let recorded = session(&[("login", json!({"user": "ada", "password": "[redacted]"}), json!("welcome"))]);
    let player = Player::builder().play(recorded);
    assert_eq!(ask(&player, "login", json!({"user": "ada", "password": "anything"})), Ok(json!("welcome")));
    let error = ask(&player, "login", json!({"user": "bob", "password": "hunter2"})).expect_err("nobody");
    assert!(error.contains("\"ada\" recorded, \"bob\" asked") && !error.contains("hunter2"), "{error}");
}

#[test]
fn a_recording_that_is_too_old_answers_nothing_and_says_so() {
    let mut old = session(&[("get", json!(1), json!("a"))]);
    old.head.timestamp = (SystemTime::now() - Duration::from_secs(86_400 * 40)).into();
    let player = Player::builder().max_age(Duration::from_secs(86_400 * 30)).play(old);
    let error = ask(&player, "get", json!(1)).expect_err("expired");
    assert!(error.contains("the recording is 1month 9days") && error.contains("record it again"), "{error}");
}

#[test]
fn a_value_of_an_earlier_response_matches_whatever_it_is_in_this_run() {
    let parts = [
        ("create", json!({}), json!({"id": "ord-0001"})),
        ("pay", json!({"path": "/orders/ord-0001/pay"}), json!("paid")),
    ];
    let player = Player::builder()
        .variable(Variable::new("order", "shop", "create", "$.id".parse().expect("a path")))
        .play(session(&parts));
    // The service was asked itself, and made another id.
    player.observe("shop", "create", &json!({"id": "ord-7777"}));
    assert_eq!(ask(&player, "pay", json!({"path": "/orders/ord-7777/pay"})), Ok(json!("paid")));
    let error = ask(&player, "pay", json!({"path": "/orders/ord-8888/pay"})).expect_err("not that one");
    assert!(error.contains("/orders/{{order}}/pay"), "{error}");
}

#[test]
fn a_matcher_of_ones_own_decides() {
    let rounded =
        Matcher::Custom("rounded", std::sync::Arc::new(|request| json!(request["n"].as_f64().map(f64::round))));
    let player = Player::builder().rule(Rule::of([rounded])).play(session(&[("get", json!({"n": 1.2}), json!("a"))]));
    assert_eq!(ask(&player, "get", json!({"n": 0.9})), Ok(json!("a")));
}

#[test]
fn strict_order_is_kept_by_each_task_and_everything_must_be_asked() {
    let parts = [("a", json!(1), json!(1)), ("b", json!(2), json!(2)), ("c", json!(3), json!(3))];
    let player = Player::builder().strict(true).play(session(&parts));
    let error = ask(&player, "b", json!(2)).expect_err("not yet");
    assert!(error.contains("the recording has `0 shop a` first"), "{error}");
    ask(&player, "a", json!(1)).expect("first");
    ask(&player, "b", json!(2)).expect("second");
    let error = player.expect_all_used().expect_err("one is left").to_string();
    assert_eq!(
        error,
        "1 of the recording `checkout` were not asked for: `2 shop c`; record it again if the program changed"
    );
    ask(&player, "c", json!(3)).expect("third");
    player.expect_all_used().expect("all");
}

/// 64 tasks × 1,000 calls with equal requests, recorded as the tasks ran: interleaved.
fn crowd(names: bool) -> Session {
    const TASKS: usize = 64;
    const CALLS: usize = 1_000;
    let mut interactions = Vec::with_capacity(TASKS * CALLS);
    let mut done = [0_usize; TASKS];
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    let mut left: Vec<usize> = (0..TASKS).collect();
    while !left.is_empty() {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        let at = (state % left.len() as u64) as usize;
        let worker = left[at];
        let mut one =
            interaction(interactions.len() as u64, "get", json!({"url": "/same"}), json!([worker, done[worker]]));
        one.task = Some(if names { format!("worker {worker}") } else { format!("#{worker}") });
        interactions.push(one);
        done[worker] += 1;
        if done[worker] == CALLS {
            left.swap_remove(at);
        }
    }
    Session::new("crowd", interactions)
}

fn play_crowd(builder: PlayerBuilder, names: bool) -> Vec<Vec<Value>> {
    let player = builder.play(crowd(names));
    let start = Barrier::new(64);
    let work = |worker: usize| {
        let (player, start) = (&player, &start);
        move || {
            start.wait();
            let ask = || {
                let found = player.answer("shop", "get", &json!({"url": "/same"})).expect("recorded");
                found.response.clone()
            };
            let all = || (0..1_000).map(|_| ask()).collect::<Vec<_>>();
            if names { task::scope(format!("worker {worker}"), all) } else { all() }
        }
    };
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..64).map(|worker| scope.spawn(work(worker))).collect();
        let answers = threads.into_iter().map(|thread| thread.join().expect("it ends")).collect();
        player.expect_all_used().expect("all");
        answers
    })
}

#[test]
fn of_64_tasks_with_1000_equal_calls_each_gets_its_own_in_its_order() {
    for (worker, answers) in play_crowd(Player::builder(), true).iter().enumerate() {
        assert!(answers.iter().enumerate().all(|(at, answer)| *answer == json!([worker, at])), "worker {worker}");
    }
}

#[test]
fn tasks_without_names_each_play_one_recorded_task_in_its_order() {
    for builder in [Player::builder(), Player::builder().strict(true)] {
        let mut whose: Vec<u64> = Vec::new();
        for answers in play_crowd(builder, false) {
            let worker = answers[0][0].as_u64().expect("a number");
            assert!(answers.iter().enumerate().all(|(at, answer)| *answer == json!([worker, at])), "worker {worker}");
            whose.push(worker);
        }
        whose.sort_unstable();
        assert_eq!(whose, (0..64).collect::<Vec<_>>());
    }
}

#[test]
fn requests_of_http_are_told_by_method_path_query_and_body_whatever_their_operation_is_called() {
    let request =
        |url: &str, body: Value| json!({"method": "POST", "url": url, "headers": [["date", "1"]], "body": body});
    let recorded = request(
        "https://api.example.com/v1/orders?b=2&a=1",
        json!({"type": "json", "value": {"n": 1}, "text": "{ \"n\":1 }"}),
    );
    let mut session = session(&[("POST /v1/orders", recorded, json!("made"))]);
    // As other tools call it.
    session.interactions[0].service = "api.example.com".to_owned();
    let asked = request("https://api.example.com/v1/orders?a=1&b=2", json!({"type": "json", "value": {"n": 1}}));
    let ask = |operation: &str, request: &Value| {
        let player = Player::builder().play(session.clone());
        player.answer("shop", operation, request).map(|found| found.response.clone()).map_err(|error| error.to_string())
    };
    assert_eq!(ask("order.create", &asked), Ok(json!("made")));
    let other = request("https://other.example/v1/orders?a=1&b=2", json!({"type": "json", "value": {"n": 1}}));
    assert!(ask("order.create", &other).is_err(), "another host");
    let other = request("https://api.example.com/v1/orders?a=1&b=2", json!({"type": "json", "value": {"n": 2}}));
    assert!(ask("order.create", &other).is_err(), "another body");
}

#[test]
fn whoever_cannot_tell_tasks_apart_is_answered_by_any_in_order() {
    let request = json!({"q": 1});
    let mut session = session(&[
        ("get", request.clone(), json!(0)),
        ("get", request.clone(), json!(1)),
        ("get", request.clone(), json!(2)),
    ]);
    for (interaction, task) in session.interactions.iter_mut().zip(["#1", "worker 3", "#0"]) {
        interaction.task = Some(task.to_owned());
    }
    let player = Player::builder().play(session);
    let answers = ["a thread", "another"].map(|_| {
        let _any = task::enter_any();
        ask(&player, "get", request.clone())
    });
    assert_eq!(answers, [Ok(json!(0)), Ok(json!(1))]);
    player.expect_all_used().expect_err("one is left");
}
