from coworks_runtime import TechMicroService, entry

CONTENT = bytes(range(256)) * 4096


class Service(TechMicroService):
    def token_authorizer(self, token):
        return token == "token"

    @entry
    def get(self):
        return "Hello world.\n"

    @entry
    def post(self, value: int | None = None):
        return f"Value stored ({value}).\n"

    @entry
    def get_content(self, id: int, name: str = ""):
        return {"id": id, "name": name}

    @entry
    def get_zip(self):
        return CONTENT
