"""Reports that are made after the answer, and fetched when they are there."""

import json
from statistics import mean
from typing import TypedDict

from results import results
from werkzeug.exceptions import BadRequest, NotFound

from coworks_runtime import TechMicroService, entry, request


class Report(TypedDict):
    """What a report says."""

    name: str
    count: int
    mean: float


class Reports(TechMicroService):
    """Makes reports."""

    @entry(background=True)
    def post_report(self, name: str, *, values: list[float]) -> None:
        """Begin a report.

        It is made again where Lambda tries again, with the same id: it replaces itself.
        """
        if not values:
            raise BadRequest("A report needs at least one value")
        report = Report(name=name, count=len(values), mean=mean(values))
        results().put(request.request_id, json.dumps(report))

    @entry
    def get_report(self, request_id: str) -> Report:
        """Give a report, once it is made.

        :param request_id: what beginning it has answered.
        """
        text = results().get(request_id)
        if text is None:
            raise NotFound("There is no such report, or not yet")
        report: Report = json.loads(text)
        return report


app = Reports()
