"""The words of `--fault`; apart, because the help of the command needs them and must not load a server."""

from enum import StrEnum


class FaultKind(StrEnum):
    """At the Traffic Center, in answer to a sessiecontrole, or at the receiver that fetches (AT_RECEIVER)."""

    timeout = "timeout"
    reset = "reset"
    error_500 = "500"
    soap_fault = "soap-fault"
    cut = "cut"
    twice = "twice"
    wrong_certificate = "wrong-certificate"
    expired_session = "expired-session"
    slow_body = "slow-body"
    cut_receiver = "cut-receiver"
    twice_receiver = "twice-receiver"
    slow_receiver = "slow-receiver"


AT_RECEIVER = frozenset(
    {FaultKind.wrong_certificate, FaultKind.cut_receiver, FaultKind.twice_receiver, FaultKind.slow_receiver}
)
