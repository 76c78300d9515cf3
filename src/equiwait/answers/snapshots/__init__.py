"""Several lists over time: who is still there, who left, and whose referrals grew."""
