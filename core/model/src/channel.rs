//! The channels of a mailbox, and how a test of them ended.

/// How the test of one channel ended. Source: `incomingemailstatus` and its like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChannelStatus {
    /// 0: it was not tested.
    #[default]
    NotRun,
    /// 1.
    Success,
    /// 2.
    Failure,
}

impl ChannelStatus {
    /// All of them, by number.
    pub const ALL: [Self; 3] = [Self::NotRun, Self::Success, Self::Failure];

    /// The number that people's programs know it by.
    pub const fn number(self) -> i64 {
        match self {
            Self::NotRun => 0,
            Self::Success => 1,
            Self::Failure => 2,
        }
    }

    /// The status with this number; a number that means nothing is no result.
    pub fn from_number(number: i64) -> Self {
        let found = Self::ALL.into_iter().find(|status| status.number() == number);
        found.unwrap_or(Self::NotRun)
    }

    /// The word used in JSON and everywhere else.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::NotRun => "not_run",
            Self::Success => "success",
            Self::Failure => "failure",
        }
    }
}

/// What about a mailbox's row keeps it from being tested: nothing is asked of the server then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Obstacle {
    /// The row has no address.
    NoAddress,
    /// The row is inactive.
    Inactive,
    /// The user is disabled, or the queue inactive.
    OwnerInactive,
    /// The address is not approved.
    NotApproved,
    /// The row names no email server profile.
    NoProfile,
    /// Its email server profile is inactive.
    ProfileInactive,
    /// Its email server profile is for servers that have no categories.
    ProfileOtherServer,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back() {
        for status in ChannelStatus::ALL {
            assert_eq!(ChannelStatus::from_number(status.number()), status);
        }
        assert_eq!(ChannelStatus::from_number(7), ChannelStatus::NotRun);
    }
}
