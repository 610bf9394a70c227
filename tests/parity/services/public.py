"""A service without authorizer, open to the scripts of every origin."""

from flask import request

from coworks_runtime import TechMicroService, entry


class PublicService(TechMicroService):
    @entry(no_auth=True, no_cors=False)
    def get(self):
        return {"origin": request.headers.get("Origin")}

    @entry(no_auth=True, no_cors=False)
    def post(self, text=""):
        return text

    @entry(no_auth=True)
    def get_(self, word):
        return word

    @entry(no_auth=True)
    def get_any(self, *rest):
        return "/".join(rest)


app = PublicService()
