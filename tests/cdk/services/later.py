"""Entries whose work is done after their answer."""

from coworks_runtime import Cors, TechMicroService, entry


class Later(TechMicroService):
    cors = Cors(allow_origins=("https://a.test", "https://b.test"), allow_credentials=True)

    @entry(background=True, no_cors=False)
    def post_report(self, name, *, size: int = 1):
        """Make a report."""

    @entry(background=True, no_auth=True)
    def put_raw(self): ...

    @entry(no_auth=True)
    def get(self):
        return "plain"


app = Later()
