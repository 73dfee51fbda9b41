"""One command from its words to the end of its answer; in memory only while it runs."""

from service.console import hints, loader, table
from service.console.answer import Json, Refusal, Text
from service.console.call import Ask, Call


class Runner:
    """`over` once the answer has ended; `ask` while it waits for a line (an Ask)."""

    def __init__(self, console, words):
        self.console = console
        self.over = False
        self.ask = None
        self.json = "--json" in words
        words = [word for word in words if word != "--json"]
        for alias, name in hints.ALIASES:
            if words[:1] == [alias]:
                words[0] = name
        row, length = table.find(words)
        name = " ".join(words[:length]) if row >= 0 else " ".join(words[:1])
        self.answer = (Json if self.json else Text)(name, console.session.width)
        self.call = Call(console, row, words[length:], self.json)
        self.job = self._begin(row, words, length, name)

    def _begin(self, row, words, length, name):
        """The generator of the command, or one that refuses it."""
        if row < 0:
            return _refusing(_unknown(words[0] if words else ""))
        try:
            self._check(row, words, length)
            where = table.COMMANDS.text(row, table.WHERE).split(".")
            return getattr(loader.load(where[0]), where[-1] if where[1:] else name)(self.call)
        except Refusal as refusal:
            return _refusing(refusal)
        except Exception as error:
            return _refusing(_mistake(error))

    def _check(self, row, words, length):
        name, level, _, least, most, arguments, _, example = table.COMMANDS[row]
        if not least <= len(words) - length <= most:
            usage = (name + " " + arguments).rstrip()
            text = "usage: %s   for example: %s%s" % (usage, example, hints.longer(name))
            raise Refusal("usage", text)
        if self.console.session.level < level:
            raise Refusal("level", "this needs a higher level: login " + table.LEVELS[level])

    def step(self):
        """The next item: the text to send, "" if there is none yet; None: it waits."""
        try:
            item = next(self.job)
            if item is None:
                return None
            if isinstance(item, Ask):
                self.ask = item
                return ""
            return self.answer.take(item)
        except StopIteration:
            return self.end(None)
        except Refusal as refusal:
            return self.end(refusal)
        except Exception as error:  # whatever it is, the control goes on, and so does the line
            return self.end(_mistake(error))

    def replied(self, text):
        self.call.reply = text
        self.ask = None

    def cancel(self):
        """Ctrl-C: the text that ends the answer."""
        self.ask = None
        try:
            self.job.close()
        except Exception:  # nothing that a command does may reach the control
            pass
        return self.end(Refusal("cancelled", "cancelled"))

    def end(self, refusal):
        self.over = True
        text = self.answer.end(refusal)
        if refusal is not None and self.console.session.colour and not self.json:
            text = "\x1b[31m" + text.rstrip() + "\x1b[0m\r\n"
        return text


def _refusing(refusal):
    raise refusal
    yield  # a generator, like every command


def _unknown(word):
    near = hints.commands(word) or "; type: help"
    return Refusal("unknown", 'no command "%s"%s' % (word[:40], near))


def _mistake(error):
    return Refusal("internal", "internal error, nothing more was done: " + repr(error))


TIMED = ()
