//! What mail says: every message with its subject and its text, in one place. The HTML is made of the text.

use serde::{Deserialize, Serialize};

/// Something to tell somebody by mail. Stored sealed until it has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Message {
    /// Somebody signed up, or asked for the mail again.
    VerifyAddress {
        /// What to call the person.
        name: String,
        /// The one-time token.
        token: String,
    },
    /// Somebody signed up with an address that has an account.
    AccountExists,
    /// Somebody asked for leave to choose a new password.
    ResetPassword {
        /// What to call the person.
        name: String,
        /// The one-time token.
        token: String,
    },
    /// The password is another one now.
    PasswordChanged {
        /// What to call the person.
        name: String,
    },
    /// Signing in takes a second factor now, or does not any more.
    SecondFactorChanged {
        /// What to call the person.
        name: String,
        /// Which of both.
        enabled: bool,
    },
    /// Somebody is invited into an organization.
    Invitation {
        /// The organization.
        organization: String,
        /// Who invites.
        inviter: String,
        /// The token of the invitation.
        token: String,
    },
}

/// A message as it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Letter {
    /// What it is about, in a line.
    pub subject: String,
    /// For mail readers that show plain text.
    pub text: String,
    /// For the others.
    pub html: String,
    /// Where the person is asked to go.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

impl Message {
    /// The name under which it is queued.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::VerifyAddress { .. } => "verify_address",
            Self::AccountExists => "account_exists",
            Self::ResetPassword { .. } => "reset_password",
            Self::PasswordChanged { .. } => "password_changed",
            Self::SecondFactorChanged { .. } => "second_factor_changed",
            Self::Invitation { .. } => "invitation",
        }
    }

    /// So many of the kind an address gets within an hour, where anybody can bring one about.
    #[must_use]
    pub fn most_per_hour(&self) -> Option<i32> {
        match self {
            Self::VerifyAddress { .. } | Self::AccountExists | Self::ResetPassword { .. } => Some(5),
            Self::Invitation { .. } => Some(20),
            Self::PasswordChanged { .. } | Self::SecondFactorChanged { .. } => None,
        }
    }

    /// The letter, whose links lead to these pages.
    #[must_use]
    pub fn letter(&self, app_url: &str) -> Letter {
        let link = |page: &str, token: &str| Some(format!("{app_url}/{page}?token={token}"));
        match self {
            Self::VerifyAddress { name, token } => Letter::of(
                "Confirm your e-mail address",
                &[
                    &format!("Hello {name},"),
                    "please confirm that this is your address. The link holds for 24 hours.",
                    "If you did not sign up, ignore this mail: without the link the account cannot be used.",
                ],
                link("verify-email", token),
            ),
            Self::AccountExists => Letter::of(
                "You already have an account",
                &[
                    "Hello,",
                    "somebody, perhaps you, signed up with this address. It already has an account: sign in, or choose a new password.",
                    "If it was not you, there is nothing to do. Nothing has changed.",
                ],
                Some(format!("{app_url}/sign-in")),
            ),
            Self::ResetPassword { name, token } => Letter::of(
                "Choose a new password",
                &[
                    &format!("Hello {name},"),
                    "follow the link to choose a new password. It holds for one hour, and once. You will be signed out everywhere.",
                    "If you did not ask for this, ignore this mail: your password stays as it is.",
                ],
                link("reset-password", token),
            ),
            Self::PasswordChanged { name } => Letter::of(
                "Your password was changed",
                &[&format!("Hello {name},"), "your password was changed just now.", "If it was not you, choose a new one at once."],
                Some(format!("{app_url}/forgot-password")),
            ),
            Self::SecondFactorChanged { name, enabled } => {
                let what = if *enabled {
                    "from now on, signing in takes a code of your authenticator app."
                } else {
                    "signing in no longer takes a code of an authenticator app."
                };
                let ask = "If it was not you, choose a new password at once.";
                Letter::of("Your second factor was changed", &[&format!("Hello {name},"), what, ask], None)
            }
            Self::Invitation { organization, inviter, token } => Letter::of(
                &format!("Join {organization}"),
                &[
                    "Hello,",
                    &format!("{inviter} invites you to join {organization}. The invitation holds for 7 days."),
                    "If you do not know what this is about, ignore this mail.",
                ],
                link("accept-invitation", token),
            ),
        }
    }
}

impl Letter {
    /// Of paragraphs; the link stands before the last one.
    fn of(subject: &str, paragraphs: &[&str], link: Option<String>) -> Self {
        let before = paragraphs.len().saturating_sub(1);
        let mut text: Vec<&str> = paragraphs.to_vec();
        let mut html: Vec<String> = paragraphs.iter().map(|paragraph| format!("<p>{}</p>", escaped(paragraph))).collect();
        if let Some(link) = link.as_deref() {
            text.insert(before, link);
            let link = escaped(link);
            html.insert(before, format!("<p><a href=\"{link}\">{link}</a></p>"));
        }
        // Names stand in subjects, too, and a header is one line.
        let subject = subject.chars().filter(|character| !character.is_control()).collect();
        Self { subject, text: text.join("\n\n") + "\n", html: html.join("\n"), link }
    }
}

/// A text as it stands in HTML, between tags or quotes.
#[must_use]
pub fn escaped(text: &str) -> String {
    text.chars().fold(String::with_capacity(text.len()), |mut escaped, character| {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            other => escaped.push(other),
        }
        escaped
    })
}

#[cfg(test)]
mod tests {
    use super::Message;

    #[test]
    fn what_people_call_themselves_stays_text() {
        let message = Message::Invitation {
            organization: "<b>Ltd</b>\r\nBcc: all@example.com".to_owned(),
            inviter: "\"Eve\" & co".to_owned(),
            token: "inv_1".to_owned(),
        };
        let letter = message.letter("https://app.example.com");
        assert_eq!(letter.subject, "Join <b>Ltd</b>Bcc: all@example.com");
        assert!(letter.html.contains("&quot;Eve&quot; &amp; co invites you to join &lt;b&gt;Ltd&lt;/b&gt;"), "{}", letter.html);
        assert!(letter.text.contains("https://app.example.com/accept-invitation?token=inv_1\n"), "{}", letter.text);
    }
}
