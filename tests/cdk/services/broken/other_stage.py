from coworks_runtime import TechMicroService, entry


class OtherStage(TechMicroService):
    @entry(stage="prod")
    def get(self):
        return "prod"


app = OtherStage(name="other-stage")
