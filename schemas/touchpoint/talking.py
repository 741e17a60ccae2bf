"""Talking with people: messages, feedback, replies, threads, cases."""

from typing import Literal

from pydantic import Field

from schemas.touchpoint.base import Data, PersonTouchpoint, Touchpoint
from schemas.touchpoint.fields import Count, Flag, FlagOrCount, FlagOrText, Name, Number, Text


class MessageSentData(Data):
    message: Name
    intent: Literal["give", "ask", "neutral"]
    campaign: Name | None = None
    kind: Text | None = Field(None, examples=["reminder"])
    text_hash: Name | None = None


class MessageSent(Touchpoint):
    """The company wrote to somebody."""

    type: Literal["message.sent"]
    data: MessageSentData


class MessageOpenedData(Data):
    message: Name


class MessageOpened(Touchpoint):
    """A message was opened."""

    type: Literal["message.opened"]
    data: MessageOpenedData


class FeedbackGivenData(Data):
    kind: Literal["nps", "csat", "ces", "review", "complaint", "idea", "praise"]
    score: Number | None = None
    topic: Text | None = Field(None, examples=["waiting time"])
    about: Text | None = Field(None, examples=["river-rapids"])


class FeedbackGiven(PersonTouchpoint):
    """Somebody said what they think."""

    type: Literal["feedback.given"]
    data: FeedbackGivenData


class ReplySentData(Data):
    thread: Name
    human: Flag
    offer: FlagOrText | None = Field(None, examples=[True, "voucher of 10 EUR"])
    apology: Flag | None = None
    public: Flag | None = None


class ReplySent(Touchpoint):
    """The company answered in a thread."""

    type: Literal["reply.sent"]
    data: ReplySentData


class ThreadViewedData(Data):
    thread: Name
    viewers: Count


class ThreadViewed(Touchpoint):
    """So many others looked at a thread."""

    type: Literal["thread.viewed"]
    data: ThreadViewedData


class ContributionReadData(Data):
    contribution: Name
    readers: Count
    helped: FlagOrCount | None = None


class ContributionRead(Touchpoint):
    """So many others read what somebody contributed."""

    type: Literal["contribution.read"]
    data: ContributionReadData


class CaseResolvedData(Data):
    case: Name


class CaseResolved(Touchpoint):
    """A case was closed."""

    type: Literal["case.resolved"]
    data: CaseResolvedData


Talking = MessageSent | MessageOpened | FeedbackGiven | ReplySent | ThreadViewed | ContributionRead | CaseResolved
