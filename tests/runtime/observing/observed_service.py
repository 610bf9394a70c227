"""A service whose log is looked at: it logs in threads, pools and coroutines, and it fails."""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from werkzeug.middleware.dispatcher import DispatcherMiddleware

from coworks_runtime import Blueprint, TechMicroService, entry

library = logging.getLogger("some.library")
pool = ThreadPoolExecutor(2)


class Nested(Blueprint):
    @entry(no_auth=True)
    def get_leaf(self, leaf: str) -> str:
        library.info("below")
        return leaf


class Observed(TechMicroService):
    correlation_header = "X-Correlation-Id"

    def token_authorizer(self, token: str) -> bool:
        library.info("authorizing")
        return token == "planted-token"

    @entry(no_auth=True)
    def get(self, **_values: str) -> str:
        self.logger.info("read", extra={"amount": 12.5, "stage": "of extra's"})
        return "fine"

    @entry(no_auth=True)
    def get_order(self, number: str, wait: float = 0) -> str:
        self.logger.info("order", extra={"number": number})
        time.sleep(wait)
        thread = threading.Thread(target=library.info, args=("in a thread",))
        thread.start()
        thread.join()
        for _ in range(2):
            pool.submit(library.info, "in a pool").result()
        library.warning("order of a library", extra={"number": number})
        return number

    @entry(no_auth=True)
    async def get_later(self) -> str:
        await asyncio.to_thread(library.info, "in a coroutine's thread")
        await asyncio.gather(*(self._later(n) for n in range(2)))
        return "later"

    async def _later(self, number: int) -> None:
        await asyncio.sleep(0)
        library.info("in a task")

    @entry(no_auth=True)
    def get_broken(self) -> str:
        raise ValueError("it broke")

    @entry(no_auth=True)
    def get_failing(self, value: str) -> str:
        raise LookupError("it failed")

    @entry
    def post_closed(self, value: str = "") -> dict[str, str]:
        library.debug("closed")
        return {"value": value}

    @entry(no_auth=True, stream=True)
    def get_parts(self) -> Iterator[str]:
        for number in range(2):
            library.info("a part")
            yield f"{number}\n"

    @entry(no_auth=True)
    def get_lasting(self) -> str:
        def last() -> None:
            released.wait(30)
            library.info("after its request")
            ended.set()

        released, ended = threading.Event(), threading.Event()
        self.lasting = released, ended
        threading.Thread(target=last, daemon=True).start()
        return "lasting"

    @entry(no_auth=True)
    def get_release(self) -> str:
        released, ended = self.lasting
        released.set()
        ended.wait(30)
        pool.submit(library.info, "of the next request").result()
        return "released"


app = Observed(name="observed", access_log=os.environ.get("ACCESS_LOG") == "1")
app.register_blueprint(Nested(), url_prefix="/below")
if os.environ.get("MIDDLEWARE") == "1":

    class Mounted(Observed):
        pass

    mounted = {"/mounted": Mounted(name="mounted", access_log=True)}
    app.wsgi_app = DispatcherMiddleware(app.wsgi_app, mounted)
