"""The faults of the stand-in: each is used up by the calls that it is planned for."""

from grpclib.const import Status

from connector_host.service.stand_in.api_faults import ApiFaults


def test_faults_happen_in_their_order_and_then_no_more():
    faults = ApiFaults()
    faults.fail("GetTask", Status.UNAVAILABLE, times=2)
    faults.drop("GetTask", after_messages=3)
    taken = [faults.take("GetTask") for _ in range(4)]
    assert [fault and (fault.status, fault.after_messages) for fault in taken] == [
        (Status.UNAVAILABLE, 0),
        (Status.UNAVAILABLE, 0),
        (None, 3),
        None,
    ]
    assert faults.take("Hello") is None
