"""Variables of one level with different names."""

from coworks_runtime import TechMicroService, entry


class Siblings(TechMicroService):
    @entry
    def get_content(self, value):
        return f"content {value}"

    @entry
    def get_content_(self, ident, other):
        return f"content {ident} and {other}"

    @entry
    def delete_content(self, key):
        return f"no {key}"


app = Siblings(name="siblings")
