"""The same service with 300 entries in all."""

from coworks_runtime import entry

import ours_service


def _entry(number):
    def get(self, id: int, name: str = ""):
        return {"id": id, "name": name, "number": number}

    get.__name__ = f"get_more{number}_entries"
    get.__qualname__ = f"Service.{get.__name__}"
    return entry(get)


class Service(ours_service.Service):
    for number in range(296):
        locals()[f"get_more{number}_entries"] = _entry(number)


handler = Service()
