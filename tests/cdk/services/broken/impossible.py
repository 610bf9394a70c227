from coworks_runtime import TechMicroService, entry


class Impossible(TechMicroService):
    @entry
    def get_file(self, *path):
        return "greedy"

    @entry
    def put_file(self, name):
        return "plain"


app = Impossible(name="impossible")


@app.route("/caf%C3%A9")
def coffee():
    return "not in API Gateway's characters"
