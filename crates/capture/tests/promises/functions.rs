//! Every way in which a function can be written is captured, and does what it did.

use std::borrow::Cow;
use std::fmt::Display;
use std::path::Path;

use serde_json::json;
use tracesnap_capture::{capture, captures, load, replay, wrap};

use crate::support::{block_on, folder};

#[capture]
fn adds(left: u32, right: u32) -> u32 {
    left + right
}

#[test]
fn arguments_and_outcome_of_a_function_are_kept_and_come_back_typed() {
    let folder = folder();
    assert_eq!(adds(3, 4), 7);
    let case = load!(adds).expect("a capture");
    assert_eq!((case.args.left, case.args.right), (3, 4));
    assert_eq!(case.outcome().expect("an outcome").value, json!(7));
    let document = folder.latest("adds").document;
    assert_eq!(document.function_name, "adds");
    assert_eq!(document.metadata.function, "promises::functions::adds");
    assert_eq!(document.kwargs, *json!({"left": 3, "right": 4}).as_object().expect("an object"));
    assert_eq!(replay!(adds).expect("the same").into_value(), 7);
}

#[capture]
fn borrows(
    name: &str,
    items: &[u8],
    card: &Vec<u8>,
    note: Option<&str>,
    path: &Path,
    cow: Cow<'_, str>,
    tags: &[&str],
) -> usize {
    name.len()
        + items.len()
        + card.len()
        + note.map_or(0, str::len)
        + path.as_os_str().len()
        + cow.len()
        + tags.concat().len()
}

#[test]
fn borrowed_arguments_are_owned_in_a_capture_and_lent_to_a_replay() {
    let _folder = folder();
    assert_eq!(borrows("ada", &[1, 2], &vec![3], Some("n"), Path::new("/x"), "cow".into(), &["a", "bc"]), 15);
    let args = load!(borrows).expect("a capture").args;
    assert_eq!((args.name.as_str(), args.items, args.note.as_deref()), ("ada", vec![1, 2], Some("n")));
    assert_eq!(args.tags, ["a", "bc"]);
    assert_eq!(replay!(borrows).expect("the same").into_value(), 15);
}

#[capture]
fn changes(list: &mut Vec<u32>, total: &mut u32) -> usize {
    list.push(*total);
    *total += 1;
    list.len()
}

#[test]
fn arguments_are_kept_as_they_were_before_the_body_changed_them() {
    let folder = folder();
    let (mut list, mut total) = (vec![1], 5);
    assert_eq!(changes(&mut list, &mut total), 2);
    assert_eq!((list, total), (vec![1, 5], 6));
    assert_eq!(folder.argument("changes", "list"), json!([1]));
    assert_eq!(folder.argument("changes", "total"), json!(5));
    assert_eq!(replay!(changes).expect("the same").into_value(), 2);
}

#[capture]
fn moves(mut list: Vec<u32>, (left, _): (u32, u32), [a, b]: [u8; 2]) -> Vec<u32> {
    list.push(left + u32::from(a) + u32::from(b));
    list
}

#[test]
fn what_is_moved_into_the_body_is_kept_before_and_patterns_by_their_position() {
    let folder = folder();
    assert_eq!(moves(vec![1], (2, 9), [3, 4]), [1, 9]);
    let document = folder.latest("moves").document;
    assert_eq!(document.args, [json!([2, 9]), json!([3, 4])]);
    assert_eq!(document.argument("arg1"), Some(&json!([2, 9])));
    assert_eq!(replay!(moves).expect("the same").into_value(), [1, 9]);
}

#[capture]
fn generic<T: Clone + serde::Serialize, const N: usize>(items: [T; 2], times: usize) -> Vec<T> {
    items.iter().cycle().take(times * N).cloned().collect()
}

#[capture]
fn shown<T: Display>(value: T) -> String {
    value.to_string()
}

#[test]
fn a_generic_function_keeps_what_the_bounds_of_its_parameters_allow() {
    let folder = folder();
    assert_eq!(shown(7_u8), "7");
    let document = folder.latest("shown").document;
    assert_eq!((document.argument("value"), document.tier("value").as_str()), (Some(&json!("u8")), "opaque"));
    let _ = generic::<u8, 2>([1, 2], 1);
    assert_eq!(folder.latest("generic").document.metadata.parameters[0].ty, "[T; 2]");
}

#[capture]
fn takes_any(value: impl Display + Clone, times: usize) -> String {
    value.to_string().repeat(times)
}

#[capture]
fn gives_any(up_to: u32) -> impl Iterator<Item = u32> {
    0..up_to
}

