"""What the steps of the commissioning have in common: questions, waits, outputs by hand."""

from core.ticks import diff
from service import overrides as ov
from service.console.answer import Refusal
from service.console.call import Ask


def yes(call, question):
    """True or False by a person's y or n; anything else is asked again, three times."""
    for _ in range(3):
        yield Ask(question + " (y/n): ")
        word = call.reply.lower()
        if word in ("y", "yes"):
            return True
        if word in ("n", "no"):
            return False
    raise Refusal("usage", "neither y nor n: the step is not done")


def until(call, condition, ms):
    """True as soon as `condition()` holds, False when `ms` are over without."""
    began = call.now_ms
    while not condition():
        if diff(call.now_ms, began) >= ms:
            return False
        yield None
    return True


def pause(call, ms):
    yield from until(call, _never, ms)


def _never():
    return False


def hold(call, point, value, seconds):
    """Output `point` by hand, or a Refusal."""
    o = call.part("overrides", "control by hand")
    when = ov.rule(ov.OUTPUTS, point)
    if when == ov.REST and (not o.at_rest()):
        raise Refusal("unsafe", "the machine is not at rest")
    if not o.outputs.take(point, value, seconds, when):
        raise Refusal("failed", "too many outputs in hand")


def let_go(call, point):
    call.context.overrides.outputs.release(point)


TIMED = ()
