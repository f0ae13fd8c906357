use tracesnap_capture::capture;

#[capture(ignore(pasword))]
fn login(user: &str, password: &str) -> bool {
    user.len() > password.len()
}

#[capture(ignore(tokn))]
fn logout(token: &str) -> bool {
    token.is_empty()
}

fn main() {}
