"""What devices send is counted as loops go, and by the devices that take part."""

import pytest

from benchmarks import collectives
from benchmarks.collectives import Collective

# Of the form of a compiled program: computations stand before those that call them.
TEXT = """HloModule jit_step, entry_computation_layout={()->f32[4]{0}}

%add (a: f32[], b: f32[]) -> f32[] {
  ROOT %sum = f32[] add(%a, %b)
}

%inner (carry: (s32[], f32[4])) -> (s32[], f32[4]) {
  %x = f32[4]{0} get-tuple-element(%carry), index=1
  %r = f32[4]{0} all-reduce(%x), replica_groups={{0,1},{2,3}}, to_apply=%add
  ROOT %t = (s32[], f32[4]{0}) tuple(%i, %r)
}

%outer (carry: (s32[], f32[4])) -> (s32[], f32[4]) {
  %w = (s32[], f32[4]{0}) while(%carry), condition=%c, body=%inner, \
backend_config={"known_trip_count":{"n":"5"}}
  %one = f32[2]{0} reduce-scatter(%y), replica_groups={{0},{1}}, to_apply=%add
  ROOT %t = (s32[], f32[4]{0}) tuple(%i, %w)
}

ENTRY %main (p: f32[4]) -> f32[4] {
  %g = bf16[8,4]{1,0} all-gather(%p), replica_groups=[1,4]<=[4], dimensions={0}
  %w = (s32[], f32[4]{0}) while(%t), condition=%c, body=%outer, \
backend_config={"known_trip_count":{"n":"3"}}
  %s = (f32[], pred[2]{0}) all-reduce(%a, %b), replica_groups={{0,1,2,3}}, to_apply=%add
  %m = f32[] all-reduce(%a), replica_groups=mesh['a'=2,'b'=8] {'a','b':(2)4}, \
to_apply=%add
  ROOT %q = f32[4]{0} get-tuple-element(%w), index=1
}
"""


def test_collectives_are_counted_as_loops_go():
    assert sorted(collectives.read(TEXT)) == [
        Collective("all-gather", 64, 4, 1),
        Collective("all-reduce", 4, 8, 1),
        Collective("all-reduce", 6, 4, 1),
        Collective("all-reduce", 16, 2, 15),
    ]


@pytest.mark.parametrize(
    ("one", "sent"),
    [
        (Collective("all-reduce", 100, 4, 2), 300.0),
        (Collective("all-gather", 100, 4, 2), 150.0),
        (Collective("collective-permute", 100, 2, 3), 300.0),
    ],
)
def test_what_a_device_sends_goes_around_a_ring(one, sent):
    assert one.sent == sent


def test_halves_of_operations_are_refused_and_not_left_out():
    text = TEXT.replace("f32[] all-reduce(", "f32[] all-reduce-start(")
    with pytest.raises(ValueError, match="all-reduce-start is half an operation"):
        collectives.read(text)
