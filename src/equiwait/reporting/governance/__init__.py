"""Papers that a board, a safety officer and a data protection officer ask for before a policy is used: drafts, with named blanks."""

from equiwait.reporting.governance.governance import governance

__all__ = ["governance"]
