//! Each way a fetch fails, told apart for the record and for the reader.

use praden_model::PollFailure;

use crate::robots::RobotsVerdict;

/// Why nothing was fetched.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FetchError {
    /// Not a URL that can be fetched.
    #[error("`{url}` cannot be fetched: {cause}")]
    BadUrl {
        /// What was given.
        url: String,
        /// What is wrong with it.
        cause: String,
    },
    /// The address may not be dialled.
    #[error(
        "{host} is {cause}: only public addresses are fetched; a source inside the network must be named under `hosts`"
    )]
    AddressForbidden {
        /// The host, as named or as resolved.
        host: String,
        /// What kind of address it is.
        cause: String,
    },
    /// The name has no address.
    #[error("the name {host} was not found: {cause}")]
    Resolve {
        /// The host.
        host: String,
        /// What the resolver said.
        cause: String,
    },
    /// Nothing answers there, or not securely.
    #[error("no connection to {host}: {cause}")]
    Connect {
        /// The host.
        host: String,
        /// What the system said.
        cause: String,
    },
    /// Too slow.
    #[error("{host} gave no complete answer in {seconds} s ({phase})")]
    Timeout {
        /// The host.
        host: String,
        /// The limit.
        seconds: u64,
        /// What was waited for.
        phase: &'static str,
    },
    /// Redirects without end.
    #[error("gave up after {hops} redirects, at {url}")]
    Redirects {
        /// How many were followed.
        hops: usize,
        /// Where.
        url: String,
    },
    /// The body is too large.
    #[error("the answer of {host} is over the limit of {bytes_max} bytes after decompression")]
    TooLarge {
        /// The host.
        host: String,
        /// The limit.
        bytes_max: usize,
    },
    /// The answer broke off or cannot be decoded.
    #[error("the answer of {host} cannot be read: {cause}")]
    Broken {
        /// The host.
        host: String,
        /// What is wrong.
        cause: String,
    },
    /// robots.txt forbids it.
    #[error("robots.txt of {host} forbids it{}", rule_and_line(.verdict))]
    Robots {
        /// The host.
        host: String,
        /// The rule.
        verdict: RobotsVerdict,
    },
    /// robots.txt cannot be had, which counts as forbidding everything.
    #[error(
        "robots.txt of {host} cannot be had ({cause}), which RFC 9309 counts as forbidding everything; it is asked again later"
    )]
    RobotsUnavailable {
        /// The host.
        host: String,
        /// Why.
        cause: String,
        /// Whether the server asked us to wait.
        failure: PollFailure,
    },
    /// The server asked us to wait, and the time is not over.
    #[error("{host} asked to be left alone for {seconds} s more")]
    Waiting {
        /// The host.
        host: String,
        /// The rest of the time.
        seconds: u32,
    },
    /// The server answered with a status that is no answer.
    #[error("{url} answered with status {status}")]
    Status {
        /// The status.
        status: u16,
        /// What it means for the poll.
        failure: PollFailure,
        /// Who answered.
        url: String,
        /// Seconds the server asks us to wait.
        retry_after_s: Option<u32>,
    },
}

fn rule_and_line(verdict: &RobotsVerdict) -> String {
    match (&verdict.rule, verdict.line) {
        (Some(rule), Some(line)) => format!(" (line {line}: `{rule}`)"),
        _ => String::new(),
    }
}

impl FetchError {
    /// The cause under which a poll is recorded.
    pub const fn failure(&self) -> PollFailure {
        match self {
            Self::BadUrl { .. } | Self::AddressForbidden { .. } => PollFailure::AddressForbidden,
            Self::Resolve { .. } | Self::Connect { .. } => PollFailure::Unreachable,
            Self::Timeout { .. } => PollFailure::Timeout,
            Self::Redirects { .. } => PollFailure::Redirects,
            Self::TooLarge { .. } => PollFailure::TooLarge,
            Self::Broken { .. } => PollFailure::Unreadable,
            Self::Robots { .. } => PollFailure::Robots,
            Self::RobotsUnavailable { failure, .. } | Self::Status { failure, .. } => *failure,
            Self::Waiting { .. } => PollFailure::Throttled,
        }
    }

    /// Seconds that the server asked us to wait, if it did.
    pub const fn retry_after_s(&self) -> Option<u32> {
        match self {
            Self::Status { retry_after_s, .. } => *retry_after_s,
            Self::Waiting { seconds, .. } => Some(*seconds),
            _ => None,
        }
    }

    /// Whether the same request may succeed later. What it says is not about the page but about the moment.
    pub const fn is_passing(&self) -> bool {
        match self {
            Self::BadUrl { .. }
            | Self::AddressForbidden { .. }
            | Self::TooLarge { .. }
            | Self::Robots { .. }
            | Self::Redirects { .. } => false,
            // A page that is not there now was there when it was linked; only 410 says that it will not be again.
            Self::Status { failure, .. } => !matches!(failure, PollFailure::Gone),
            _ => true,
        }
    }
}
