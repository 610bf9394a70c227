"""As many entries as COUNT says."""

import os

from coworks_runtime import TechMicroService, entry


class Many(TechMicroService):
    pass


for number in range(int(os.environ["COUNT"])):

    def get(self):
        return "one of many"

    get.__name__ = f"get_entry{number}"
    setattr(Many, get.__name__, entry(get))

app = Many(name="many")
