//! A test that runs once more in a process of its own: variables are the process's.

use std::process::{Command, Output};

/// Tells a process that it is the child.
const CHILD: &str = "TEST_AGAIN_CHILD";

/// Runs the test of this name once more, in a process with these variables and no other ones of ours. `None` in that
/// process, which runs `child` instead.
pub(crate) fn again(test: &str, variables: &[(&str, &str)], child: impl FnOnce()) -> Option<Command> {
    if std::env::var_os(CHILD).is_some() {
        child();
        return None;
    }
    let mut command = Command::new(std::env::current_exe().expect("this test has a file"));
    let ours = std::env::vars_os().map(|(name, _)| name).filter(|n| n.to_string_lossy().starts_with("TRACESNAP_"));
    ours.for_each(|name| {
        command.env_remove(name);
    });
    command.args(["--exact", "--nocapture", test]).env(CHILD, "1").envs(variables.iter().copied());
    Some(command)
}

/// What it said, once it has ended well.
pub(crate) fn ended_well(output: Output) -> Output {
    let shown = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}\n{shown}", String::from_utf8_lossy(&output.stdout));
    output
}
