"""A service with an entry that streams, and one that doesn't."""

from coworks_runtime import TechMicroService, entry


class Streaming(TechMicroService):
    @entry(no_auth=True)
    def get(self):
        return "whole"

    @entry(stream="text/event-stream")
    def get_answer(self, *, q: str):
        yield q


app = Streaming()