#[test]
fn impl_trait_in_both_places_is_captured() {
    let folder = folder();
    assert_eq!(takes_any("ab", 2), "abab");
    assert_eq!(folder.argument("takes_any", "times"), json!(2));
    assert_eq!(load!(takes_any).expect("what has a name").args.times, 2);
    assert_eq!(gives_any(3).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(folder.argument("gives_any", "up_to"), json!(3));
}

#[capture]
async fn waits(id: u64, name: &str) -> Result<String, String> {
    tokio::task::yield_now().await;
    if id == 0 {
        return Err("no id".into());
    }
    let text = format!("{name}-{id}");
    Ok(text)
}

#[test]
fn an_async_function_is_captured_and_replayed_by_awaiting() {
    let folder = folder();
    block_on(async {
        assert_eq!(waits(7, "ada").await.as_deref(), Ok("ada-7"));
        assert_eq!(waits(0, "ada").await, Err("no id".to_owned()));
        assert_eq!(replay!(waits).await.expect("the same").into_value(), Err("no id".to_owned()));
        assert_eq!(replay!(waits, index = 1).await.expect("the same").into_value().as_deref(), Ok("ada-7"));
    });
    assert_eq!(folder.loader().count("waits").expect("a number"), 2);
}

#[capture]
fn gives_a_future(id: u64) -> impl Future<Output = u64> {
    async move { id * 2 }
}

#[capture]
fn gives_a_boxed_future(id: u64) -> std::pin::Pin<Box<dyn Future<Output = Result<u64, String>> + Send>> {
    let doubled = id * 2;
    Box::pin(async move {
        tokio::task::yield_now().await;
        Ok(doubled)
    })
}

#[test]
fn functions_that_give_a_future_are_captured_when_it_is_polled() {
    let folder = folder();
    let future = gives_a_future(4);
    assert_eq!(folder.loader().count("gives_a_future").expect("a number"), 0);
    assert_eq!(block_on(future), 8);
    assert_eq!(folder.latest("gives_a_future").document.outcome.expect("an outcome").value, json!(8));
    assert_eq!(block_on(gives_a_boxed_future(4)), Ok(8));
    assert_eq!(folder.latest("gives_a_boxed_future").document.outcome.expect("an outcome").value, json!(8));
}

#[test]
fn a_captured_future_is_still_send_and_static() {
    fn is_send<T: Send>(_: &T) {}
    is_send(&waits(1, "ada"));
    is_send(&gives_a_boxed_future(1));
}

#[capture]
fn counts_down(from: u32) -> u32 {
    if from == 0 { 0 } else { counts_down(from - 1) + inner(from) }
}

#[capture]
fn inner(value: u32) -> u32 {
    value
}

#[test]
fn recursion_and_nesting_are_told_by_depth_and_parent() {
    let folder = folder();
    assert_eq!(counts_down(2), 3);
    let all: Vec<_> =
        folder.loader().all("counts_down").expect("captures").map(|one| one.expect("whole").document).collect();
    // What ended last was called first.
    assert_eq!(all.iter().map(|one| one.metadata.call_depth).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(all[1].metadata.parent.as_ref(), Some(&all[0].id));
    let inner = folder.latest("inner").document;
    assert_eq!((inner.metadata.call_depth, inner.metadata.parent.as_ref()), (1, Some(&all[0].id)));
}

#[capture]
fn longest<'a>(left: &'a str, right: &'a str) -> &'a str {
    if left.len() >= right.len() { left } else { right }
}

#[test]
fn a_value_that_borrows_from_the_arguments_is_compared_too() {
    let _folder = folder();
    assert_eq!(longest("ab", "c"), "ab");
    assert_eq!(replay!(longest).expect("the same").outcome.value, json!("ab"));
}

mod vendor {
    pub(crate) fn pay(card: &str, amount: u64) -> Result<u64, String> {
        if card.is_empty() { Err("no card".into()) } else { Ok(amount) }
    }

    pub(crate) async fn ship(to: String) -> usize {
        to.len()
    }
}

wrap! {
    #[capture(retention = 3)]
    fn pays(holder: &str, amount: u64) -> Result<u64, String> = vendor::pay;
}

#[test]
fn a_function_that_cannot_be_edited_is_captured_under_names_of_ones_own() {
    let folder = folder();
    assert_eq!(pays("ada", 30), Ok(30));
    assert_eq!(load!(pays).expect("a capture").args.holder, "ada");
    assert_eq!(replay!(pays).expect("the same").into_value(), Ok(30));
    let ships = wrap!(async fn ships(to: String) -> usize = vendor::ship);
    assert_eq!(block_on(ships("Rome".into())), 4);
    assert_eq!(folder.argument("ships", "to"), json!("Rome"));
}

#[capture]
fn nothing() {}

#[test]
fn a_function_without_arguments_or_value_is_captured() {
    let folder = folder();
    nothing();
    let document = folder.latest("nothing").document;
    assert_eq!((document.kwargs.len(), document.outcome.expect("an outcome").value), (0, json!(null)));
    assert!(captures!(nothing).has_capture().expect("an answer"));
    replay!(nothing).expect("the same").into_value();
}

#[capture]
fn r#match(r#type: u8) -> u8 {
    r#type
}

#[test]
fn raw_names_are_written_without_their_mark() {
    let folder = folder();
    r#match(3);
    assert_eq!(folder.argument("match", "type"), json!(3));
    assert_eq!(load!(r#match).expect("a capture").args.r#type, 3);
}

#[test]
fn a_function_inside_a_function_is_captured() {
    #[capture]
    fn local(value: u8) -> u8 {
        value
    }
    let _folder = folder();
    local(9);
    assert_eq!(load!(local).expect("a capture").args.value, 9);
}
